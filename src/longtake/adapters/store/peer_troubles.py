"""What of replication needs somebody. That much is to be pulled is no trouble, nor that a peer is away for a moment."""

from __future__ import annotations

from collections.abc import Iterator

from longtake.adapters.store.status_view import UNKNOWN, NodeView, moment, moment_us
from longtake.adapters.store.status_words import PeerInfo, ReplicationInfo
from longtake.adapters.store.told_trouble import Trouble, TroubleLevel, told
from longtake.core.times import SECOND_US

AWAY_S = 300
"""A restart of a peer, or of the network to it, takes less."""
LONG_AWAY_S = 3600
"""After so long somebody should know of it: meanwhile its recordings are in one place less."""
WRONG_LATELY_S = 7200

WRONG_BYTES = "wrong bytes"
"""The reason in ``PeerInfo.failed``."""

_CALM = frozenset({"idle", "pulling", "starting", UNKNOWN})
"""Of a silent process its own trouble is told, once for all peers."""


def peer_troubles(view: NodeView) -> Iterator[Trouble]:
    """Of all peers, and of replication as a whole."""
    if view.replication is None:
        return
    yield from _of_whole(view.replication)
    for peer in view.replication.peers:
        yield from _of_peer(peer, view.now_us)


def _of_whole(replication: ReplicationInfo) -> Iterator[Trouble]:
    if replication.trouble is not None:
        yield told(
            "replication",
            f"what peers have cannot be taken: {replication.trouble}",
            None,
            "see to this node's disk, or to what else it names; replication goes on by itself when it can",
        )
    if replication.peers_trouble is not None:
        yield told(
            "replication",
            f"the list of peers cannot be read: {replication.peers_trouble}; it goes on with the peers it knows",
            None,
            "nothing if the database is down for a while: it is asked again by itself; else mend what it names",
            TroubleLevel.WAIT,
        )


def _of_peer(peer: PeerInfo, now_us: int) -> Iterator[Trouble]:
    if peer.state == "unreachable":
        yield from _away(peer, now_us)
    elif peer.state == "refused":
        advice = "compare the secret and the clock of the two nodes, then check the address; it is asked again by itself"
        yield _said(peer, "it answers, but does not give what it has", advice)
    elif peer.state == "itself":
        yield _said(
            peer, "it is this very node", "take it out of this node's list of peers, or set node.name"
        )
    elif peer.state not in _CALM:
        yield _said(peer, peer.state, "look at the log of `replicate`")
    if (count := peer.failed.get(WRONG_BYTES, 0)) and _is_of_late(peer.last_wrong, now_us):
        yield told(
            f"peer {peer.name}",
            f"sent other bytes than the names of its files say, {count:,} {'time' if count == 1 else 'times'}: "
            "nothing of that was kept",
            None,
            "check the disk and the memory of that node; what is damaged there is asked of the other peers",
        )


def _is_of_late(time: str | None, now_us: int) -> bool:
    """A file that comes wrong is asked for again within the hour: for twice that it is not known to be well. None: who knows."""
    last_us = moment_us(time)
    return last_us is None or now_us - last_us < WRONG_LATELY_S * SECOND_US


def _away(peer: PeerInfo, now_us: int) -> Iterator[Trouble]:
    since_us = moment_us(peer.since)
    away_s = AWAY_S if since_us is None else (now_us - since_us) / SECOND_US
    if away_s < AWAY_S:
        return
    if away_s < LONG_AWAY_S:
        advice = "nothing yet: it is asked again by itself, and what it has is pulled when it is back"
        yield _said(peer, "it does not answer", advice, TroubleLevel.WAIT)
    else:
        advice = "check that node, then the network and the firewalls between; what it has is pulled when it is back"
        yield _said(peer, "it does not answer", advice)


def _said(peer: PeerInfo, what: str, advice: str, level: TroubleLevel = TroubleLevel.LOOK) -> Trouble:
    what = f"{what}: {peer.message}" if peer.message else what
    return told(f"peer {peer.name}", what, moment(peer.since), advice, level)
