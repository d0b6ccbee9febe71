"""Every parameter of ``/cut``, on a real node with a recording that has a hole: what is asked, and what is said."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from urllib.parse import quote, quote_from_bytes

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes.answer import Answer
from tests.fakes.recording import START, at_us, media, record
from tests.fakes.web_node import WebNode, web_node

from longtake.core.cutting import TRANSITIONS

WHOLE = "start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:02Z"
HOLE = "start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:10Z"
"""Of five segments of 2 s the fourth is missing."""
NOTHING = "2030-01-01T00:00:00Z,2030-01-01T00:00:02Z"
TWO = "range=2024-11-24T04:00:00Z,2024-11-24T04:00:02Z&range=2024-11-24T04:00:02Z,2024-11-24T04:00:06Z"
THREE = f"{TWO}&range=2024-11-24T04:00:00Z,2024-11-24T04:00:01Z"
FIRST = "range=2024-11-24T04:00:00Z,2024-11-24T04:00:02Z"
CUT = "/cut/demo/source"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebNode]:
    async with web_node(tmp_path_factory.mktemp("node"), longest_cut="1h") as node:
        await record(node.store, leave_out={3})
        yield node


REFUSED = [
    # start and end
    (400, f"{CUT}.ts?start=yesterday&end=2024-11-24T04:00:02Z", "start: 'yesterday' is no time", "a start that is no time"),
    (400, f"{CUT}.ts?start=2024-11-24T04:00:00Z&end=soon", "end: 'soon' is no time", "an end that is no time"),
    (400, f"{CUT}.ts?start=&end=2024-11-24T04:00:02Z", "start: '' is no time", "an empty start"),
    (400, f"{CUT}.ts?{WHOLE}&end=", "end: is given twice", "an end given twice, once as nothing"),
    (400, f"{CUT}.ts?{WHOLE}&start=2024-11-24T04:00:00Z", "start: is given twice", "the same start given twice"),
    (400, f"{CUT}.ts?start=2024-11-24T04:00:02Z&end=2024-11-24T04:00:00Z", "end must be after start", "an end before the start"),
    (400, f"{CUT}.ts?start=2024-11-24T04:00:02Z&end=2024-11-24T04:00:02Z", "end must be after start", "an end that is the start"),
    (400, f"{CUT}.ts?start=2024-11-24T05:00:00%2B01:00", "start: '2024-11-24T05:00:00+01:00' has an offset", "a start with an offset"),
    (400, f"{CUT}.ts?start=2024-11-24T05:00:00+01:00", "start: '2024-11-24T05:00:00 01:00' is no time", "a start whose plus became a space"),
    (400, f"{CUT}.ts?start=2024-02-30T00:00:00Z", "start: '2024-02-30T00:00:00Z' is no time", "the thirtieth of February"),
    (400, f"{CUT}.ts?end=9999-12-31T23:59:59Z", "end: '9999-12-31T23:59:59Z' is out of range", "an end after all time"),
    (400, f"{CUT}.ts?start=1732420800", "start: '1732420800' is no time", "a start in seconds since 1970"),
    (400, f"{CUT}.ts?start=2024-11-24T04:00:00%00Z", "start: '2024-11-24T04:00:00\\x00Z' is no time", "a NUL in a start"),
    (400, f"{CUT}.ts?start=%FF%FE", "start: ", "a start that is no UTF-8"),
    (400, f"{CUT}.ts?start=2024-11-24T04:00:00Z&end=2024-11-24T05:00:00.000001Z", "start to end is 1h0.000001s, but a cut is at most 1h", "a microsecond longer than allowed"),
    (400, f"{CUT}.ts?start=2024-11-24T05:00:00Z", "start: is after all that is recorded", "a start after all, and no end"),
    (400, f"{CUT}.ts?end=2024-11-24T04:00:00Z", "end: is before all that is recorded", "an end before all, and no start"),
    (400, f"{CUT}.ts?start=2024-11-24T03:59:59Z&allow_holes=true", "start to end is 1h1s", "a start alone that makes the cut too long"),
    (400, f"{CUT}.ts?start=2024-11-24&end=2024-11-24T04:00:02Z", "start to end is 4h2s, but a cut is at most 1h", "a date for a start, which is its midnight"),
    (406, f"{CUT}.ts", "not recorded from 2024-11-24T04:00:06", "no time at all: the hours that are recorded, with their holes"),
    # range
    (400, f"{CUT}.ts?range=", "range: '' is not START,END", "an empty range"),
    (400, f"{CUT}.ts?range=,", "range: '' is no time", "a comma for a range"),
    (400, f"{CUT}.ts?range=2024-11-24T04:00:00Z", "range: '2024-11-24T04:00:00Z' is not START,END", "half a range"),
    (400, f"{CUT}.ts?range=a,b,c", "range: 'a,b,c' is not START,END", "a range with two commas"),
    (400, f"{CUT}.ts?range=2024-11-24T04:00:00Z;2024-11-24T04:00:02Z", "is not START,END", "a range with a semicolon"),
    (400, f"{CUT}.ts?{FIRST}&range=x,y", "range 2: 'x' is no time", "a second range between no times"),
    (400, f"{CUT}.ts?{FIRST}&range=2024-11-24T04:00:02Z,2024-11-24T04:00:01Z", "range 2: a range must end after it starts", "a second range that ends before it starts"),
    (400, f"{CUT}.ts?range=2024-11-24T04:00:02Z,2024-11-24T04:00:02Z", "range: a range must end after it starts", "a range of nothing"),
    (400, f"{CUT}.ts?range=2024-11-24T05:00:00%2B01:00,2024-11-24T05:00:02%2B01:00", "range: '2024-11-24T05:00:00+01:00' has an offset", "a range with offsets"),
    (400, f"{CUT}.ts?" + "&".join([FIRST] * 101), "range: 101 are too many; a cut has at most 100", "a hundred and one ranges"),
    (400, f"{CUT}.ts?" + "&".join(["range=2024-11-24T04:00:00Z,2024-11-24T04:30:00Z"] * 3), "range: all together is 1h30m, but a cut is at most 1h", "ranges that are too long together"),
    (400, f"{CUT}.ts?{FIRST}&start=x", "start: 'x' is no time", "a start that does not count, and is none"),
    (400, f"{CUT}.ts?{FIRST}&end=2024-11-24T04:00:00Z&end=2024-11-24T05:00:00Z", "end: is given twice", "an end that does not count, given twice"),
    # type
    (400, f"{CUT}.ts?{WHOLE}&type=huge", "type: 'huge' is no kind of cut; there are rough, smart, full, archive", "an unknown kind"),
    (400, f"{CUT}.ts?{WHOLE}&type=", "type: '' is no kind of cut", "an empty kind"),
    (400, f"{CUT}.ts?{WHOLE}&type=mp4", "type: mp4 is a container, no kind of cut: the ending says it, as in .mp4", "mp4 as a kind, which older nodes have disabled"),
    (400, f"{CUT}.mkv?{WHOLE}&type=mkv", "type: mkv is a container, no kind of cut", "mkv as a kind"),
    (400, f"{CUT}.ts?{WHOLE}&type=smart&type=rough", "type: is given twice", "two kinds"),
    (400, f"{CUT}.ts?{WHOLE}&type=rough,smart", "type: 'rough,smart' is no kind of cut", "two kinds in one"),
    (400, f"{CUT}.webm?{WHOLE}", "type: a cut of the kind smart can be .mp4, .ts or .mkv, never .webm", "an exact cut as webm"),
    (400, f"{CUT}.webm?{WHOLE}&type=rough", "type: a cut of the kind rough can be .mp4, .ts or .mkv, never .webm", "a rough cut as webm"),
    (400, f"{CUT}.ts?{WHOLE}&type=archive", "type: a cut of the kind archive can be .mkv, never .ts", "an archive as ts"),
    (400, f"{CUT}.mp4?{WHOLE}&type=archive", "type: a cut of the kind archive can be .mkv, never .mp4", "an archive as mp4"),
    (400, f"{CUT}.mp4?{WHOLE}&type=webm", "type: webm makes a .webm, not a .mp4; change the ending", "webm into mp4"),
    (400, f"{CUT}.mkv?{WHOLE}&type=mpegts", "type: mpegts makes a .ts, not a .mkv; change the ending", "mpegts into mkv"),
    (501, f"{CUT}.ts?{WHOLE}&type=full", "full cuts are not there yet; ask for a smart or rough one", "a full cut"),
    (501, f"{CUT}.webm?{WHOLE}&type=full", "full cuts are not there yet", "a full cut as webm"),
    (501, f"{CUT}.ts?{WHOLE}&type=mpegts", "full cuts are not there yet", "a full cut by its older name mpegts"),
    (501, f"{CUT}.ts?{WHOLE}&type=webm", "full cuts are not there yet", "webm under an older node's path"),
    (501, f"{CUT}.webm?{WHOLE}&type=webm", "full cuts are not there yet", "webm under a path that ends so"),
    (501, f"{CUT}.mkv?{WHOLE}&type=archive", "archive cuts are not there yet", "an archive"),
    (501, f"{CUT}.mkv?{WHOLE}", "a smart cut is made as .mp4 or .ts so far, not as .mkv", "an exact cut as mkv"),
    (501, f"{CUT}.mkv?{WHOLE}&type=rough", "a rough cut is made as .mp4 or .ts so far, not as .mkv", "a rough cut as mkv"),
    # transition
    (400, f"{CUT}.ts?{WHOLE}&transition=fade,1", "1 transition for 1 range", "a transition and one range"),
    (400, f"{CUT}.ts?{WHOLE}&transition=", "1 transition for 1 range", "a hard cut and one range"),
    (400, f"{CUT}.ts?transition=fade,1", "1 transition for 1 range", "a transition and no time"),
    (400, f"{CUT}.ts?{TWO}&transition=fade,1&transition=", "2 transitions for 2 ranges", "as many transitions as ranges"),
    (400, f"{CUT}.ts?{TWO}" + "&transition=x" * 2000, "2000 transitions for 2 ranges", "thousands of transitions"),
    (400, f"{CUT}.ts?{TWO}&transition=fade", "transition: 'fade' is not NAME,SECONDS; write it like fade,0.5", "a transition without seconds"),
    (400, f"{CUT}.ts?{TWO}&transition=fade,x", "transition: 'fade,x' is not NAME,SECONDS", "a transition of x seconds"),
    (400, f"{CUT}.ts?{TWO}&transition=fade,nan", "transition: 'fade,nan' is not NAME,SECONDS", "a transition of not a number"),
    (400, f"{CUT}.ts?{TWO}&transition=fade,inf", "transition: 'fade,inf' is not NAME,SECONDS", "a transition without end"),
    (400, f"{CUT}.ts?{TWO}&transition=fade,1e9", "transition: 'fade,1e9' is not NAME,SECONDS", "a transition with an exponent"),
    (400, f"{CUT}.ts?{TWO}&transition=fade,1_0", "transition: 'fade,1_0' is not NAME,SECONDS", "a transition with an underscore"),
    (400, f"{CUT}.ts?{TWO}&transition=fade,+1", "transition: 'fade, 1' is not NAME,SECONDS", "a transition whose plus became a space"),
    (400, f"{CUT}.ts?{TWO}&transition=fade,%2B1", "transition: 'fade,+1' is not NAME,SECONDS", "a transition of plus one second"),
    (400, f"{CUT}.ts?{TWO}&transition=fade,-1", "transition: 'fade,-1' is not NAME,SECONDS", "a transition of less than nothing"),
    (400, f"{CUT}.ts?{TWO}&transition=fade,0", "transition: a transition takes more than 0 s and at most 60 s, not 0 s", "a transition of nothing"),
    (400, f"{CUT}.ts?{TWO}&transition=fade,60.5", "transition: a transition takes more than 0 s and at most 60 s, not 60.5 s", "a transition over a minute"),
    (400, f"{CUT}.ts?{TWO}&transition=fade,1,2", "transition: 'fade,1,2' is not NAME,SECONDS", "a transition with two commas"),
    (400, f"{CUT}.ts?{TWO}&transition=,1", "transition: ',1' is not NAME,SECONDS", "a transition without a name"),
    (400, f"{CUT}.ts?{TWO}&transition=wipelef,1", "transition: 'wipelef' is no transition; is wipeleft", "a transition that is nearly known"),
    (400, f"{CUT}.ts?{TWO}&transition=qqq,1", "transition: 'qqq' is no transition; GET /api/v1/transitions", "a transition like none"),
    (400, f"{CUT}.ts?{TWO}&transition=fadefast,1", "transition: 'fadefast' is no transition", "a transition that older nodes leave out"),
    (400, f"{CUT}.ts?{THREE}&transition=&transition=x", "transition 2: 'x' is not NAME,SECONDS", "a second transition that is none"),
    (400, f"{CUT}.ts?{TWO}&transition=fade,2.5", "transition 1 (fade) takes 2.5 s of range 1, which is 2 s long", "a transition longer than the range before it"),
    (400, f"{CUT}.ts?{THREE}&transition=&transition=fade,1.5", "transition 2 (fade) takes 1.5 s of range 3, which is 1 s long", "a transition longer than the range behind it"),
    (400, f"{CUT}.ts?{THREE}&range=2024-11-24T04:00:00Z,2024-11-24T04:00:06Z&transition=&transition=fade,0.6&transition=radial,0.6", "transitions 2 (fade) and 3 (radial) take 1.2 s of range 3, which is 1 s long", "two transitions that meet in a range"),
    (400, f"{CUT}.ts?{TWO}&type=rough&transition=fade,9", "transition 1 (fade) takes 9 s of range 1", "a transition that does not fit, though a rough cut has none"),
    (400, f"{CUT}.ts?{TWO}&type=rough&transition=fadee,1", "transition: 'fadee' is no transition", "an unknown transition, though a rough cut has none"),
    (400, f"{CUT}.mkv?{TWO}&type=archive&transition=fade,1", "archive cuts have no transitions: leave them out", "an archive with a transition"),
    (501, f"{CUT}.ts?{TWO}&transition=fade,1", "transitions are not there yet; leave them empty for hard cuts", "an exact cut with a transition"),
    (501, f"{CUT}.ts?{TWO}&transition=batman,0.5&type=fast", "transitions are not there yet", "an exact cut with a transition of our own"),
    (501, f"{CUT}.ts?{TWO}&transition=fade,1&type=mpegts", "full cuts are not there yet", "a full cut with a transition"),
    # allow_holes
    (400, f"{CUT}.ts?{WHOLE}&allow_holes=perhaps", "allow_holes='perhaps' is neither true nor false", "holes allowed perhaps"),
    (400, f"{CUT}.ts?{WHOLE}&allow_holes=", "allow_holes='' is neither true nor false", "holes allowed by nothing"),
    (400, f"{CUT}.ts?{WHOLE}&allow_holes=1", "allow_holes='1' is neither true nor false", "holes allowed by a number"),
    (400, f"{CUT}.ts?{WHOLE}&allow_holes=true&allow_holes=true", "allow_holes: is given twice", "holes allowed twice"),
    # holes
    (406, f"{CUT}.ts?{HOLE}&type=rough", "there are holes: not recorded from 2024-11-24T04:00:06.000Z to 2024-11-24T04:00:08.000Z (2.0 s); allow holes", "a rough cut over a hole"),
    (406, f"{CUT}.mp4?{HOLE}", "there are holes: not recorded from 2024-11-24T04:00:06", "an exact cut over a hole"),
    (406, f"{CUT}.ts?{HOLE}&allow_holes=FALSE", "there are holes", "a cut over a hole that is not allowed, in capitals"),
    (406, f"{CUT}.ts?range={NOTHING}&allow_holes=true", "nothing is recorded between 2030-01-01T00:00:00.000000Z and 2030-01-01T00:00:02.000000Z", "a range with nothing in it, with holes allowed"),
    (406, f"{CUT}.ts?{FIRST}&range=2024-11-24T04:00:06Z,2024-11-24T04:00:08Z&range={NOTHING}&allow_holes=true&type=rough", "between 2024-11-24T04:00:06.000000Z and 2024-11-24T04:00:08.000000Z, nor between 2030", "two of three ranges with nothing in them"),
    # path
    (400, f"/cut/demo/source.exe?{WHOLE}", "'exe' is no container of a cut; there are .ts, .mp4, .mkv, .webm", "an unknown container"),
    (400, f"/cut/demo/source.?{WHOLE}", "'' is no container of a cut", "an ending of nothing"),
    (400, f"/cut/demo/.ts?{WHOLE}", "file '.ts' begins with a dot", "an ending alone"),
    (400, f"/cut/.demo/source.ts?{WHOLE}", "channel '.demo' begins with a dot", "a hidden channel"),
    (400, f"/cut/de%00mo/source.ts?{WHOLE}", "channel 'de\\x00mo' contains a control character", "a NUL in a channel"),
    (404, f"/cut/demo/source?{WHOLE}", "a cut's path ends in its container", "no container"),
    (404, f"/cut/nobody/source.ts?{WHOLE}", "nothing of nobody/source is recorded", "an unknown channel"),
    (404, f"/cut/demo/1080p.mp4?{WHOLE}", "nothing of demo/1080p is recorded", "an unknown quality"),
    (404, f"/cut/demo/chat.ts?{WHOLE}", "nothing of demo/chat is recorded", "chat"),
    # what comes first
    (400, f"/cut/nobody/source.ts?{WHOLE}&type=huge", "type: ", "an unknown kind of an unknown channel: what makes no sense comes first"),
    (400, f"/cut/nobody/source.ts?{TWO}&transition=fade,9&type=full", "transition 1", "a transition that does not fit in a cut to come of an unknown channel"),
    (400, f"/cut/nobody/source.webm?range={NOTHING}", "never .webm", "an impossible container of an unknown channel"),
    (404, f"/cut/nobody/source.ts?{WHOLE}&type=full", "nothing of nobody", "a cut to come of an unknown channel: what is unknown comes second"),
    (404, f"/cut/nobody/source.ts?{TWO}&transition=fade,1", "nothing of nobody", "a transition to come of an unknown channel"),
    (501, f"{CUT}.ts?range={NOTHING}&type=full", "full cuts are not there yet", "a cut to come of nothing: what is to come comes third"),
    (501, f"{CUT}.ts?{HOLE}&type=webm", "full cuts are not there yet", "a cut to come over a hole"),
    (501, f"{CUT}.ts?{TWO}&range={NOTHING}&transition=fade,1", "transitions are not there yet", "a transition to come, with a range of nothing"),
]  # fmt: skip


def problem_of(answer: Answer) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = json.loads(answer.body)
    assert body["status"] == answer.status
    return str(body["detail"])


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("status", "path", "said"), [row[:3] for row in REFUSED], ids=[row[3] for row in REFUSED]
)
async def test_what_cannot_be_is_refused_with_what_is_wrong(
    node: WebNode, status: int, path: str, said: str
) -> None:
    answer = await node.get(path)
    assert (answer.status, said in problem_of(answer)) == (status, True), answer.text
    assert (await node.get(path, method="HEAD")).status == status


TAKEN = [
    (f"?{WHOLE}&type=rough", [0], "a range that is whole"),
    (f"?{WHOLE}&type=ROUGH&allow_holes=False", [0], "a kind and a flag in capitals"),
    ("?start=2024-11-24T04:00&end=2024-11-24T04:00:02&type=rough", [0], "times without seconds and without a zone"),
    (f"?{HOLE}&type=rough&allow_holes=true", [0, 1, 2, 4], "a hole that is allowed"),
    ("?type=rough&allow_holes=true", [0, 1, 2, 4], "no time, for all that is recorded"),
    (f"?{TWO}&type=rough&transition=", [0, 1, 2], "a hard cut between two ranges"),
    (f"?{TWO}&type=rough&transition=fade,1", [0, 1, 2], "a transition that a rough cut leaves out, as older pages send them"),
    (f"?{FIRST}&start=2024-11-24T09:00:00Z&end=2024-11-24T08:00:00Z&type=rough", [0], "ranges, beside which start and end do not count"),
    ("?" + "&".join([FIRST] * 100) + "&type=rough", [0] * 100, "a hundred ranges"),
    (f"?{WHOLE}&type=rough&allow_hole=x&foo&=&&%FF=%00", [0], "parameters that nobody knows"),
]  # fmt: skip


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("query", "files"), [row[:2] for row in TAKEN], ids=[row[2] for row in TAKEN])
async def test_what_makes_sense_is_cut(node: WebNode, query: str, files: list[int]) -> None:
    answer = await node.get(f"{CUT}.ts{query}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "video/mp2t")
    recorded = media(at_us(START), 5)
    assert answer.body == b"".join(recorded[file] for file in files)


class TestHoles:
    SKIPPED = "2024-11-24T04:00:06.000000Z/2024-11-24T04:00:08.000000Z"

    @pytest.mark.asyncio(loop_scope="module")
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    @pytest.mark.parametrize("kind", ["rough", "smart"])
    async def test_that_were_cut_over_are_named(self, node: WebNode, kind: str, method: str) -> None:
        path = f"{CUT}.ts?{HOLE}&allow_holes=true&type={kind}"
        answer = await node.get(path, method=method)
        assert (answer.status, answer.headers.get("Longtake-Holes")) == (200, self.SKIPPED)

    @pytest.mark.asyncio(loop_scope="module")
    async def test_of_all_ranges_are_named_in_their_order(self, node: WebNode) -> None:
        late = "range=2024-11-24T04:00:07Z,2024-11-24T04:00:09Z"
        early = "range=2024-11-24T04:00:05Z,2024-11-24T04:00:07.5Z"
        answer = await node.get(f"{CUT}.ts?{late}&{early}&allow_holes=true&type=rough")
        assert answer.headers["Longtake-Holes"] == (
            "2024-11-24T04:00:07.000000Z/2024-11-24T04:00:08.000000Z;"
            "2024-11-24T04:00:06.000000Z/2024-11-24T04:00:07.500000Z"
        )

    @pytest.mark.asyncio(loop_scope="module")
    async def test_that_are_none_are_not_named(self, node: WebNode) -> None:
        answer = await node.get(f"{CUT}.ts?{WHOLE}&allow_holes=true&type=rough")
        assert (answer.status, "Longtake-Holes" in answer.headers) == (200, False)

    @pytest.mark.asyncio(loop_scope="module")
    async def test_of_separate_sound_alone_are_named_by_themselves(self, node: WebNode) -> None:
        await record(node.store, channel="sung", leave_out={0})
        await record(node.store, channel="sung", quality="source.audio", leave_out={2})
        path = f"/cut/sung/source.ts?{HOLE}&type=rough"
        answer = await node.get(f"{path}&allow_holes=true", method="HEAD")
        assert (answer.status, answer.headers.get("Longtake-Holes")) == (
            200,
            "2024-11-24T04:00:00.000000Z/2024-11-24T04:00:02.000000Z",
        )
        assert answer.headers["Longtake-Sound-Holes"] == (
            "2024-11-24T04:00:04.000000Z/2024-11-24T04:00:06.000000Z"
        )


SENSE = {
    "start": "2024-11-24T04:00:00Z",
    "end": "2024-11-24T04:00:02Z",
    "type": "rough",
    "allow_holes": "true",
}
TIMES = st.from_regex(
    r"20[0-9]{2}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-6][0-9](:[0-9]{2}(\.[0-9]{1,9})?)?)?Z?"
)
TRANSITION = st.tuples(
    st.sampled_from([*TRANSITIONS, "Fade", "fades"]), st.floats().map(str) | st.integers(0, 99).map(str)
).map(",".join)
NEAR = {
    "start": TIMES,
    "end": TIMES,
    "range": st.tuples(TIMES, TIMES).map(",".join),
    "type": st.sampled_from(["rough", "full", "mpegts", "webm", "archive", "mp4", "Rough", "smart,"]),
    "allow_holes": st.sampled_from(["true", "False", "yes", "0", "tru"]),
    "transition": TRANSITION,
}
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(
    lambda text: quote(text, safe="")
)
ANY_BYTES = st.binary(max_size=20).map(lambda content: quote_from_bytes(content, safe=""))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", NEAR)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_a_parameter_says_is_taken_or_refused_by_its_name(
    node: WebNode, name: str, data: st.DataObject
) -> None:
    value = data.draw(NEAR[name].map(lambda text: quote(text, safe=",")) | ANY_TEXT | ANY_BYTES)
    query = "&".join(f"{key}={text}" for key, text in SENSE.items() if key != name)
    ranges = f"&{TWO}" if name == "transition" else ""
    answer = await node.get(f"{CUT}.ts?{query}{ranges}&{name}={value}")
    assert answer.status in (200, 400, 406, 501)
    if answer.status != 200:
        said = problem_of(answer)
        assert answer.status != 400 or name in said
