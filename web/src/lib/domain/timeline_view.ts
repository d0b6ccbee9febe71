/**
 * Which stretch of time the timeline shows, and how that changes by zooming, panning and following.
 *
 * `reach` is all that is recorded; views keep it in sight. Wall times in Unix ms, places in pixels from the left end.
 */
import type { Quality } from './channels';
import { contains, fractionAt, lengthOf, momentAt, type Stretch } from './stretch';

const HOUR_MS = 3_600_000;
/** Nearer than this, nothing more is seen: single frames are far apart. */
const SHORTEST_MS = 1000;
/** However little is recorded, a view can be this long, so that a click is no guess. */
const LEAST_REACH_MS = 60_000;
/** As fractions of a view: free room beyond what is recorded when panning, and when all of it is shown. */
const SLACK = 0.25;
const RIM = 0.02;
/** Where a playhead that ran out of view is put, as fraction of the view. */
const TURNED_TO = 0.1;

/** All there is of a quality: to the newest that is recorded, or to now while the recorder waits for more. */
export function reachOf({ first, last, state }: Quality, now: number): Stretch | null {
  if (first === null || last === null) return null;
  return { from: first, to: state === 'waiting' || state === 'error' ? Math.max(last, now) : last };
}

/** The longest view: all that is recorded, with a rim at both ends. As it grows, the right end moves on in steps. */
export function fitted(reach: Stretch): Stretch {
  const length = Math.max(lengthOf(reach), LEAST_REACH_MS);
  const rim = length * RIM;
  const step = 2 ** Math.floor(Math.log2(length / 32));
  return { from: Math.min(reach.from, reach.to - LEAST_REACH_MS) - rim, to: Math.ceil((reach.to + rim) / step) * step };
}

/** The nearest allowed view. */
export function clamped(view: Stretch, reach: Stretch): Stretch {
  const most = fitted(reach);
  const length = Math.min(Math.max(lengthOf(view), SHORTEST_MS), lengthOf(most));
  const slack = length * SLACK;
  const latest = Math.min(most.to, reach.to + slack) - length;
  const earliest = Math.min(Math.max(most.from, reach.from - slack), latest);
  const middle = (view.from + view.to) / 2;
  const from = Math.min(Math.max(middle - length / 2, earliest), latest);
  return { from, to: from + length };
}

/** Longer by `factor` (shorter below 1), while the moment `about` stays where it is. */
export function zoomed(view: Stretch, factor: number, about: number, reach: Stretch): Stretch {
  const length = Math.min(Math.max(lengthOf(view) * factor, SHORTEST_MS), lengthOf(fitted(reach)));
  const from = about - fractionAt(view, about) * length;
  return clamped({ from, to: from + length }, reach);
}

/** Moved by a fraction of its length: positive shows what is later. */
export function panned(view: Stretch, fraction: number, reach: Stretch): Stretch {
  const by = fraction * lengthOf(view);
  return clamped({ from: view.from + by, to: view.to + by }, reach);
}

/** The view that has two moments under two fingers at `left` and `right` (fractions of the width). */
export function pinched(moments: Stretch, left: number, right: number, reach: Stretch): Stretch {
  const length = Math.min(lengthOf(moments) / Math.max(right - left, 0.01), lengthOf(fitted(reach)));
  const middle = (moments.from + moments.to) / 2;
  const from = middle - ((left + right) / 2) * length;
  return clamped({ from, to: from + length }, reach);
}

/** Room after the live edge: seconds near it, so that the view moves on seldom, and by little. */
function lead(length: number): number {
  return length * Math.min(Math.max(20_000 / length, 0.03), SLACK);
}

/** A view of the newest. It moves on in steps: the same for a while, however the live edge grows. */
export function newest(length: number, reach: Stretch): Stretch {
  const most = fitted(reach);
  if (length >= lengthOf(most)) return most;
  const step = lead(length);
  const to = Math.ceil((reach.to + step / 4) / step) * step;
  return clamped({ from: to - length, to }, reach);
}

/** A question is about this much at least: less costs the node as much. */
const LEAST_ASKED_MS = 32_768;

/** What has to be known for a view: more than it shows, in whole halves of it, so that a small move asks for nothing. */
export function asked(view: Stretch): Stretch {
  const step = Math.max(2 ** Math.ceil(Math.log2(lengthOf(view) / 2)), LEAST_ASKED_MS);
  return { from: (Math.floor(view.from / step) - 0.5) * step, to: (Math.ceil(view.to / step) + 0.5) * step };
}

/** What is shown at first: the last hour. */
export function opening(reach: Stretch): Stretch {
  return newest(HOUR_MS, reach);
}

/** The view moved as little as need be to have a moment in sight; where it is already, that is the same view. */
export function revealed(view: Stretch, at: number, reach: Stretch): Stretch {
  if (contains(view, at)) return view;
  const length = lengthOf(view);
  const near = at > view.from - length && at < view.to + length;
  const place = near ? (at > view.to ? 1 - TURNED_TO : TURNED_TO) : 0.5;
  const from = at - place * length;
  return clamped({ from, to: from + length }, reach);
}

/** As when a page is turned: the moment is near the left end, and what comes is seen. */
export function turned(view: Stretch, at: number, reach: Stretch): Stretch {
  const from = at - TURNED_TO * lengthOf(view);
  return clamped({ from, to: from + lengthOf(view) }, reach);
}

export function momentAtX(view: Stretch, x: number, width: number): number {
  return momentAt(view, x / width);
}

export function xAt(view: Stretch, at: number, width: number): number {
  return fractionAt(view, at) * width;
}

/** In pixels: frames nearer to each other than this are a grey smear. */
const FRAME_APART = 4;
/** No source has fewer frames per second than this, worth the question. */
const FEWEST_PER_S = 24;

/** Whether single frames can be seen, as far as is known before their times are. */
export function framesFit(view: Stretch, width: number): boolean {
  return (lengthOf(view) / 1000) * FEWEST_PER_S * FRAME_APART <= width;
}

/** Those of `times` that can be told apart: all or none. */
export function apart(times: readonly number[], view: Stretch, width: number): readonly number[] {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || times.length < 2) return times;
  const distance = xAt(view, last, width) - xAt(view, first, width);
  return distance / (times.length - 1) >= FRAME_APART ? times : [];
}

/** In pixels: what is drawn ends this far off the screen at most, as browsers draw huge boxes badly. */
const OFF = 60;

/** Where a stretch is drawn, in pixels from the left end of the timeline. */
export function placed(view: Stretch, { from, to }: Stretch, width: number): { left: number; right: number } {
  const x = (at: number) => Math.min(Math.max(xAt(view, at, width), -OFF), width + OFF);
  return { left: x(from), right: x(to) };
}

/**
 * In fractions of the width per second: how fast the view moves while something is dragged `x` pixels from the left
 * end, into or over a border.
 */
export function borderSpeed(x: number, width: number): number {
  const border = Math.min(32, width / 8);
  if (x < border) return -Math.min(1, (border - x) / border) * 0.6;
  if (x > width - border) return Math.min(1, (x - width + border) / border) * 0.6;
  return 0;
}
