/** Holes as they are drawn on the timeline: wide enough to be seen, and no more of them than can be told apart. */
import { isDoubtful, type Piece } from './coverage';
import { fractionAt, type Stretch } from './stretch';
import { clockParts, shortTime, span, type Zone } from './times';

/** One hole, or several that are too near to each other to be told apart at this zoom; whole, also where it leaves the view. */
export interface HoleMark extends Stretch {
  readonly reason: string;
  readonly doubtful: boolean;
  readonly count: number;
  /** Length of the holes alone, in ms. */
  readonly length: number;
  /** In pixels from the left end of the timeline. */
  readonly left: number;
  readonly width: number;
}

/** In pixels: narrower is not seen. */
const LEAST_WIDTH = 4;
/** In pixels: how far beside a mark the pointer still means it. */
const NEAR = 2;
/** In ms: below this, the milliseconds of a hole say something. */
const SHORT_MS = 2000;

/** The marks for a bar of `width` pixels; what is doubtful comes first, so that what is missing is drawn over it. */
export function holeMarks(known: readonly Piece[], stretch: Stretch, width: number): HoleMark[] {
  const byReason = new Map<string, HoleMark[]>();
  for (const { from, to, reason } of known) {
    if (reason === null || to <= stretch.from || from >= stretch.to) continue;
    const marks = byReason.get(reason) ?? [];
    byReason.set(reason, marks);
    const facts = { from, to, reason, doubtful: isDoubtful(reason), count: 1, length: to - from };
    const mark = { ...facts, ...place(from, to, stretch, width) };
    const last = marks.at(-1);
    if (last && mark.left <= last.left + last.width) marks[marks.length - 1] = joined(last, mark);
    else marks.push(mark);
  }
  return [...byReason.values()].flat().sort((a, b) => Number(b.doubtful) - Number(a.doubtful) || a.from - b.from);
}

function place(from: number, to: number, stretch: Stretch, width: number): { left: number; width: number } {
  const start = fractionAt(stretch, Math.max(from, stretch.from)) * width;
  const end = fractionAt(stretch, Math.min(to, stretch.to)) * width;
  const wide = Math.max(end - start, LEAST_WIDTH);
  return { left: Math.min(Math.max(0, (start + end - wide) / 2), width - wide), width: wide };
}

function joined(last: HoleMark, next: HoleMark): HoleMark {
  return {
    ...last,
    to: next.to,
    count: last.count + next.count,
    length: last.length + next.length,
    width: next.left + next.width - last.left,
  };
}

/** Whether most of what the mark covers is recorded: several short holes, that only this zoom draws as one. */
export function isSparse({ from, to, count, length }: HoleMark): boolean {
  return count > 1 && length < (to - from) / 2;
}

/** In pixels: what a letter of a label needs, and its rim. */
const LETTER = 7;
const RIM = 14;

/** What is written into the mark: how long the hole is, roughly if need be. Null where there is no room for that. */
export function holeLabel({ count, length, width }: HoleMark): string | null {
  const exact = lengthLabel(length);
  const rough = /^\d+ \w+/.exec(exact)?.[0] ?? exact;
  const labels = count > 1 ? [`${count} holes, ${exact}`] : [exact, rough];
  return labels.find((label) => label.length * LETTER + RIM <= width) ?? null;
}

function lengthLabel(length: number): string {
  return length < 950 ? `${Number((length / 1000).toPrecision(1))} s` : span(length);
}

/** The mark under the pointer, `x` pixels from the left end; the one drawn on top if there are two. */
export function markAt(marks: readonly HoleMark[], x: number): HoleMark | null {
  return marks.findLast(({ left, width }) => x >= left - NEAR && x <= left + width + NEAR) ?? null;
}

/** `not recorded from 14:02:10 to 14:02:18 (8 s)` */
export function holeWords(hole: HoleMark, zone: Zone, now: number): string {
  const short = hole.to - hole.from < SHORT_MS;
  const moment = (at: number, near: number) => shortTime(at, zone, near) + (short ? clockParts(at, zone).fraction : '');
  const sameDay = clockParts(hole.from, zone).date === clockParts(hole.to, zone).date;
  const [from, to] = [moment(hole.from, now), moment(hole.to, sameDay ? hole.to : now)];
  const times = hole.count > 1 ? ` ${hole.count} times` : '';
  return `${hole.reason}${times} from ${from} to ${to} (${lengthLabel(hole.length)}${hole.count > 1 ? ' in all' : ''})`;
}
