"""The values of ``core.live``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from longtake.core.facts import Dating
from longtake.core.hls.model import ByteRange, InitSection, Key, MediaSegment
from longtake.core.live.polling import Cadence
from longtake.core.live.reloading import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePolicy:
    """What an operator decides about a stream. ``longest_absent_s``: the longest pause between two questions while it is down."""

    skip_ads: bool = True
    longest_absent_s: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFetch:
    """One segment to fetch and store. ``start_us`` is its wall time, ``target_duration_s`` the playlist's.

    ``epoch``: how often the source began to count anew, and the discontinuity sequence. With either of them the content
    behind a name may change. ``key``: what it is encrypted with; without an IV of its own that is ``sequence``.
    """

    uri: str
    sequence: int
    start_us: int
    duration_s: float
    dating: Dating
    target_duration_s: int
    discontinuity: bool = False
    byte_range: ByteRange | None = None
    init: InitSection | None = None
    epoch: tuple[int, int] = (0, 0)
    key: Key | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdBreak:
    """A break that lies between two tags, at the end of one of its entries. ``left_us``: None if nobody says."""

    lasted_us: int
    left_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What is remembered of an entry: enough to know it again, and to date its neighbours.

    ``order`` counts sightings as they were made, ``counting`` how often the source had begun to count anew by then; an
    entry far below the highest number counts as of the next time already. ``stated_us`` is the time that the source stated, believed or not. What
    merely ``repeats`` the entry before has no duration. ``unfetched``: it could not be had, being announced as a gap, or
    encrypted; an ``ad`` is not meant.
    """

    name: str
    start_us: int
    duration_us: int
    dating: Dating
    order: int = 0
    counting: int = 0
    repeats: bool = False
    unfetched: bool = False
    ad: bool = False
    ad_break: AdBreak | None = None
    stated_us: int | None = None

    @property
    def end_us(self) -> int:
        """See ``start_us``."""
        return self.start_us + self.duration_us


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """What a recorder remembers between polls. The mappings are never changed in place.

    ``sightings`` are by number, in the source's present way of counting, ``newest`` the highest of them; ``names`` has
    them by name (None: a name that several bear). ``strays`` were seen under other numbers and names, and not yet under the
    present ones. ``unnumbered``: the source counts each playlist from 0, and its names are all one. ``anchors`` are what an earlier run knew of times: dated, not fetched.
    ``listed`` is what the last playlist listed. ``changed_us`` is when one last brought something new,
    ``newest_seen_us`` when one last showed the highest number of all, or first did not, ``asked_us`` when the source was last asked anew.
    ``date_jumps`` counts stated times that are not where the one before ends, ``date_jump_us`` is by how much the last was later.
    ``absences`` counts answers in a row that had nothing: failures, or the end of the stream.
    """

    sightings: Mapping[int, Sighting] = field(default_factory=dict)
    names: Mapping[str, Sighting | None] = field(default_factory=dict)
    strays: tuple[Sighting, ...] = ()
    unnumbered: bool = False
    newest: int = 0
    order: int = 0
    anchors: Mapping[int, Sighting] = field(default_factory=dict)
    anchored_us: int = 0
    listed: tuple[MediaSegment, ...] = ()
    seen_us: int | None = None
    changed_us: int | None = None
    newest_seen_us: int = 0
    asked_us: int | None = None
    absences: int = 0
    ended: bool = False
    undated: bool = False
    resets: int = 0
    gaps_announced: int = 0
    ads_skipped: int = 0
    date_jumps: int = 0
    date_jump_us: int = 0
    cadence: Cadence = field(default_factory=Cadence)
    waiting: Waiting = field(default_factory=Waiting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The result of one poll.

    ``quiet_s``: for how long nothing new came; ``frozen``: longer than three target durations. ``backlog``: these are
    the first fetches, of what the playlist held when it was first seen. ``ask_anew``: the reason to ask the source
    where its playlist is now, after ``next_poll_s``. ``shows_content``: the playlist has an entry that is neither ad nor
    gap. ``encrypted_with``: why new entries cannot be read, in words that complete "encrypted with …". ``wait_for``: ask so that the answer comes when the segment of this number
    is there (blocking reload); ``may_skip``: what is known need not be repeated (delta update). ``remember``: there is something new that a restart would miss.
    """

    state: LiveState
    fetches: tuple[SegmentFetch, ...] = ()
    next_poll_s: float
    quiet_s: float = 0.0
    frozen: bool = False
    backlog: bool = False
    ended: bool = False
    shows_content: bool = False
    encrypted_with: str | None = None
    ask_anew: str | None = None
    wait_for: int | None = None
    may_skip: bool = False
    remember: bool = False
