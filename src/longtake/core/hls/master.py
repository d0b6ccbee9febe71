"""Master playlists from their lines."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from longtake.core.errors import InvalidPlaylist
from longtake.core.hls import attributes, model
from longtake.core.hls.tags import MEDIA_TAG, Reader, TagReaders, read_lines


class MasterReader(Reader):
    """What has been read of a master playlist."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.variants: list[model.Variant] = []
        self.renditions: list[model.Rendition] = []
        self.stream: str | None = None  # of the next URI
        self.fault: str | None = None  # the first: what costs one variant need not cost the others

    def read(self, lines: Sequence[str]) -> model.MasterPlaylist:
        tags: TagReaders = {
            "#EXT-X-STREAM-INF": self.on_stream,
            "#EXT-X-MEDIA": self.on_media,
            "#EXT-X-VERSION": self.on_version,
            "#EXT-X-DEFINE": self.on_define,
            "#EXT-X-INDEPENDENT-SEGMENTS": self.on_independent_segments,
        }
        read_lines(lines, tags, self.on_uri, MEDIA_TAG)
        if self.stream is not None:
            self.fault = self.fault or "an #EXT-X-STREAM-INF has no URI"
        if not self.variants and self.fault:
            raise InvalidPlaylist(f"The playlist has no variant that can be read: {self.fault}.")
        return model.MasterPlaylist(
            variants=tuple(self.variants),
            renditions=tuple(self.renditions),
            version=self.version,
            independent_segments=self.independent_segments,
        )

    def on_stream(self, value: str) -> None:
        if self.stream is not None:
            self.fault = self.fault or "an #EXT-X-STREAM-INF has no URI"
        self.stream = value

    def on_uri(self, line: str) -> None:
        stream, self.stream = self.stream, None
        if stream is None:
            self.fault = self.fault or "there is a URI without #EXT-X-STREAM-INF before it"
            return
        try:
            self.variants.append(attributes.parse_variant(stream, self.resolve(line)))
        except InvalidPlaylist as error:
            self.fault = self.fault or str(error)

    def on_media(self, value: str) -> None:
        with suppress(InvalidPlaylist):  # an odd rendition must not cost the variants
            self.renditions.append(attributes.parse_rendition(value, self.resolve))
