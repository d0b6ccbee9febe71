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

    def read(self, lines: Sequence[str]) -> model.MasterPlaylist:
        tags: TagReaders = {
            "#EXT-X-STREAM-INF": self.on_stream,
            "#EXT-X-MEDIA": self.on_media,
            "#EXT-X-VERSION": self.on_version,
            "#EXT-X-INDEPENDENT-SEGMENTS": self.on_independent_segments,
        }
        read_lines(lines, tags, self.on_uri, MEDIA_TAG)
        if self.stream is not None:
            raise InvalidPlaylist("The playlist ends after an #EXT-X-STREAM-INF that has no URI.")
        return model.MasterPlaylist(
            variants=tuple(self.variants),
            renditions=tuple(self.renditions),
            version=self.version,
            independent_segments=self.independent_segments,
        )

    def on_stream(self, value: str) -> None:
        if self.stream is not None:
            raise InvalidPlaylist("the #EXT-X-STREAM-INF before this one has no URI")
        self.stream = value

    def on_uri(self, line: str) -> None:
        if self.stream is None:
            raise InvalidPlaylist("there is a URI without #EXT-X-STREAM-INF before it")
        self.variants.append(attributes.parse_variant(self.stream, self.resolve(line)))
        self.stream = None

    def on_media(self, value: str) -> None:
        with suppress(InvalidPlaylist):  # an odd rendition must not cost the variants
            self.renditions.append(attributes.parse_rendition(value, self.resolve))
