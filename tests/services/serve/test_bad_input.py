"""Bad input to every route: a clear answer with the right status, never a 500, never a trace."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.fakes.recording import record
from tests.fakes.web_node import WebNode, web_node

RANGE = "start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:04Z"
ROUGH = "/cut/demo/source.ts?type=rough"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebNode]:
    folder = tmp_path_factory.mktemp("node")
    async with web_node(folder) as node:
        await record(node.store, leave_out={3})
        (folder / "store" / "roles.csv").write_text("secret")
        (folder / "secret.txt").write_text("secret")
        (folder / "store" / "demo" / "source" / "2024-11-24T04" / "link.ts").symlink_to(folder / "secret.txt")
        yield node


BAD = [
    (400, "/files/.longtake", "a channel with a leading dot"),
    (400, "/files/%2e%2e", "an encoded parent folder"),
    (400, "/files/a%00b", "a NUL in a channel"),
    (400, "/files/a%2Fb", "an encoded slash in a channel"),
    (400, "/files/a%0Ab/source", "a newline in a channel"),
    (400, "/files/demo/" + "q" * 256, "a quality of 256 bytes"),
    (400, "/files/demo/" + "%C3%A9" * 128, "a quality of 256 bytes in 128 letters"),
    (400, "/files/demo/source/.longtake", "an hour with a leading dot"),
    (400, "/files/demo/source/2024-11-24T04?tombstones=maybe", "tombstones neither true nor false"),
    (404, "/playlist/nobody.m3u8", "the master playlist of an unknown channel"),
    (404, "/playlist/demo/1080p.m3u8", "the media playlist of an unknown quality"),
    (404, "/playlist/demo/chat.m3u8", "the media playlist of chat"),
    (400, "/playlist/.hidden.m3u8", "the master playlist of a hidden channel"),
    (400, "/playlist/demo/source.m3u8?start=yesterday", "a start that is no time"),
    (400, "/playlist/demo/source.m3u8?start=", "an empty start"),
    (400, "/playlist/demo/source.m3u8?start=2024-11-24T04:00:00%2B01:00", "a start with an offset"),
    (
        400,
        "/playlist/demo/source.m3u8?start=2024-11-24T04:00:00+01:00",
        "an offset whose plus became a space",
    ),
    (400, "/playlist/demo/source.m3u8?start=0001-01-01T00:00:00Z", "a start before all recording"),
    (400, "/playlist/demo/source.m3u8?end=9999-12-31T23:59:59Z", "an end after all time"),
    (
        400,
        "/playlist/demo/source.m3u8?start=2024-11-24T05:00:00Z&end=2024-11-24T04:00:00Z",
        "an end before start",
    ),
    (400, "/playlist/demo/source.m3u8?start=2024-11-24T05:00:00Z&end=2024-11-24T05:00:00Z", "an empty range"),
    (400, "/playlist/demo.m3u8?start=x", "a master playlist from no time"),
    (400, "/playlist/demo/source.m3u8?window=0", "a window of nothing"),
    (400, "/playlist/demo/source.m3u8?window=-5", "a negative window"),
    (400, "/playlist/demo/source.m3u8?window=13h", "a window of 13 hours"),
    (400, "/playlist/demo/source.m3u8?window=inf", "an endless window"),
    (400, "/playlist/demo/source.m3u8?end=2024-11-25T04:00:00Z", "a day without a start"),
    (400, f"{ROUGH}&start=x&end=y", "a cut between no times"),
    (400, f"{ROUGH}&start=2024-11-24T04:00:04Z&end=2024-11-24T04:00:00Z", "a cut that ends before it starts"),
    (400, f"{ROUGH}&range=2024-11-24T04:00:00Z", "a range without a comma"),
    (400, f"{ROUGH}&range=a,b,c", "a range with two commas"),
    (400, f"{ROUGH}&range=2024-11-24T04:00:02Z,2024-11-24T04:00:02Z", "an empty range of a cut"),
    (400, f"{ROUGH}&{RANGE}&transition=fade,1", "as many transitions as ranges"),
    (400, f"{ROUGH}&{RANGE}&transition=fade,x", "a transition of x seconds"),
    (400, f"{ROUGH}&{RANGE}&transition=fade,inf", "a transition that never ends"),
    (400, f"{ROUGH}&{RANGE}&transition=fade,nan", "a transition of not a number"),
    (400, f"{ROUGH}&{RANGE}&allow_holes=perhaps", "holes allowed perhaps"),
    (400, f"/cut/demo/source.ts?type=huge&{RANGE}", "an unknown kind of cut"),
    (400, f"/cut/demo/source.exe?type=rough&{RANGE}", "an unknown container"),
    (404, f"/cut/demo/source?type=rough&{RANGE}", "a cut without a container"),
    (404, f"/cut/nobody/source.ts?type=rough&{RANGE}", "a cut of an unknown channel"),
    (404, f"/cut/demo/1080p.ts?type=rough&{RANGE}", "a cut of an unknown quality"),
    (406, f"{ROUGH}&start=2020-01-01T00:00:00Z&end=2020-01-01T00:00:10Z", "a cut where nothing is recorded"),
    (406, f"{ROUGH}&start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:08Z", "a cut over a hole"),
    (501, f"/cut/demo/source.ts?type=full&{RANGE}", "a full cut"),
    (501, f"/cut/demo/source.webm?type=webm&{RANGE}", "a full cut by its old name"),
    (501, f"/cut/demo/source.mkv?{RANGE}", "a smart cut as mkv"),
    (
        406,
        "/cut/demo/source.mp4?start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:08Z",
        "a smart cut over a hole",
    ),
    (404, "/segments/demo/source/2024-11-24T04/nothing.ts", "a file that is not there"),
    (404, "/segments/demo/source/2024-11-24T04", "a folder"),
    (404, "/segments/roles.csv", "a private file beside the channels"),
    (404, "/segments/demo/source/2024-11-24T04/link.ts", "a link out of the store"),
    (400, "/segments/demo/source/.longtake/capture.lock", "a file of ours"),
    (400, "/segments/../secret.txt", "a parent folder"),
    (400, "/segments/%2e%2e/secret.txt", "an encoded parent folder in a path"),
    (400, "/segments/demo/source/2024-11-24T04/..%2f..%2f..%2fsecret.txt", "encoded slashes in a path"),
    (400, "/segments/demo//source", "an empty part of a path"),
    (400, "/segments/a%00b", "a NUL in a path"),
    (400, "/api/v1/coverage/demo/source", "coverage of no range"),
    (400, "/api/v1/coverage/demo/source?start=x&end=y", "coverage between no times"),
    (
        400,
        "/api/v1/coverage/demo/source?start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:00Z",
        "coverage of nothing",
    ),
    (
        400,
        "/api/v1/coverage/demo/source?start=2024-11-01T00:00:00Z&end=2024-11-24T04:00:00Z",
        "weeks of coverage",
    ),
    (
        400,
        "/api/v1/coverage/.x/source?start=2024-11-24T04:00:00Z&end=2024-11-24T05:00:00Z",
        "a hidden channel",
    ),
    (404, "/api/v1/nothing", "an unknown route of the API"),
    (404, "/nothing", "an unknown path"),
    (404, "/assets/..%5c..%5csecret.txt", "backslashes to the pages"),
    (404, "/a%00b", "a NUL to the pages"),
    (400, "/extras/", "the extra folder without a name"),
    (400, "/extras/media/.x", "a hidden folder in an extra one"),
    (400, "/extras/media//cats", "an extra folder with an empty part"),
    (400, "/extras/a%00b", "a NUL in an extra folder"),
    (400, "/extras/" + "n" * 256, "an extra folder with too long a name"),
    (400, "/extras/%2e%2e/secret", "an encoded parent folder for an extra one"),
    (501, "/demo/chat.json?start=x", "chat, which is still to come"),
    (400, "/frame/demo/source.png", "a frame of no time"),
    (400, "/frame/demo/source.png?timestamp=now", "a frame of a time that is none"),
    (400, "/frame/demo/source.png?timestamp=2024-11-24T04:00:00Z&width=5", "a frame of five pixels"),
    (404, "/frame/demo/source.gif?timestamp=2024-11-24T04:00:00Z", "a frame in an unknown form"),
    (404, "/frame/nobody/source.png?timestamp=2024-11-24T04:00:00Z", "a frame of an unknown channel"),
    (406, "/frame/demo/source.png?timestamp=2024-11-24T04:00:06.5Z", "a frame in a hole"),
    (400, "/api/v1/frames/demo/source", "the frames of no range"),
    (
        400,
        "/api/v1/frames/demo/source?start=2024-11-24T04:00:00Z&end=2024-11-24T04:10:01Z",
        "the frames of over ten minutes",
    ),
    (
        404,
        "/api/v1/frames/demo/1080p?start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:01Z",
        "the frames of an unknown quality",
    ),
    (501, "/waveform/demo/source.png", "a waveform, which is still to come"),
    (501, "/thumbnail/demo/source.png", "a thumbnail, which is still to come"),
    (400, "/files/%ff%fe", "a channel in no encoding"),
    (400, "/files/demo/source/2024-11-24T04?tombstones=", "tombstones of an empty word"),
    (400, "/files/demo/source/2024-11-24T04?tombstones=1", "tombstones as a number"),
    (400, "/playlist/demo/source.m3u8?window=nan", "a window of not a number"),
    (400, "/playlist/demo/source.m3u8?window=" + "9" * 400, "a window of 400 digits"),
    (
        400,
        "/playlist/demo/source.m3u8?start=2024-02-30T00:00:00Z",
        "a start on a day that is not in the calendar",
    ),
    (400, "/playlist/demo/source.m3u8?start=24-11-24&end=now", "times in words"),
    (400, "/playlist/demo/source.m3u8?start=2024-11-24T04:00:00.%D9%A3Z", "a fraction in other digits"),
    (400, "/playlist/demo/source.m3u8?start=1e400", "a start beyond numbers"),
    (400, f"{ROUGH}&range=,", "a range of no times"),
    (400, f"{ROUGH}&range=2024-11-24T04:00:00Z,inf", "a range that never ends"),
    (400, f"{ROUGH}&{RANGE}&transition=", "as many empty transitions as ranges"),
    (400, f"/cut/demo/source.ts?type=&{RANGE}", "a cut of an empty kind"),
    (400, f"/cut/demo/source.ts?type=mp4&{RANGE}", "a kind that older nodes had and refused"),
    (400, f"/cut/demo/.ts?type=rough&{RANGE}", "a cut of a quality without a name"),
    (400, "/frame/demo/source.png?timestamp=", "a frame of an empty time"),
    (400, "/frame/demo/source.png?timestamp=9999-12-31T23:59:59.999999999Z", "a frame after all time"),
    (400, "/frame/demo/source.png?timestamp=2024-11-24T04:00:00Z&width=%D9%A1%D9%A6%D9%A0", "other digits"),
    (400, "/frame/demo/source.png?timestamp=2024-11-24T04:00:00Z&width=" + "9" * 400, "400 digits of width"),
    (400, "/frame/demo/source.png?timestamp=2024-11-24T04:00:00Z&width=160.5", "half a pixel"),
    (
        400,
        "/frame/demo/source.png?timestamp=2024-11-24T04:00:00Z&keyframe=1",
        "keyframe neither true nor false",
    ),
    (
        400,
        "/api/v1/frames/demo/source?start=2024-11-24T04:00:01Z&end=2024-11-24T04:00:00Z",
        "frames backwards",
    ),
    (
        400,
        "/api/v1/frames/demo/source?start=2024-11-24T04:00:00%2B01:00&end=2024-11-24T04:00:01Z",
        "an offset",
    ),
    (400, "/api/v1/coverage/demo/source?start=2024-11-24T04:00:00Z", "coverage without an end"),
    (400, "/extras/../../secret", "extra folders above the store"),
    (501, "/demo/chat.json", "chat without times"),
    (501, "/demo/chat.json?start=2024-11-24T05:00:00Z&end=2024-11-24T04:00:00Z", "chat backwards"),
    (501, "/waveform/demo/source.png?start=x&end=y&size=0x9999999", "a waveform of no size"),
    (
        501,
        "/thumbnail/demo/source.png?timestamp=2024-11-24T04:00:00Z&template=x",
        "a thumbnail without its crop",
    ),
    (501, "/thumbnail/demo/source.png?timestamp=x&template=x&crop=a,b&location=1", "a thumbnail of nonsense"),
]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("status", "path"), [row[:2] for row in BAD], ids=[row[2] for row in BAD])
async def test_bad_input_is_answered_clearly(node: WebNode, status: int, path: str) -> None:
    answer = await node.get(path)
    assert answer.status == status
    assert "Traceback" not in answer.text
    if path.startswith(("/files", "/extras")):
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.text.strip()
    else:
        assert answer.headers["Content-Type"] == "application/problem+json"
        body = json.loads(answer.body)
        assert body["status"] == status
        assert len(body["detail"]) > 5


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize(
    "path",
    ["/files", "/segments/a", "/playlist/demo.m3u8", "/api/v1/status", "/metrics", "/", "/channels/", "/x/y"],
)
async def test_writing_is_refused(node: WebNode, method: str, path: str) -> None:
    assert (await node.get(path, method=method)).status == 405


@pytest.mark.asyncio(loop_scope="module")
async def test_videos_are_never_generated_by_the_old_route(node: WebNode) -> None:
    assert (await node.get("/generate_videos/demo/source", method="POST")).status == 501
    assert (await node.get("/generate_videos/demo/source")).status == 405


@pytest.mark.asyncio(loop_scope="module")
async def test_a_problem_below_files_is_json_for_those_who_ask(node: WebNode) -> None:
    answer = await node.get("/files/.x", headers={"Accept": "application/problem+json"})
    assert answer.status == 400
    assert json.loads(answer.body)["status"] == 400
