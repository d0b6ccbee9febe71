/**
 * Between the wall clock and the player's media time.
 *
 * A playlist's fragments follow each other in media time without a gap, also where the recording has a hole; only
 * EXT-X-PROGRAM-DATE-TIME tells of the hole. So every conversion goes through the fragment that holds the moment.
 * Media times are seconds, wall times Unix milliseconds. Lists are in order of both.
 */

export interface Fragment {
  /** Media time of the first video frame, in seconds. */
  readonly start: number;
  readonly duration: number;
  /** Wall time of that frame. */
  readonly programDateTime: number;
  /** Which segment it is, below `/segments/CHANNEL/QUALITY/`; null where the player does not tell. */
  readonly path: string | null;
}

/** `2026-11-24T08/00:00.000000-2.0-full-HASH.ts` of a segment's address. */
export function pathOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname).split('/').slice(-2).join('/');
}

/** The same fragments with the node's own dates, as far as it has told them. */
export function dated(fragments: readonly Fragment[], startOf: (path: string) => number | null): Fragment[] {
  return fragments.map((fragment) => {
    const start = fragment.path === null ? null : startOf(fragment.path);
    return start === null ? fragment : { ...fragment, programDateTime: start };
  });
}

/** How a wall time lies to a list of fragments. */
export type Relation = 'inside' | 'hole' | 'before' | 'after';

/** Which neighbour stands in for a moment inside a hole. */
export type Toward = 'next' | 'previous';

export interface Located {
  readonly relation: Relation;
  /** Media time to seek to: the moment itself, or the nearest that can be shown (in a hole, its end). */
  readonly media: number;
  /** Wall time at `media`. */
  readonly wall: number;
}

/** Named times jitter; what is shorter than this between two fragments is no hole. */
const JITTER_MS = 100;
/** Going back into a hole leads this far before it, so that there is something to see. */
const BEFORE_HOLE_MS = 1000;

/** Around the end of a fragment the playhead may be on either side; a gap in the media is longer than any rounding. */
const SEAM_S = 0.2;
const LEAST_GAP_S = 0.5;

const endWall = (fragment: Fragment) => fragment.programDateTime + fragment.duration * 1000;

/** The last fragment for which `key` is at or below `value`: its index, or -1. */
function lastAtOrBelow(fragments: readonly Fragment[], value: number, key: (fragment: Fragment) => number): number {
  let low = 0;
  let high = fragments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (key(fragments[middle] as Fragment) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Where a wall time is in the media; null if there are no fragments. */
export function locate(fragments: readonly Fragment[], wall: number, toward: Toward = 'next'): Located | null {
  const first = fragments[0];
  if (first === undefined) return null;
  const index = lastAtOrBelow(fragments, wall, (fragment) => fragment.programDateTime);
  const holder = fragments[index];
  if (holder === undefined) return { relation: 'before', media: first.start, wall: first.programDateTime };
  if (wall < endWall(holder)) {
    return { relation: 'inside', media: holder.start + (wall - holder.programDateTime) / 1000, wall };
  }
  const next = fragments[index + 1];
  if (next === undefined) return { relation: 'after', media: holder.start + holder.duration, wall: endWall(holder) };
  const relation = next.programDateTime - endWall(holder) > JITTER_MS ? 'hole' : 'inside';
  if (relation === 'hole' && toward === 'previous') {
    const before = Math.max(holder.programDateTime, endWall(holder) - BEFORE_HOLE_MS);
    return { relation, media: holder.start + (before - holder.programDateTime) / 1000, wall: before };
  }
  return { relation, media: next.start, wall: next.programDateTime };
}

/** The wall time at a media time; before the first and after the last fragment as if they went on. */
export function wallTimeAt(fragments: readonly Fragment[], media: number): number | null {
  const index = lastAtOrBelow(fragments, media, (fragment) => fragment.start);
  const holder = fragments[Math.max(index, 0)];
  if (holder === undefined) return null;
  return holder.programDateTime + (media - holder.start) * 1000;
}

/** Fragments that follow each other in the list, but not in the media: what lay between them is gone. */
export interface Gap {
  readonly before: Fragment;
  readonly after: Fragment;
}

/** The gap in the media that `media` is in, or at whose beginning it is; null when there is none. */
export function gapAt(fragments: readonly Fragment[], media: number): Gap | null {
  const index = lastAtOrBelow(fragments, media, (fragment) => fragment.start);
  const [before, after] = [fragments[index], fragments[index + 1]];
  if (before === undefined || after === undefined) return null;
  const end = before.start + before.duration;
  return after.start - end > LEAST_GAP_S && media + SEAM_S >= end ? { before, after } : null;
}

/** The moment a gap begins. */
export function gapBegins({ before }: Gap): number {
  return endWall(before);
}

/** A media time that is in no gap: its end when going on, the last frame before it when going back. */
export function overGap(fragments: readonly Fragment[], media: number, frame: number, direction: 1 | -1): number {
  const gap = gapAt(fragments, media);
  if (gap === null) return media;
  const end = gap.before.start + gap.before.duration;
  if (media < end) return media;
  return direction === 1 ? gap.after.start : end - frame / 2;
}

/** From the first to the last moment of a list, as wall times; null if there are no fragments. */
export function wallRange(fragments: readonly Fragment[]): { first: number; last: number } | null {
  const first = fragments[0];
  const last = fragments.at(-1);
  return first && last ? { first: first.programDateTime, last: endWall(last) } : null;
}

/**
 * The known fragments after a playlist was loaded again. A live playlist forgets its oldest fragments, which may still
 * be in the player's buffer and on the screen; up to `keep` of them are remembered.
 */
export function mergeFragments(known: readonly Fragment[], listed: readonly Fragment[], keep: number): Fragment[] {
  const first = listed[0];
  if (first === undefined) return [...known];
  const older = known.filter((fragment) => fragment.programDateTime < first.programDateTime - JITTER_MS);
  return [...older.slice(-keep), ...listed];
}
