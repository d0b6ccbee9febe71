/** The ruler of the timeline: round moments, with labels, from days down to single milliseconds. */
import { lengthOf, type Stretch } from './stretch';

export interface Tick {
  readonly at: number;
  /** `04:15`, or the date at midnight; null for the small ones between. */
  readonly label: string | null;
}

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
/** Distance of labelled ticks, and how many parts the small ones make of it. */
const STEPS: readonly (readonly [seconds: number, parts: number])[] = [
  [0.1, 5],
  [0.2, 4],
  [0.5, 5],
  [1, 5],
  [2, 4],
  [5, 5],
  [10, 5],
  [15, 3],
  [30, 6],
  [60, 6],
  [120, 4],
  [300, 5],
  [600, 5],
  [900, 3],
  [1800, 6],
  [3600, 4],
  [7200, 4],
  [10_800, 3],
  [21_600, 6],
  [43_200, 4],
  [86_400, 4],
];

/** In pixels: what a label needs, by the digits that it has. */
const ROOM = { tenths: 92, seconds: 78, minutes: 60 };

function roomFor(stepMs: number): number {
  if (stepMs < SECOND_MS) return ROOM.tenths;
  return stepMs < 60_000 ? ROOM.seconds : ROOM.minutes;
}

/** Round moments in view, with labels that do not touch on `width` pixels. `offsetMs` is the zone's distance from UTC. */
export function ticks(view: Stretch, width: number, offsetMs: number): Tick[] {
  const msPerPixel = lengthOf(view) / width;
  const [step, parts] = stepFor(msPerPixel);
  const small = step / parts;
  const found: Tick[] = [];
  for (let nth = Math.ceil((view.from + offsetMs) / small); nth * small <= view.to + offsetMs; nth += 1) {
    found.push({ at: nth * small - offsetMs, label: nth % parts === 0 ? tickLabel(nth * small, step) : null });
  }
  return found;
}

/** The distance of labelled ticks in ms, and the number of parts of it. */
function stepFor(msPerPixel: number): readonly [step: number, parts: number] {
  const fits = (step: number) => step / msPerPixel >= roomFor(step);
  const found = STEPS.find(([seconds]) => fits(seconds * SECOND_MS));
  if (found) return [found[0] * SECOND_MS, found[1]];
  return [Math.ceil((msPerPixel * ROOM.minutes) / DAY_MS) * DAY_MS, 1];
}

function tickLabel(shifted: number, step: number): string {
  const iso = new Date(shifted).toISOString();
  if (iso.slice(11, 23) === '00:00:00.000') return iso.slice(5, 10);
  if (step < SECOND_MS) return iso.slice(11, 21);
  return step < 60_000 ? iso.slice(11, 19) : iso.slice(11, 16);
}
