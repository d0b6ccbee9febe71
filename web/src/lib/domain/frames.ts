/** Steps of one frame. Media times and durations in seconds. */

export const USUAL_FRAME_S = 1 / 30;

/** A seek lands this far inside a frame, so that rounding in the player cannot show the one before. */
const INSIDE_S = 0.002;

/** The frame duration from the media times of frames shown one after the other; null when they say nothing. */
export function frameDuration(previous: number, current: number): number | null {
  const step = current - previous;
  return step > 1 / 250 && step < 1 / 9 ? step : null;
}

/**
 * Where to seek to for the next (`+1`) or the previous (`-1`) frame.
 * `shown` is the media time of the frame on the screen, where the browser tells it.
 */
export function stepTarget(playhead: number, shown: number | null, duration: number, direction: 1 | -1): number {
  const known = shown !== null && Math.abs(playhead - shown) < duration * 2;
  return Math.max(0, (known ? shown : playhead) + direction * duration + (known ? INSIDE_S : 0));
}

/** The smaller of what was known and what was just seen: dropped frames make the step too long, never too short. */
export function betterFrameDuration(known: number | null, seen: number | null): number | null {
  if (known === null || seen === null) return known ?? seen;
  return Math.min(known, seen);
}
