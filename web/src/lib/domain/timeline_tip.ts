/** What is said of the moment under the pointer, and whether there is a picture of it. */
import { isDoubtful, type Piece } from './coverage';
import { holeWords, markAt, type HoleMark } from './holes';
import { contains, lengthOf, type Stretch } from './stretch';
import { pictureFor, type WantedPicture } from './timeline_preview';
import { neighbour, type FrameTimes, type Grip, type MarkView } from './timeline_marks';
import { xAt } from './timeline_view';
import { clockParts, lengthWords, shortTime, span, type Zone } from './times';

export interface Tip {
  readonly time: string | null;
  readonly words: string | null;
  readonly picture: WantedPicture | null;
}

export interface TipFacts {
  readonly view: Stretch;
  /** Of the timeline, in pixels. */
  readonly width: number;
  /** All that is recorded, as far as it is known. */
  readonly shown: Stretch;
  readonly recording: boolean;
  readonly known: readonly Piece[];
  readonly holes: readonly HoleMark[];
  /** The times of the frames in view where each of them can be seen, else none. */
  readonly frames: readonly number[];
  readonly zone: Zone;
  readonly now: number;
}

/** In ms per pixel: nearer than this, milliseconds say something. */
const FINE = 50;

/** The frame that is on the screen at a moment; null if there is none that is known. */
export function frameAt(frames: readonly number[], at: number): number | null {
  return frames.findLast((each) => each <= at) ?? null;
}

/** `04:16:03`, with milliseconds where the timeline is that near. */
export function pointedTime(at: number, { view, width, zone, now }: TipFacts): string {
  const fine = lengthOf(view) / width < FINE;
  return shortTime(at, zone, now) + (fine ? clockParts(at, zone).fraction : '');
}

/** Which days are in view, and how much time that is: `2026-11-24, 1 h 00 min`, or `11-15 to 11-24, 9 d 10 h`. */
export function spanWords(view: Stretch, zone: Zone): string {
  const [from, to] = [clockParts(view.from, zone).date, clockParts(view.to, zone).date];
  const days = from === to ? from : `${from.slice(5)} to ${to.slice(5)}`;
  const length = lengthOf(view);
  return `${days}, ${length < 9950 ? `${(length / 1000).toFixed(1)} s` : span(length)}`;
}

export function tipAt(at: number, facts: TipFacts): Tip {
  const { shown, recording } = facts;
  if (at > shown.to) {
    if (recording) return { time: 'live', words: null, picture: null };
    return { time: pointedTime(at, facts), words: 'after the last that is recorded', picture: null };
  }
  if (at < shown.from) {
    return { time: pointedTime(at, facts), words: 'before the first that is recorded', picture: null };
  }
  return tipInside(at, facts);
}

function tipInside(at: number, facts: TipFacts): Tip {
  const hole = markAt(facts.holes, xAt(facts.view, at, facts.width));
  const piece = facts.known.find((each) => contains(each, at));
  const words = hole ? holeWords(hole, facts.zone, facts.now) : piece ? null : 'holes not known yet';
  const recorded = piece ? piece.reason === null || isDoubtful(piece.reason) : !hole;
  const frame = frameAt(facts.frames, at);
  if (!recorded) return { time: pointedTime(at, facts), words, picture: null };
  const coarse = pictureFor(at, lengthOf(facts.view) / facts.width, piece ?? facts.shown);
  return {
    time: pointedTime(frame ?? at, facts),
    words,
    picture: frame === null ? coarse : { at: frame, exact: true },
  };
}

/** Which frame of the part the picture is. */
const PICTURED: Record<Grip, string | null> = { in: 'from this frame', out: 'up to this frame', both: null };

/** What is said of an edge of a mark, or of the whole: where that is, and how long the part is. */
export function markTip(mark: MarkView, grip: Grip, times: FrameTimes, zone: Zone): (Tip & { at: number }) | null {
  const at = grip === 'out' ? mark.out : mark.in;
  if (at === null) return null;
  const length = mark.in === null || mark.out === null ? null : lengthWords(mark.out - mark.in);
  const { time, fraction } = clockParts(at, zone);
  // The last frame of the part says more than the first that is not in it.
  const shown = grip === 'out' ? neighbour(at, -1, times) : at;
  const words = [length && `${length} long`, PICTURED[grip]].filter((each) => each !== null).join(', ');
  return { at, time: time + fraction, words, picture: { at: shown, exact: true } };
}
