/**
 * The frames of the recording, as the node tells them: each has one time, by which cuts and pictures are made.
 *
 * A grid is a list of segments in order, none over another; what lies between two of them is unknown or not recorded.
 * Wall times in Unix ms, to the microsecond.
 */
import type { Stretch } from './stretch';

export interface SegmentFrames {
  /** What a playlist calls it, below `/segments/CHANNEL/QUALITY/`. */
  readonly path: string;
  /** Wall time of the first frame in display order; null when the node cannot understand the segment. */
  readonly start: number | null;
  /** The usual distance between two frames, in ms. */
  readonly frameMs: number;
  /** The frames in display order, in ms from `start`. */
  readonly offsetsMs: readonly number[];
}

/** A segment that has frames. */
export interface GridSegment extends SegmentFrames {
  readonly start: number;
}

export type Grid = readonly GridSegment[];
export type Snap = 'nearest' | 'next' | 'previous';

/** A frame: its own time, and that of the frame after it, until which it is shown. */
export interface Frame {
  readonly at: number;
  readonly until: number;
}

/** Times are whole microseconds, kept in numbers that are off by up to a quarter of one. */
const SAME_MS = 0.0006;
/** Two frames that are farther apart than this many usual distances have a hole between them. */
const MOST_APART = 1.75;

/** The index of the last item whose key is at or below `value`; -1 if there is none. */
function lastAtOrBelow<T>(items: readonly T[], value: number, key: (item: T) => number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (key(items[middle] as T) <= value + SAME_MS) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const lastOf = ({ start, offsetsMs }: GridSegment) => start + (offsetsMs.at(-1) ?? 0);

/** Until when the last frame of a segment is shown: the next segment's first, unless there is a hole before it. */
function endOf(grid: Grid, index: number): number {
  const [segment, next] = [grid[index] as GridSegment, grid[index + 1]];
  const last = lastOf(segment);
  const joined = next !== undefined && next.start - last < segment.frameMs * MOST_APART;
  return joined ? next.start : last + segment.frameMs;
}

/** The frame that is shown at a moment; null where none is known. */
export function frameAt(grid: Grid, at: number): Frame | null {
  const index = lastAtOrBelow(grid, at, (each) => each.start);
  const segment = grid[index];
  if (segment === undefined) return null;
  const { start, offsetsMs } = segment;
  const within = lastAtOrBelow(offsetsMs, at - start, (offset) => offset);
  const offset = offsetsMs[within];
  if (offset === undefined) return null;
  const following = offsetsMs[within + 1];
  const until = following === undefined ? endOf(grid, index) : start + following;
  return at < until - SAME_MS ? { at: start + offset, until } : null;
}

/** The frame right after another; null at a hole, and where nothing is known. */
export function frameAfter(grid: Grid, at: number): Frame | null {
  const frame = frameAt(grid, at);
  return frame && frameAt(grid, frame.until);
}

/** The frame right before the one at `at`, or before the end of a hole's edge; null where none is known. */
export function frameBefore(grid: Grid, at: number): Frame | null {
  const start = frameAt(grid, at)?.at ?? at;
  const index = lastAtOrBelow(grid, start - 2 * SAME_MS, (each) => each.start);
  const segment = grid[index];
  if (segment === undefined) return null;
  const frame = frameAt(grid, Math.min(start - 2 * SAME_MS, lastOf(segment)));
  return frame && Math.abs(frame.until - start) < 2 * SAME_MS ? frame : null;
}

/** The time of a frame near a moment: the next is what a cut from there begins with. null where none is known. */
export function snapped(grid: Grid, at: number, way: Snap): number | null {
  const frame = frameAt(grid, at);
  if (frame === null) return edgeNear(grid, at);
  if (way === 'previous' || at - frame.at < SAME_MS) return frame.at;
  if (way === 'next') return frame.until;
  return at - frame.at <= frame.until - at ? frame.at : frame.until;
}

/** A moment within a frame of a segment's first: names of segments jitter by that much. */
function edgeNear(grid: Grid, at: number): number | null {
  const next = grid[lastAtOrBelow(grid, at, (each) => each.start) + 1];
  return next !== undefined && next.start - at < next.frameMs ? next.start : null;
}

/** The times of all known frames in a stretch, its end left out. */
export function framesIn(grid: Grid, { from, to }: Stretch): number[] {
  const first = Math.max(
    0,
    lastAtOrBelow(grid, from, (each) => each.start),
  );
  const found: number[] = [];
  for (const { start, offsetsMs } of grid.slice(first)) {
    if (start >= to - SAME_MS) break;
    for (const offset of offsetsMs) {
      if (start + offset >= from - SAME_MS && start + offset < to - SAME_MS) found.push(start + offset);
    }
  }
  return found;
}

/** The usual distance of two frames near a moment; null where nothing is known. */
export function frameMsAt(grid: Grid, at: number): number | null {
  return (
    (
      grid[
        Math.max(
          0,
          lastAtOrBelow(grid, at, (each) => each.start),
        )
      ] ?? null
    )?.frameMs ?? null
  );
}

/** The grid after an answer of the node: its segments are all there are in that stretch. */
export function mergeGrid(grid: Grid, { from, to }: Stretch, segments: readonly SegmentFrames[]): Grid {
  const understood = segments.filter((each): each is GridSegment => each.start !== null && each.offsetsMs.length > 0);
  const paths = new Set(segments.map((each) => each.path));
  const kept = grid.filter((each) => !paths.has(each.path) && (lastOf(each) < from || each.start >= to));
  return [...kept, ...understood].sort((a, b) => a.start - b.start);
}
