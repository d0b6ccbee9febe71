# Two commands do everything: `make demo` runs a whole node with a live test stream, `make test` runs all tests.
# Later runs skip what has not changed. Nothing is installed outside of .venv, but for the browser that the tests drive.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --quiet --disable-pip-version-check
WEB    := $(shell find web -type f -not -path '*/node_modules/*' 2>/dev/null)
PAGES  := src/longtake/pages/index.html
LISTEN ?= 127.0.0.1:8700
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup demo run check test soak bench format lock browser clean

help: ## What can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.dev $(PAGES) ## Install everything into .venv and build the pages

demo: $(VENV)/.runtime $(PAGES) ## A whole node with a live test stream
	@exec $(BIN)/longtake demo --listen $(LISTEN)

run: $(VENV)/.runtime $(PAGES) ## Record a real stream: make run STREAM=https://… [NAME=mystream]
	@test -n "$(STREAM)" || { echo 'make run needs a stream: make run STREAM=https://example.org/live.m3u8'; exit 2; }
	@exec $(BIN)/longtake run --listen $(LISTEN) --stream '$(or $(NAME),stream)=$(STREAM)'

check: setup ## The gate: format, lint, types, layers, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q -p no:cacheprovider tests/docs tests/test_house.py
	cd web && npm run --silent check

test: setup browser ## All tests
	$(BIN)/pytest -m 'not soak'
	cd web && npm run --silent test

soak: setup browser ## The long versions of the crash and load tests
	$(BIN)/pytest -m soak --timeout 3600

bench: $(VENV)/.dev $(PAGES) ## Print our figures
	$(BIN)/python -m benchmarks

format: setup ## Put the code into its format, and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m longtake.app.openapi > web/src/lib/api/openapi.json
	cd web && npm run --silent format
	$(BIN)/longtake config schema --format markdown > docs/configuration.md

lock: $(VENV)/.dev ## Choose the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --upgrade \
		--custom-compile-command 'make lock' pyproject.toml requirements/build.in -o requirements/runtime.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --upgrade \
		--custom-compile-command 'make lock' -c requirements/runtime.lock pyproject.toml requirements/dev.in -o requirements/dev.lock

browser:
	@sh tests/install_browser.sh

clean: ## Remove what was installed and built here; recordings stay
	rm -rf $(VENV) web/node_modules src/longtake/pages .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("longtake needs Python 3.11 or newer: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.lock pyproject.toml hatch_build.py | $(VENV)/bin/python
	@echo 'installing what longtake runs on (a minute, the first time)'
	@$(PIP) install --require-hashes -r requirements/runtime.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.runtime
	@echo 'installing what the tests and checks need'
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

web/node_modules/.installed: web/package.json web/package-lock.json | $(VENV)/.runtime
	@echo 'installing what the pages are built from'
	@cd web && npm ci --silent --no-audit --no-fund
	@touch $@

$(PAGES): web/node_modules/.installed $(WEB)
	@echo 'building the pages'
	@cd web && npm run --silent build
	@touch $@
