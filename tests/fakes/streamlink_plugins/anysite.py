"""A plugin for streamlink: pages ``http://127.0.0.1:PORT/site/WHAT`` of ``tests.fakes.web_site``."""

from __future__ import annotations

import re

from streamlink.exceptions import FatalPluginError, NoStreamsError
from streamlink.logger import getLogger
from streamlink.plugin import Plugin, pluginmatcher
from streamlink.plugin.api import validate
from streamlink.stream.dash import DASHStream
from streamlink.stream.hls import HLSStream, MuxedHLSStream
from streamlink.stream.http import HTTPStream

log = getLogger(__name__)


@pluginmatcher(re.compile(r"(?P<base>https?://127\.0\.0\.1:\d+)/site/(?P<what>[a-z-]+)"))
class AnySite(Plugin):  # type: ignore[misc]  # streamlink is not typed for us
    def _get_streams(self):
        return getattr(self, "_" + self.match["what"].replace("-", "_"))(self.match["base"])

    def _live(self, base):
        self.session.http.headers.update({"Referer": "https://site.example/page"})
        return HLSStream.parse_variant_playlist(self.session, f"{base}/master?sig=SECRET", check_streams=True)

    def _parsed_elsewhere(self, base):
        streams = HLSStream.parse_variant_playlist(self.session, f"{base}/master?sig=SECRET")
        for stream in streams.values():
            stream.multivariant.uri = None
        return streams

    def _media(self, base):
        return {"live": HLSStream(self.session, f"{base}/media?sig=SECRET", headers={"X-Own": "1"})}

    def _muxed(self, base):
        return {"720p": MuxedHLSStream(self.session, f"{base}/video?s=1", f"{base}/audio?s=1")}

    def _mixed(self, base):
        return {
            "2160p": HTTPStream(self.session, f"{base}/file.mp4?sig=SECRET"),
            "720p": HLSStream(self.session, f"{base}/720?sig=SECRET"),
            "360p": HLSStream(self.session, f"{base}/360?sig=SECRET"),
        }

    def _file(self, base):
        return {"720p": HTTPStream(self.session, f"{base}/file.mp4?sig=SECRET")}

    def _dash(self, base):
        return {"720p": DASHStream(self.session, None)}

    def _none(self, base):
        return None

    def _no_streams(self, base):
        raise NoStreamsError

    def _says(self, base):
        log.error(f"Could not play {base}/x?sig=SECRET: the account is banned")

    def _says_offline(self, base):
        log.warning("The channel is offline. Come back later")

    def _page(self, base):
        self.session.http.get(f"{base}/page?sig=SECRET")

    def _swallowed(self, base):
        self.session.http.get(f"{base}/page?sig=SECRET", raise_for_status=False)

    def _schema(self, base):
        validate.Schema(validate.parse_json(), {"token": int}).validate('{"token": "SECRET"}')

    def _fatal(self, base):
        raise FatalPluginError("User input is needed. Nobody is there")

    def _bug(self, base):
        answer: dict[str, str] = {}
        return answer["streamUrl"]

    def _tls(self, base):
        self.session.http.get(f"{base.replace('http:', 'https:')}/page?sig=SECRET")

    def _dns(self, base):
        self.session.http.get("http://nowhere.invalid/page?sig=SECRET")


__plugin__ = AnySite
