"""The node API over real HTTP: listings, files, playlists, cuts, metrics."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import m3u8
import pytest
import pytest_asyncio
from tests.fakes.recording import record
from tests.fakes.web_node import WebNode, web_node
from yarl import URL

from longtake.core.names import hash_text, tombstone_of
from longtake.core.segments import SegmentType
from longtake.core.timeline import Timeline

HOUR = "2024-11-24T04"


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[WebNode]:
    async with web_node(tmp_path) as node:
        yield node


def store_of(node: WebNode) -> Path:
    return node.store.layout.root


async def playlist_of(node: WebNode, path: str) -> m3u8.M3U8:
    answer = await node.get(path)
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    return m3u8.loads(answer.text, uri=node.url + path)


class TestListings:
    async def test_channels_qualities_hours_and_names(self, node: WebNode) -> None:
        recorded = await record(node.store, count=2)
        (store_of(node) / "media" / "x").mkdir(parents=True)
        (store_of(node) / "notes.txt").write_text("private")
        assert json.loads((await node.get("/files")).body) == ["demo"]
        assert json.loads((await node.get("/files/demo")).body) == ["source"]
        assert json.loads((await node.get("/files/demo/source")).body) == [HOUR]
        names = json.loads((await node.get(f"/files/demo/source/{HOUR}")).body)
        assert names == [one.segment.name for one in recorded]

    async def test_unknown_things_are_empty_lists(self, node: WebNode) -> None:
        for path in ("/files", "/files/a", "/files/a/b", f"/files/a/b/{HOUR}", "/files/a/b/no-hour"):
            answer = await node.get(path)
            assert (answer.status, answer.body) == (200, b"[]")

    async def test_a_tombstone_hides_its_file_and_is_shown_when_asked_for(self, node: WebNode) -> None:
        first, second = await record(node.store, count=2)
        folder = store_of(node) / "demo" / "source" / HOUR
        tombstone = tombstone_of(first.segment.name)
        (folder / tombstone).touch()
        plain = json.loads((await node.get(f"/files/demo/source/{HOUR}")).body)
        both = json.loads((await node.get(f"/files/demo/source/{HOUR}?tombstones=TRUE")).body)
        assert plain == [second.segment.name]
        assert both == [second.segment.name, tombstone]


class TestFiles:
    async def test_a_segment_comes_whole_with_its_hash_as_tag(self, node: WebNode) -> None:
        (one,) = await record(node.store, count=1)
        answer = await node.get(f"/segments/demo/source/{one.segment.path}")
        assert answer.body == one.content
        assert answer.headers["Content-Type"] == "video/mp2t"
        assert answer.headers["ETag"] == f'"{hash_text(one.segment.digest)}"'
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    @pytest.mark.parametrize(
        ("asked", "part"),
        [("bytes=0-187", slice(0, 188)), ("bytes=188-", slice(188, None)), ("bytes=-188", slice(-188, None))],
    )
    async def test_a_part_of_a_segment(self, node: WebNode, asked: str, part: slice) -> None:
        (one,) = await record(node.store, count=1)
        answer = await node.get(f"/segments/demo/source/{one.segment.path}", headers={"Range": asked})
        assert answer.status == 206
        assert answer.body == one.content[part]

    async def test_a_part_beyond_the_end_is_416(self, node: WebNode) -> None:
        (one,) = await record(node.store, count=1)
        answer = await node.get(
            f"/segments/demo/source/{one.segment.path}", headers={"Range": "bytes=99999999-"}
        )
        assert answer.status == 416
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Content-Range"] == f"bytes */{len(one.content)}"
        assert json.loads(answer.body)["status"] == 416

    @pytest.mark.parametrize(
        "asked",
        [
            *(
                "foo=1-2",
                "bytes=abc",
                "bytes",
                "bytes=",
                "bytes=-",
                "bytes=5-2",
                "bytes=1-2,x",
                "bytes=1-2-3",
            ),
            "bytes=" + "9" * 5000 + "-",
        ],
    )
    async def test_a_range_header_that_is_none_of_bytes_is_ignored(self, node: WebNode, asked: str) -> None:
        (one,) = await record(node.store, count=1)
        answer = await node.get(f"/segments/demo/source/{one.segment.path}", headers={"Range": asked})
        assert (answer.status, answer.body) == (200, one.content)

    async def test_of_several_parts_those_that_are_there(self, node: WebNode) -> None:
        (one,) = await record(node.store, count=1)
        path = f"/segments/demo/source/{one.segment.path}"
        both = await node.get(path, headers={"Range": "bytes=0-1, 10-11"})
        assert both.status == 206
        assert both.headers["Content-Type"].startswith("multipart/byteranges")
        first = await node.get(path, headers={"Range": "Bytes=0-1,99999999-"})
        assert (first.status, first.body) == (206, one.content[:2])

    async def test_a_part_of_another_version_is_the_whole(self, node: WebNode) -> None:
        (one,) = await record(node.store, count=1)
        headers = {"Range": "bytes=99999999-", "If-Range": '"another"'}
        answer = await node.get(f"/segments/demo/source/{one.segment.path}", headers=headers)
        assert (answer.status, answer.body) == (200, one.content)

    async def test_who_has_any_version_gets_304(self, node: WebNode) -> None:
        (one,) = await record(node.store, count=1)
        emote = store_of(node) / "emotes" / "25" / "light-1.0"
        emote.parent.mkdir(parents=True)
        emote.write_bytes(b"GIF")
        for path in (f"demo/source/{one.segment.path}", "emotes/25/light-1.0"):
            whole = await node.get(f"/segments/{path}")
            for tag in ("*", whole.headers["ETag"]):
                answer = await node.get(f"/segments/{path}", headers={"If-None-Match": tag})
                assert (answer.status, answer.body) == (304, b"")
                assert answer.headers["ETag"] == whole.headers["ETag"]
        assert (await node.get("/segments/emotes/25/none", headers={"If-None-Match": "*"})).status == 404

    async def test_who_has_it_gets_304(self, node: WebNode) -> None:
        (one,) = await record(node.store, count=1)
        tag = f'W/"x", "{hash_text(one.segment.digest)}"'
        answer = await node.get(f"/segments/demo/source/{one.segment.path}", headers={"If-None-Match": tag})
        assert (answer.status, answer.body) == (304, b"")

    async def test_head_says_the_size_without_the_body(self, node: WebNode) -> None:
        (one,) = await record(node.store, count=1)
        answer = await node.get(f"/segments/demo/source/{one.segment.path}", method="HEAD")
        assert answer.body == b""
        assert int(answer.headers["Content-Length"]) == len(one.content)

    async def test_extra_folders_are_served_and_hidden_files_in_them_are_not(self, node: WebNode) -> None:
        folder = store_of(node) / "emotes" / "25"
        folder.mkdir(parents=True)
        (folder / "light-1.0").write_bytes(b"GIF")
        (folder / ".x.temp").write_bytes(b"no")
        assert (await node.get("/segments/emotes/25/light-1.0")).body == b"GIF"
        assert (await node.get("/segments/emotes/25/.x.temp")).status == 400


class TestPlaylists:
    async def test_the_master_names_the_qualities_with_measured_bit_rates(self, node: WebNode) -> None:
        recorded = await record(node.store, count=3)
        master = await playlist_of(node, "/playlist/demo.m3u8")
        (variant,) = master.playlists
        rates = [len(one.content) * 4 for one in recorded]
        assert variant.stream_info.bandwidth == max(rates)
        assert variant.stream_info.average_bandwidth == round(sum(rates) / 3)
        assert variant.stream_info.resolution == (320, 180)
        assert variant.stream_info.codecs == "avc1.42c01f,mp4a.40.2"
        assert (await node.get(URL(variant.absolute_uri).path)).status == 200

    async def test_a_fixed_range_covers_what_was_asked_and_ends(self, node: WebNode) -> None:
        recorded = await record(node.store, count=5, leave_out={3})
        playlist = await playlist_of(
            node, "/playlist/demo/source.m3u8?start=2024-11-24T04:00:01Z&end=2024-11-24T04:00:09Z"
        )
        assert [one.program_date_time.timestamp() for one in playlist.segments] == [
            one.segment.start.timestamp() for one in recorded
        ]
        assert [one.discontinuity for one in playlist.segments] == [False, False, False, True]
        assert playlist.is_endlist
        assert playlist.target_duration == 2
        for listed, one in zip(playlist.segments, recorded, strict=True):
            answer = await node.get(URL(listed.absolute_uri, encoded=True).raw_path)
            assert answer.body == one.content

    async def test_live_keeps_its_numbers_while_the_window_moves(self, node: WebNode) -> None:
        path = "/playlist/demo/source.m3u8?window=6"
        await record(node.store, count=4)
        before = await playlist_of(node, path)
        await record(node.store, count=6)
        after = await playlist_of(node, path)
        assert len(before.segments) == len(after.segments) == 3
        assert not after.is_endlist
        numbered = {
            one.uri: playlist.media_sequence + index
            for playlist in (before,)
            for index, one in enumerate(playlist.segments)
        }
        for index, one in enumerate(after.segments):
            assert numbered.get(one.uri, after.media_sequence + index) == after.media_sequence + index
        assert after.media_sequence == before.media_sequence + 2

    async def test_live_keeps_its_numbers_over_a_restart(self, tmp_path: Path) -> None:
        path = "/playlist/demo/source.m3u8"
        async with web_node(tmp_path) as node:
            await record(node.store, count=4, leave_out={1})
            before = (await node.get(path)).body
        async with web_node(tmp_path) as node:
            assert (await node.get(path)).body == before

    async def test_a_late_segment_is_not_slipped_in_behind_live_viewers(self, node: WebNode) -> None:
        await record(node.store, count=4, leave_out={2})
        before = await playlist_of(node, "/playlist/demo/source.m3u8")
        await record(node.store, count=5)
        after = await playlist_of(node, "/playlist/demo/source.m3u8")
        assert [one.uri for one in after.segments][:3] == [one.uri for one in before.segments]
        fixed = await playlist_of(
            node, "/playlist/demo/source.m3u8?start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:10Z"
        )
        assert len(fixed.segments) == 5

    async def test_a_growing_playlist_grows(self, node: WebNode) -> None:
        await record(node.store, count=2)
        path = "/playlist/demo/source.m3u8?start=2024-11-24T04:00:02Z"
        before = await playlist_of(node, path)
        await record(node.store, count=4)
        after = await playlist_of(node, path)
        assert [one.uri for one in after.segments][:1] == [one.uri for one in before.segments]
        assert len(after.segments) == 3
        assert not after.is_endlist

    async def test_a_range_with_nothing_in_it_is_an_empty_playlist(self, node: WebNode) -> None:
        await record(node.store, count=1)
        answer = await node.get(
            "/playlist/demo/source.m3u8?start=2024-11-23T00:00:00Z&end=2024-11-23T00:01:00Z"
        )
        assert answer.status == 200
        assert "#EXTINF" not in answer.text

    async def test_names_that_need_quoting_work_everywhere(self, node: WebNode) -> None:
        await record(node.store, channel="ä b:c?#%", quality="720p 60", count=1)
        master = await playlist_of(node, "/playlist/%C3%A4%20b:c%3F%23%25.m3u8")
        media = await playlist_of(node, URL(master.playlists[0].absolute_uri, encoded=True).raw_path)
        assert (await node.get(URL(media.segments[0].absolute_uri, encoded=True).raw_path)).status == 200


class TestCuts:
    RANGE = "start=2024-11-24T04:00:01Z&end=2024-11-24T04:00:05Z"

    async def test_a_rough_cut_is_the_files_one_after_the_other(self, node: WebNode) -> None:
        recorded = await record(node.store, count=4)
        answer = await node.get(f"/cut/demo/source.ts?type=rough&{self.RANGE}")
        assert answer.body == b"".join(one.content for one in recorded[:3])
        assert answer.headers["Content-Type"] == "video/mp2t"
        assert "demo_source_2024-11-24T04-00-01.ts" in answer.headers["Content-Disposition"]

    async def test_several_ranges_follow_each_other(self, node: WebNode) -> None:
        recorded = await record(node.store, count=4)
        answer = await node.get(
            "/cut/demo/source.ts?type=rough&range=2024-11-24T04:00:06Z,2024-11-24T04:00:08Z"
            "&range=2024-11-24T04:00:00Z,2024-11-24T04:00:02Z"
        )
        assert answer.body == recorded[3].content + recorded[0].content

    async def test_holes_are_cut_over_only_when_allowed(self, node: WebNode) -> None:
        recorded = await record(node.store, count=3, leave_out={1})
        refused = await node.get(f"/cut/demo/source.ts?type=rough&{self.RANGE}")
        assert refused.status == 406
        assert "2024-11-24T04:00:02.000Z to 2024-11-24T04:00:04.000Z" in refused.text
        allowed = await node.get(
            "/cut/demo/source.ts?type=rough&start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:06Z&allow_holes=True"
        )
        assert allowed.body == b"".join(one.content for one in recorded)

    @pytest.mark.parametrize("segment_type", [SegmentType.SUSPECT, SegmentType.PARTIAL])
    async def test_a_doubtful_segment_is_a_hole(self, node: WebNode, segment_type: SegmentType) -> None:
        await record(node.store, count=3, types={1: segment_type})
        assert (await node.get(f"/cut/demo/source.ts?type=rough&{self.RANGE}")).status == 406

    async def test_a_damaged_file_breaks_the_body_off_and_never_goes_out(self, node: WebNode) -> None:
        recorded = await record(node.store, count=3)
        damaged = store_of(node) / "demo" / "source" / recorded[1].segment.path
        content = bytearray(damaged.read_bytes())
        content[1000] ^= 1
        damaged.write_bytes(content)
        path = f"/cut/demo/source.ts?type=rough&{self.RANGE}"
        received = bytearray()

        async def download() -> None:
            async with node.session.get(node.url + path) as response:
                assert response.status == 200
                async for chunk in response.content.iter_any():
                    received.extend(chunk)

        with pytest.raises(aiohttp.ClientPayloadError):
            await download()
        assert recorded[0].content.startswith(bytes(received))

    async def test_cuts_beyond_the_limit_are_told_to_come_back(self, tmp_path: Path) -> None:
        async with web_node(tmp_path, cuts_at_once=1) as node:
            # Bigger than what sockets and server buffer, so that the first cut cannot end by itself.
            await record(node.store, count=5)
            path = "/cut/demo/source.ts?type=rough&" + "&".join(
                ["range=2024-11-24T04:00:00Z,2024-11-24T04:00:10Z"] * 100
            )
            async with node.session.get(node.url + path) as slow:
                await slow.content.read(1)
                refused = await node.get(f"/cut/demo/source.ts?type=rough&{self.RANGE}")
                assert refused.status == 503
                assert int(refused.headers["Retry-After"]) > 0
            # The client has hung up: the place is free again, as soon as the server has noticed.
            async with asyncio.timeout(5):
                while (await node.get(f"/cut/demo/source.ts?type=rough&{self.RANGE}")).status == 503:
                    await asyncio.sleep(
                        0.01
                    )  # it learns that from the kernel; there is nothing to wait on here

    async def test_the_place_is_free_again_after_errors_and_head(self, tmp_path: Path) -> None:
        async with web_node(tmp_path, cuts_at_once=1) as node:
            recorded = await record(node.store, count=3)
            path = f"/cut/demo/source.ts?type=rough&{self.RANGE}"
            (store_of(node) / "demo" / "source" / recorded[0].segment.path).write_bytes(b"x")
            assert (await node.get(path)).status == 500
            assert (await node.get(path, method="HEAD")).status == 200  # it looks at no bytes
            (store_of(node) / "demo" / "source" / recorded[0].segment.path).write_bytes(recorded[0].content)
            for bad in ("&start=x", "&allow_holes=x", "&type=full", "&end=2024-11-24T05:00:00Z"):
                assert (await node.get(f"/cut/demo/source.ts?type=rough{bad}")).status in (400, 406, 501)
            head = await node.get(path, method="HEAD")
            whole = await node.get(path)
            assert (head.status, head.body) == (200, b"")
            assert head.headers["Content-Length"] == str(len(whole.body))
            assert len(whole.body) == sum(len(one.content) for one in recorded)

    async def test_a_place_is_taken_before_any_work_is_done(self, tmp_path: Path) -> None:
        async with web_node(tmp_path, cuts_at_once=2) as node:
            await record(node.store, count=3)
            working = 0
            most = 0
            timeline = node.store.timeline

            async def slow(*place: str, start_us: int, end_us: int) -> Timeline:
                nonlocal working, most
                working += 1
                most = max(most, working)
                await asyncio.sleep(0.2)
                working -= 1
                return await timeline(*place, start_us=start_us, end_us=end_us)

            node.store.timeline = slow  # type: ignore[method-assign, assignment]
            path = f"/cut/demo/source.ts?type=rough&{self.RANGE}"
            answers = await asyncio.gather(*(node.get(path) for _ in range(6)))
            assert sorted(answer.status for answer in answers) == [200, 200, 503, 503, 503, 503]
            assert most == 2

    async def test_a_cut_that_is_too_long_is_refused(self, tmp_path: Path) -> None:
        async with web_node(tmp_path, longest_cut="4s") as node:
            await record(node.store, count=5)
            ten = ["2024-11-24T04:00:00Z,2024-11-24T04:00:02Z"] * 5
            for asked in (
                "",
                "&start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:05Z",
                "".join(f"&range={one}" for one in ten),
            ):
                answer = await node.get(f"/cut/demo/source.ts?type=rough&allow_holes=true{asked}")
                assert answer.status == 400
                assert "4s" in answer.text
            assert (await node.get(f"/cut/demo/source.ts?type=rough&{self.RANGE}")).status == 200
