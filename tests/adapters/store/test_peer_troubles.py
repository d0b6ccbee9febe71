from __future__ import annotations

import pytest

from longtake.adapters.store.status_troubles import troubles
from longtake.adapters.store.status_view import NodeView, node_view
from longtake.adapters.store.status_words import ServiceStatus, decode_status
from longtake.adapters.store.told_trouble import Trouble
from longtake.core.times import SECOND_US, format_us, parse_time, to_us

NOW_US = to_us(parse_time("2026-11-24T12:00:00Z"))
PASSED = "2026-11-24T11:59:50Z"


def ago(seconds: float) -> str:
    return format_us(NOW_US - round(seconds * SECOND_US))


def peer(state: str = "idle", away_s: float = 7200, **words: object) -> dict[str, object]:
    """What the replicator says of one."""
    usual = {"name": "south", "url": "http://south:8700", "kind": "longtake 1.0", "message": None}
    counts = {"pulled": 12, "bytes": 1 << 20, "failed": {}, "hours_to_do": 3, "segments_to_do": 900}
    return usual | counts | {"state": state, "since": ago(away_s), "last_pass": PASSED} | words


def service(
    *peers: object, silent_s: float = 0, name: str = "replicate", **words: object
) -> ServiceStatus | None:
    replication = {"node": "north", "peers_trouble": None, "trouble": None, "peers": list(peers)} | words
    head = {"service": "replicate", "pid": 7, "started": ago(9000), "updated": ago(silent_s)}
    return decode_status(name, {**head, "details": {"replication": replication}})


def view(*services: ServiceStatus | None) -> NodeView:
    return node_view([one for one in services if one is not None], now_us=NOW_US)


def told(*peers: object, **words: object) -> list[Trouble]:
    return troubles(view(service(*peers, **words)))  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["idle", "pulling", "starting"])
def test_work_that_is_not_done_yet_is_no_trouble(state: str) -> None:
    assert told(peer(state, hours_to_do=336, segments_to_do=99_999)) == []


@pytest.mark.parametrize(
    ("away_s", "levels"),
    [
        pytest.param(299, [], id="a moment"),
        pytest.param(300, ["wait"], id="five minutes"),
        pytest.param(3599, ["wait"], id="nearly an hour"),
        pytest.param(3600, ["look"], id="an hour"),
    ],
)
def test_a_peer_that_does_not_answer_is_the_worse_the_longer(away_s: float, levels: list[str]) -> None:
    found = told(peer("unreachable", away_s, message="no answer from http://south:8700"))
    assert [one.level for one in found] == levels
    for one in found:
        assert one.place == "peer south"
        assert one.what == "it does not answer: no answer from http://south:8700"
        assert one.since == ago(away_s)
        assert one.advice


def test_a_peer_that_does_not_answer_since_nobody_knows_when_is_told() -> None:
    assert [one.level for one in told(peer("unreachable", since="lately"))] == ["wait"]


@pytest.mark.parametrize(
    ("state", "what", "advice"),
    [
        ("refused", "it answers, but does not give what it has: why", "compare the secret"),
        ("itself", "it is this very node: why", "take it out of this node's list of peers"),
        ("dreaming", "dreaming: why", "look at the log"),
    ],
)
def test_what_does_not_pass_by_itself_needs_a_look_at_once(state: str, what: str, advice: str) -> None:
    (found,) = told(peer(state, 0, message="why"))
    assert (found.level, found.what) == ("look", what)
    assert advice in found.advice


def test_wrong_bytes_are_told_of_a_peer_with_which_all_is_well_otherwise() -> None:
    (found,) = told(peer(failed={"wrong bytes": 1200, "too big": 1}))
    assert (found.level, found.place) == ("look", "peer south")
    assert "1,200 times" in found.what
    assert "the disk and the memory of that node" in found.advice
    (found,) = told(peer(failed={"wrong bytes": 1}, last_wrong=ago(7199)))
    assert "1 time:" in found.what


def test_wrong_bytes_are_over_once_a_file_would_have_come_wrong_again() -> None:
    assert told(peer(failed={"wrong bytes": 1}, last_wrong=ago(7200))) == []


def test_a_list_of_peers_that_cannot_be_read_waits_behind_an_own_disk_that_takes_nothing() -> None:
    words = {"trouble": "the disk is full", "peers_trouble": "the database does not answer"}
    found = told(peer("unreachable", 400), **words)
    assert [(one.level, one.place) for one in found] == [
        ("look", "replication"),
        ("wait", "replication"),
        ("wait", "peer south"),
    ]
    assert found[0].what == "what peers have cannot be taken: the disk is full"
    assert "the database does not answer; it goes on with the peers it knows" in found[1].what


def test_peers_of_a_process_that_is_silent_are_told_as_they_were_known() -> None:
    looked = view(service(peer("pulling"), trouble="the disk is full", silent_s=60), service_of_another())
    assert looked.replication is not None
    (one,) = looked.replication.peers
    assert (one.state, one.since, one.pulled, one.last_pass) == ("unknown", ago(60), 12, PASSED)
    assert (one.hours_to_do, one.segments_to_do) == (None, None)
    assert "its last word was: pulling" in (one.message or "")
    (found,) = troubles(looked)
    assert (found.level, found.place) == ("look", "replicate")
    assert "nobody knows whether anything is pulled from south" in found.what


def service_of_another() -> ServiceStatus | None:
    head = {"service": "serve", "pid": 8, "started": ago(9000), "updated": ago(0)}
    return decode_status("serve", head)


def test_one_that_lives_knows_better_and_the_last_to_fall_silent_better_than_others() -> None:
    old = service(peer(name="old"), silent_s=90)
    newer = service(peer(name="newer"), silent_s=60, name="replicate-2")
    lives = service(peer(name="lives"), name="replicate-3")

    def names(*services: ServiceStatus | None) -> list[str]:
        seen = view(*services).replication
        return [] if seen is None else [one.name for one in seen.peers]

    assert names(old, newer) == names(newer, old) == ["newer"]
    assert names(old, newer, lives) == ["lives"]
    assert not any("pulled" in one.what for one in troubles(view(old, lives)))
    assert view(service_of_another()).replication is None


# what is said -> the names that are understood; None: nothing of it
SAID: dict[str, tuple[object, list[str] | None]] = {
    "nothing": (None, None),
    "a list": ([], None),
    "no peers": ({}, []),
    "peers that are a number": ({"peers": 7}, []),
    "a peer of an older version": ({"peers": [{"name": "a", "state": "idle", "since": ""}]}, ["a"]),
    "a bad one among good ones": (
        {"peers": [{}, 5, None, {"name": "a", "state": "idle", "since": "", "mood": 1}]},
        ["a"],
    ),
    "odd counts": ({"peers": [{"name": "a", "state": "idle", "since": "", "failed": {"x": "many"}}]}, []),
    "an odd time": ({"peers": [{"name": "a", "state": "idle", "since": "", "last_pass": "now"}]}, []),
}


@pytest.mark.parametrize(("said", "names"), SAID.values(), ids=SAID.keys())
def test_what_is_not_understood_is_passed_over(said: object, names: list[str] | None) -> None:
    head = {"service": "replicate", "pid": 7, "started": PASSED, "updated": PASSED}
    status = decode_status("replicate", {**head, "details": {"replication": said}})
    assert status is not None
    replication = status.replication
    assert (None if replication is None else [one.name for one in replication.peers]) == names
