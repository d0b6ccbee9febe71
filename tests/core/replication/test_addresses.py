from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.core.errors import InvalidInput
from longtake.core.names import is_part
from longtake.core.replication.addresses import (
    Peer,
    host_of,
    merged_peers,
    parse_peer,
    parse_peer_lines,
    parse_peer_url,
)


def a_peer(name: str, url: str | None = None) -> Peer:
    return Peer(name=name, url=url or f"http://{name}.example.org")


URLS = {
    "an address": ("http://north:8700", "http://north:8700"),
    "without a port": ("https://north.example.org", "https://north.example.org"),
    "a slash at its end goes": ("http://north:8700/", "http://north:8700"),
    "blanks around go": ("  http://north:8700\n", "http://north:8700"),
    "a path before a proxy stays": ("https://example.org/longtake/", "https://example.org/longtake"),
    "an IPv4 address": ("http://127.0.0.1:8700", "http://127.0.0.1:8700"),
    "an IPv6 address": ("http://[::1]:8700", "http://[::1]:8700"),
    "a user": ("https://team:secret@north", "https://team:secret@north"),
}


@pytest.mark.parametrize(("text", "url"), URLS.values(), ids=URLS.keys())
def test_a_url_of_a_node_is_read(text: str, url: str) -> None:
    assert parse_peer_url(text) == url


NO_URLS = {
    "nothing": "",
    "a host alone": "north",
    "a host and a port": "north:8700",
    "another scheme": "ftp://north",
    "a file": "file:///etc/passwd",
    "no host": "http://",
    "a port alone": "http://:8700",
    "port 0": "http://north:0",
    "a port beyond all": "http://north:70000",
    "a port that is no number": "http://north:web",
    "half an IPv6 address": "http://[::1",
    "a query": "http://north/?a=b",
    "an empty query, which would swallow the path": "http://north?",
    "a fragment": "http://north/#a",
    "an empty fragment": "http://north#",
    "a blank within": "http://nor th",
    "a newline within": "http://nor\nth",
    "a tab within": "http://north/a\tb",
    "a blank of another kind": "http://nor\u00a0th",
    "a backslash": "http://north\\@south",
}


@pytest.mark.parametrize("text", NO_URLS.values(), ids=NO_URLS.keys())
def test_what_is_no_url_of_a_node_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_peer_url(text)


def test_a_refusal_shows_no_secret() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_peer_url("http://team:secret@north/?token=secret")
    assert "secret" not in str(refused.value)


PEERS = {
    "an address is called by its host and port": (
        "http://north:8700",
        Peer(name="north:8700", url="http://north:8700"),
    ),
    "an address without a port is called by its host": (
        "https://north.example.org/",
        Peer(name="north.example.org", url="https://north.example.org"),
    ),
    "a host in capitals is the same host": ("http://North", Peer(name="north", url="http://North")),
    "a name": ("north=http://10.0.0.2:8700", Peer(name="north", url="http://10.0.0.2:8700")),
    "blanks around the name go": ("north = http://n", Peer(name="north", url="http://n")),
    "an = in the path is none before a name": (
        "http://north/a=b",
        Peer(name="north-a=b", url="http://north/a=b"),
    ),
    "a name and an = in the path": ("n=http://north/a=b", Peer(name="n", url="http://north/a=b")),
}


@pytest.mark.parametrize(("text", "peer"), PEERS.values(), ids=PEERS.keys())
def test_a_peer_is_read(text: str, peer: Peer) -> None:
    assert parse_peer(text) == peer


NO_PEERS = {
    "a name alone": "north",
    "a name without an address": "north=",
    "an address without a name": "=http://north",
    "a hidden name": ".north=http://north",
    "a hidden host": "http://.north",
    "a name with a slash": "a/b=http://north",
    "a name with a newline": "no\nrth=http://north",
}


@pytest.mark.parametrize("text", NO_PEERS.values(), ids=NO_PEERS.keys())
def test_what_is_no_peer_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_peer(text)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://north", "north"),
        ("http://north:8700/a", "north:8700"),
        ("https://u:p@north:80", "north:80"),
        ("http://[::1]:8700", "::1:8700"),
    ],
)
def test_the_host_of_a_url(url: str, host: str) -> None:
    assert host_of(url) == host


def test_a_file_of_peers() -> None:
    peers, wrong = parse_peer_lines(
        "# the team\n"
        "\n"
        "north http://north:8700/\n"
        "   \t \n"
        "http://south:8700  # without a name\n"
        "\twest\t https://west\r\n"
        "east"
    )
    assert peers == [
        Peer(name="north", url="http://north:8700"),
        Peer(name="south:8700", url="http://south:8700"),
        Peer(name="west", url="https://west"),
    ]
    assert [message.partition(":")[0] for message in wrong] == ["line 7"]


WRONG_LINES = {
    "a name without an address": "north",
    "three words": "north http://north south",
    "an address that is none": "north http://",
    "a hidden name": ".north http://north",
    "the form of the command line": "north=http://north",
}


@pytest.mark.parametrize("line", WRONG_LINES.values(), ids=WRONG_LINES.keys())
def test_a_wrong_line_spoils_no_other(line: str) -> None:
    peers, wrong = parse_peer_lines(f"a http://a\n{line}\nb http://b\n")
    assert [peer.name for peer in peers] == ["a", "b"]
    assert len(wrong) == 1
    assert wrong[0].startswith("line 2: ")


def test_an_empty_file_has_no_peers() -> None:
    assert parse_peer_lines("") == ([], [])


@quick
@given(st.one_of(st.text(), st.text(alphabet="http://ab=:[]#?.\n 0")))
def test_any_text_is_read_or_refused(text: str) -> None:
    peers, wrong = parse_peer_lines(text)
    assert len(peers) + len(wrong) <= len(text.splitlines())
    with contextlib.suppress(InvalidInput):
        peers.append(parse_peer(text))
    for peer in peers:
        assert is_part(peer.name)
        assert parse_peer_url(peer.url) == peer.url


def test_peers_of_all_sources_are_one_list_by_name() -> None:
    assert merged_peers([[a_peer("west")], [], [a_peer("east"), a_peer("north")]], own_name="south") == [
        a_peer("east"),
        a_peer("north"),
        a_peer("west"),
    ]


def test_of_one_name_the_last_counts() -> None:
    groups = [[a_peer("north", "http://a")], [a_peer("north", "http://b")]]
    assert merged_peers(groups, own_name="south") == [a_peer("north", "http://b")]


def test_of_one_address_the_last_name_counts() -> None:
    stated, database = a_peer("north:8700", "http://north:8700"), a_peer("north", "http://north:8700")
    assert merged_peers([[stated], [database]], own_name="south") == [database]
    assert merged_peers([[database], [stated]], own_name="south") == [stated]
    again = [[database], [stated], [database]]
    assert merged_peers(again, own_name="south") == [database]


OWN = {
    "by its name": a_peer("south", "http://127.0.0.1"),
    "by its host": parse_peer("http://south"),
    "by its host and port": parse_peer("http://south:8700"),
}


@pytest.mark.parametrize("own", OWN.values(), ids=OWN.keys())
def test_a_node_is_no_peer_of_its_own(own: Peer) -> None:
    assert merged_peers([[own, a_peer("north")]], own_name="south") == [a_peer("north")]


def test_the_own_address_hides_no_other_peer() -> None:
    """Two names of one address, of which one is the node's own: most likely a tunnel on this machine."""
    peers = [a_peer("north", "http://localhost:1"), a_peer("south", "http://localhost:1")]
    assert merged_peers([peers], own_name="south") == peers[:1]


def test_two_nodes_behind_one_proxy_have_names_of_their_own() -> None:
    names = [
        parse_peer(url).name
        for url in ("https://proxy/north/", "https://proxy/south", "https://proxy:8443/a/b")
    ]
    assert names == ["proxy-north", "proxy-south", "proxy:8443-a-b"]
