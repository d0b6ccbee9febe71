/** Marks on the timeline: where their blocks are, and what dragging does to them. Wall times in Unix ms. */
import type { Stretch } from './stretch';

export type Edge = 'in' | 'out';
/** What of a mark is dragged: an edge, or the whole block. */
export type Grip = Edge | 'both';

/** A marked part. `out` is the time of the frame after its last one. */
export interface MarkView {
  readonly id: string;
  readonly in: number | null;
  readonly out: number | null;
  /** The one that keys and panels are about. */
  readonly active: boolean;
}

/** The times of frames, as far as they are known. */
export interface FrameTimes {
  /** The nearest time of a frame. */
  readonly snap: (at: number) => number;
  /** The times of the frames between two moments, in order; empty while unknown. */
  readonly frames: (from: number, to: number) => readonly number[];
}

const USUAL_FRAME_MS = 1000 / 30;
/** No frame is shown for longer than this. */
const FRAME_NEAR_MS = 500;
/** Times that are nearer to each other than this are of the same frame. */
const SAME_MS = 0.5;

/** The time of the next frame (`1`) or of the one before (`-1`). */
export function neighbour(at: number, direction: 1 | -1, { snap, frames }: FrameTimes): number {
  const near = frames(at - FRAME_NEAR_MS, at + FRAME_NEAR_MS);
  const next = near.find((each) => each > at + SAME_MS);
  const previous = near.findLast((each) => each < at - SAME_MS);
  return (direction === 1 ? next : previous) ?? snap(at + direction * USUAL_FRAME_MS);
}

/** Where a grip may be: inside of what is recorded, and the in before the out by a frame at least. */
export function limits(mark: MarkView, grip: Grip, reach: Stretch, times: FrameTimes): Stretch {
  const [first, last] = [mark.in, mark.out];
  if (grip === 'both') return { from: reach.from, to: reach.to - ((last ?? 0) - (first ?? 0)) };
  if (grip === 'in') return { from: reach.from, to: last === null ? reach.to : neighbour(last, -1, times) };
  return { from: first === null ? reach.from : neighbour(first, 1, times), to: reach.to };
}

/** The time of a frame that is nearest to where a grip was dragged, inside its limits. */
export function settled(at: number, { from, to }: Stretch, { snap }: FrameTimes): number {
  const frame = snap(at);
  return frame < from ? from : frame > to ? Math.max(from, to) : frame;
}

/** In pixels: something to come to rest at is felt from this far. */
const MAGNET = 6;

/** The nearest of `magnets`, if it is near on the screen; else the moment itself. */
export function drawn(at: number, magnets: readonly (number | null)[], msPerPixel: number): number {
  const distance = (magnet: number) => Math.abs(magnet - at);
  const near = magnets.filter((each) => each !== null).filter((each) => distance(each) <= MAGNET * msPerPixel);
  return near.sort((a, b) => distance(a) - distance(b))[0] ?? at;
}

/** What the arrow keys do to an edge; null for other keys. */
export function keyed(at: number, key: string, shift: boolean, times: FrameTimes): number | null {
  const direction = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : null;
  if (direction === null) return null;
  return shift ? times.snap(at + direction * 1000) : neighbour(at, direction, times);
}
