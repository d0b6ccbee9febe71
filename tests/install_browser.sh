#!/bin/sh
# The browser that the tests drive: a Chromium that is there, or Debian's if we may install it. Without one the browser
# tests are left out and say so; in CI (CI=true) that is an error.
set -eu
for name in chromium chromium-browser google-chrome; do
	if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo 'installing chromium for the browser tests'
	export DEBIAN_FRONTEND=noninteractive
	log=$(mktemp)
	if { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >"$log" 2>&1; then
		rm -f "$log"
		exit 0
	fi
	tail -n 5 "$log"
fi
echo 'no Chromium here and no right to install one: the browser tests are left out'
[ "${CI:-}" != true ]
