/** The position bar: which stretch of time it shows, and where a moment is on it. Wall times in Unix ms. */
import type { Quality } from './channels';

export type BarView = 'hour' | 'all';

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface Tick {
  readonly at: number;
  /** `04:15`, or the date at midnight. */
  readonly label: string;
}

const HOUR_MS = 3_600_000;
const SHORTEST_MS = 60_000;

/** All there is of a quality: to the newest that is recorded, or to now while the recorder waits for more. */
export function reachOf({ first, last, state }: Quality, now: number): Stretch | null {
  if (first === null || last === null) return null;
  return { from: first, to: state === 'waiting' || state === 'error' ? Math.max(last, now) : last };
}

/** What the bar shows: all that is recorded, or its last hour. */
export function stretchOf(view: BarView, first: number, last: number): Stretch {
  const from = view === 'hour' ? Math.max(first, last - HOUR_MS) : first;
  return { from: Math.min(from, last - SHORTEST_MS), to: last };
}

/** Whether an hour and all are the same, so that there is nothing to choose. */
export function fitsAnHour(first: number, last: number): boolean {
  return last - first <= HOUR_MS;
}

/** 0 at the left end, 1 at the right; outside when the moment is. */
export function fractionAt(stretch: Stretch, at: number): number {
  return (at - stretch.from) / (stretch.to - stretch.from);
}

/** In pixels: the live edge, which is also what is clicked to go live. */
const EDGE_WIDTH = 4;

/** Whether `x` pixels from the left end is the live edge; the newest moment itself may be too old for that. */
export function meansLive(x: number, width: number): boolean {
  return x >= width - EDGE_WIDTH;
}

export function momentAt(stretch: Stretch, fraction: number): number {
  return stretch.from + Math.min(1, Math.max(0, fraction)) * (stretch.to - stretch.from);
}

const STEPS_MS = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map(
  (s) => s * 1000,
);

/** Round moments on the bar, at most `most` of them. `offsetMs` is the zone's distance from UTC. */
export function ticks(stretch: Stretch, most: number, offsetMs: number): Tick[] {
  const length = stretch.to - stretch.from;
  const days = Math.ceil(length / (86_400_000 * most)) * 86_400_000;
  const step = STEPS_MS.find((candidate) => length / candidate <= most) ?? days;
  const found: Tick[] = [];
  for (let at = Math.ceil((stretch.from + offsetMs) / step) * step; at <= stretch.to + offsetMs; at += step) {
    found.push({ at: at - offsetMs, label: tickLabel(at, step) });
  }
  return found;
}

function tickLabel(shifted: number, step: number): string {
  const iso = new Date(shifted).toISOString();
  if (iso.slice(11, 19) === '00:00:00') return iso.slice(5, 10);
  return step < 60_000 ? iso.slice(11, 19) : iso.slice(11, 16);
}
