"""Whatever happens, no version of a playlist contradicts an older one that somebody holds.

Hypothesis chooses what is recorded when, what is lost, filled, replaced and removed, when the web process restarts, and what
viewers follow; after each step all of them ask again. The rules are those of ``playlist_rules``.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.fakes.held_playlists import BASE_US, OUTCOMES, QUALITIES, Broadcast
from tests.services.serve.playlist_rules.table import REMOVING, violations

from longtake.adapters.store.ledger import growth
from longtake.core.ledger import extending
from longtake.core.numbering import Break, Run, number_together
from longtake.core.segment_columns import Integers
from longtake.core.times import SECOND_US

OFTEN_FULL = st.sampled_from(["full"] * 10 + list(OUTCOMES))
SLOTS = st.lists(st.tuples(*[OFTEN_FULL] * len(QUALITIES)), min_size=1, max_size=8)
WHICH = st.integers(0, 50)
quick = settings(
    max_examples=6,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
long = settings(quick, max_examples=100, stateful_step_count=40)


class Viewers(RuleBasedStateMachine):
    """A broadcast, and who follows it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.broadcast = Broadcast(Path(self.folder.name))
        self.runner.run(self.broadcast.open())
        self.hours_passed = 0

    def teardown(self) -> None:
        self.runner.run(self.broadcast.close())
        self.runner.close()
        self.folder.cleanup()

    def look(self) -> None:
        found = self.runner.run(self.broadcast.look())
        assert found == [], "\n".join(found[:20])

    @property
    def now_s(self) -> float:
        """Since slot 0 began."""
        return (self.broadcast.clock.now - BASE_US) / SECOND_US

    @initialize(slots=SLOTS)
    def begins(self, slots: list[tuple[str, ...]]) -> None:
        self.broadcast.hold("")
        self.records(slots)

    @rule(slots=SLOTS)
    def records(self, slots: list[tuple[str, ...]]) -> None:
        for outcomes in slots:
            self.broadcast.record(outcomes)
        self.look()

    @rule(slots=SLOTS)
    def records_while_all_look(self, slots: list[tuple[str, ...]]) -> None:
        for outcomes in slots:
            self.broadcast.record(outcomes)
            self.look()

    @rule(which=WHICH)
    def fills(self, which: int) -> None:
        self.broadcast.fill(which)
        self.look()

    @rule(which=WHICH)
    def replaces(self, which: int) -> None:
        self.broadcast.replace(which)
        self.look()

    @rule(seconds=st.sampled_from([0.5, 3, 7, 11, 31, 130]))
    def passes(self, seconds: float) -> None:
        self.broadcast.passes(seconds)
        self.look()

    @precondition(lambda self: self.hours_passed < 2)
    @rule()
    def an_hour_passes(self) -> None:
        self.hours_passed += 1
        self.broadcast.passes(3600)
        self.look()

    @rule(which=WHICH)
    def learns(self, which: int) -> None:
        self.broadcast.learn(which)
        self.look()

    @rule()
    def restarts(self) -> None:
        self.runner.run(self.broadcast.restart())
        self.look()

    @rule()
    def asks_another_process(self) -> None:
        self.runner.run(self.broadcast.ask_another())
        self.look()

    @rule(qualities=st.sampled_from([QUALITIES, QUALITIES[:1], QUALITIES[1:]]))
    def removes(self, qualities: tuple[str, ...]) -> None:
        self.runner.run(self.broadcast.remove_oldest_hour(qualities))
        self.look()

    @precondition(lambda self: len(self.broadcast.held) < 4)
    @rule(window=st.sampled_from(["window=6", "window=10s", "window=90s", "window=5m"]), gaps=st.booleans())
    def follows_a_window(self, window: str, gaps: bool) -> None:
        self.broadcast.hold(f"{window}&holes=gap" if gaps else window)
        self.look()

    @precondition(lambda self: len(self.broadcast.held) < 4)
    @rule(back_s=st.sampled_from([-1, 4.5, 20, 100, 700]), gaps=st.booleans())
    def follows_from(self, back_s: float, gaps: bool) -> None:
        self.broadcast.query(start_s=self.now_s - back_s, gaps=gaps and back_s < 200)
        self.look()

    @precondition(lambda self: len(self.broadcast.held) < 4)
    @rule(back_s=st.sampled_from([3, 20, 100]), ahead_s=st.sampled_from([-90, 5, 60]), gaps=st.booleans())
    def follows_to(self, back_s: float, ahead_s: float, gaps: bool) -> None:
        start_s, end_s = self.now_s - back_s, self.now_s + ahead_s
        if start_s < end_s:
            self.broadcast.query(start_s=start_s, end_s=end_s, gaps=gaps)
        self.look()


TestViewers = Viewers.TestCase
TestViewers.settings = quick


@pytest.mark.soak
def test_no_version_contradicts_an_older_one_for_long() -> None:
    run_state_machine_as_test(Viewers, settings=long)


@asynccontextmanager
async def broadcast(folder: Path) -> AsyncIterator[Broadcast]:
    opened = await Broadcast(folder).open()
    try:
        yield opened
    finally:
        await opened.close()


ALL_FULL = ("full",) * len(QUALITIES)


async def test_what_is_asked_for_after_an_hour_border_still_reaches_back(tmp_path: Path) -> None:
    """One process has written both hours."""
    async with broadcast(tmp_path) as node:
        early = node.put("source", -1900)
        node.hold("")
        for _ in range(20):
            node.record(ALL_FULL)
            assert await node.look() == []
        node.query(start_s=-7200)
        assert await node.look() == []
        listed = node.held[-1].last["source"].entries
        assert early.name in unquote(listed[0].uri)
        assert len(listed) == 21


async def test_a_range_that_ends_behind_an_hour_border_ends_without_a_change(tmp_path: Path) -> None:
    async with broadcast(tmp_path) as node:
        node.hold("")
        node.query(start_s=4, end_s=36)
        for _ in range(20):
            node.record(ALL_FULL)
            assert await node.look() == []
        node.passes(36 + 121 - node.slot * 2)
        assert await node.look() == []
        last = node.held[-1].last["source"]
        assert (last.ended, len(last.entries)) == (True, 16)
        assert last.number("EXT-X-MEDIA-SEQUENCE") > 0


async def test_a_playlist_whose_last_entries_are_removed_stands_behind_them(tmp_path: Path) -> None:
    async with broadcast(tmp_path) as node:
        node.hold("")
        node.query(start_s=0)
        for _ in range(5):
            node.record(ALL_FULL)
        assert await node.look() == []
        before = node.held[0].last["source"]
        node.passes(20)
        node.put("source", 12)  # held back: the hole before it is young
        assert await node.look() == []
        await node.remove_oldest_hour(QUALITIES)
        assert await node.look() == []
        after = node.held[0].last["source"]
        assert (after.entries, after.next_sequence) == ((), before.next_sequence)


@pytest.mark.parametrize("window", ["window=6s", "window=20s"])
async def test_a_window_that_moves_over_steady_recording_keeps_three_target_durations(
    tmp_path: Path, window: str
) -> None:
    async with broadcast(tmp_path) as node:
        node.hold(window)
        removed = 0
        for _ in range(18):
            node.record(ALL_FULL)
            older = node.held[0].last.get("source")
            assert await node.look() == []
            newer = node.held[0].last.get("source")
            if older is not None and newer is not None:
                assert [word for rule in REMOVING for word in rule(older, newer)] == []
                removed += newer.entries[0].sequence - older.entries[0].sequence
        assert removed > 5


async def test_a_node_that_forgets_what_it_showed_is_found_out(tmp_path: Path) -> None:
    async with broadcast(tmp_path) as node:
        node.hold("")
        for at in range(12):
            node.record(("late", "full", "full") if at == 2 else ALL_FULL)
        assert await node.look() == []
        node.fill(0)
        node.forget_ledgers()
        await node.restart()
        assert any("rule_" in word for word in await node.look())


def numbered_apart(runs: Sequence[Run], known: Iterable[Break] = ()) -> list[Integers]:
    """Each quality by its own breaks."""
    return [number_together([run])[0] for run in runs]


async def test_qualities_that_are_numbered_apart_are_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extending, "number_together", numbered_apart)
    async with broadcast(tmp_path) as node:
        node.hold("")
        for at in range(20):
            node.record(("lost", "full", "full") if at == 4 else ALL_FULL)
        assert any("rule_matching_discontinuities" in word for word in await node.look())


async def test_late_fills_that_are_shown_are_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with broadcast(tmp_path) as node:
        node.hold("")
        for at in range(12):
            node.record(("late", "full", "full") if at == 4 else ALL_FULL)
        assert await node.look() == []
        monkeypatch.setattr(growth, "from_where_us", lambda last: BASE_US)
        node.fill(0)
        node.record(ALL_FULL)
        assert any("rule_each_uri_once" in word for word in await node.look())


RANGE = "start=2024-11-09T04:59:40Z&end=2024-11-09T05:00:10Z"


@pytest.mark.parametrize("gaps", ["", "&holes=gap"])
async def test_late_fills_show_in_ranges_asked_for_afterwards_and_never_where_it_grows(
    tmp_path: Path, gaps: str
) -> None:
    async with broadcast(tmp_path) as node:
        node.hold(f"window=10m{gaps}")
        node.query(start_s=0, gaps=bool(gaps))
        for at in range(20):
            node.record(("late", "full", "full") if at in (3, 4, 9) else ALL_FULL)
        node.passes(160)
        assert await node.look() == []
        before = await node.get(f"/playlist/demo/source.m3u8?{RANGE}{gaps}")
        names = [node.fill(which) for which in (0, 0, 0)]
        after = await node.get(f"/playlist/demo/source.m3u8?{RANGE}{gaps}")
        assert await node.look() == []
        assert before is not None
        assert after is not None
        assert violations(before) + violations(after) == []
        assert before.headers["etag"] != after.headers["etag"]
        assert (await node.node.get(after.path, {"if-none-match": before.headers["etag"]})).status == 200
        assert [len([one for one in each.entries if not one.gap]) for each in (before, after)] == [12, 15]
        grown = [unquote(one.uri) for held in node.held for one in held.last["source"].entries]
        assert not any(str(name) in uri for uri in grown for name in names)


async def test_a_short_window_does_not_go_back_when_the_target_duration_rises(tmp_path: Path) -> None:
    async with broadcast(tmp_path) as node:
        node.hold("window=6s")
        for at in range(12):
            node.record(("long", "full", "full") if at == 9 else ALL_FULL)
            assert await node.look() == []
