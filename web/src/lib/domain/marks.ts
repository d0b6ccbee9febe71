/**
 * Marked parts of a recording: what in and out do to them. Wall times in Unix ms, to the microsecond.
 *
 * `in` is the time of the first frame, `out` that of the frame after the last one, so that a part ends where the next
 * one begins, and a cut from `in` to `out` is exactly what is marked.
 */
import type { Edge } from './timeline_marks';

export interface Mark {
  readonly id: string;
  readonly in: number | null;
  readonly out: number | null;
  /** What its file will be called, without the ending; empty for the usual name. */
  readonly name: string;
  /** Cut anyway when there is a hole inside, leaving it out. */
  readonly allowHoles: boolean;
}

/** A mark that can be played and cut. */
export interface WholeMark extends Mark {
  readonly in: number;
  readonly out: number;
}

export interface MarkList {
  readonly marks: readonly Mark[];
  /** The one that keys are about; null when there is none. */
  readonly active: string | null;
}

export const NO_MARKS: MarkList = { marks: [], active: null };

export function isWhole(mark: Mark | null): mark is WholeMark {
  return mark !== null && mark.in !== null && mark.out !== null;
}

export function markOf({ marks, active }: MarkList, id: string | null = active): Mark | null {
  return marks.find((mark) => mark.id === id) ?? null;
}

/** A new mark, in order of its time, that the keys are about from then on. */
export function added(list: MarkList, mark: Partial<Mark>): MarkList {
  const id = freeId(list.marks);
  const created: Mark = { in: null, out: null, name: '', allowHoles: false, ...mark, id };
  return { marks: inOrder([...list.marks, created]), active: id };
}

function freeId(marks: readonly Mark[]): string {
  return String(1 + Math.max(0, ...marks.map(({ id }) => Number(id) || 0)));
}

const begins = (mark: Mark) => mark.in ?? mark.out ?? Infinity;

function inOrder(marks: readonly Mark[]): Mark[] {
  return [...marks].sort((a, b) => begins(a) - begins(b));
}

export function changed(list: MarkList, id: string, change: Partial<Omit<Mark, 'id'>>): MarkList {
  const marks = list.marks.map((mark) => (mark.id === id ? { ...mark, ...change } : mark));
  return { ...list, marks };
}

export function removed(list: MarkList, id: string): MarkList {
  const index = list.marks.findIndex((mark) => mark.id === id);
  const marks = list.marks.filter((mark) => mark.id !== id);
  const near = marks[Math.min(index, marks.length - 1)]?.id ?? null;
  return { marks, active: list.active === id ? near : list.active };
}

/** The choice to leave holes out was made for the holes that were in it before. */
const moved = { allowHoles: false };

/**
 * In or out is set by a key or typed in. Where the other edge would then be on the wrong side, it is cleared: whoever
 * sets in after out means another part. Without an active mark, one begins.
 */
export function withEdge(list: MarkList, edge: Edge, at: number, id: string | null = list.active): MarkList {
  const mark = markOf(list, id);
  if (mark === null) return added(list, { [edge]: at });
  const other = edge === 'in' ? mark.out : mark.in;
  const wrong = other !== null && (edge === 'in' ? other <= at : other >= at);
  const cleared = wrong ? { [edge === 'in' ? 'out' : 'in']: null } : {};
  const { marks } = changed(list, mark.id, { ...moved, [edge]: at, ...cleared });
  return { marks: inOrder(marks), active: mark.id };
}

/** An edge is dragged: it stops `least` before the other, since what is dragged must not vanish under the hand. */
export function withDraggedEdge(list: MarkList, id: string, edge: Edge, at: number, least: number): MarkList {
  const mark = markOf(list, id);
  if (mark === null) return list;
  if (edge === 'in') return changed(list, id, { ...moved, in: Math.min(at, (mark.out ?? Infinity) - least) });
  return changed(list, id, { ...moved, out: Math.max(at, (mark.in ?? -Infinity) + least) });
}

/** A whole block is dragged: its length stays, up to the frame that its out then meets. */
export function withMoved(list: MarkList, id: string, at: number, out: (end: number) => number): MarkList {
  const mark = markOf(list, id);
  if (!isWhole(mark)) return list;
  return changed(list, id, { ...moved, in: at, out: out(at + mark.out - mark.in) });
}

/** After a drag: in order again, and the dragged one is active. */
export function dropped(list: MarkList, id: string): MarkList {
  return { marks: inOrder(list.marks), active: id };
}

/** How many frames there are in a length, by their usual distance; null while that is not known. */
export function frameCount(lengthMs: number, distanceMs: number | null): number | null {
  return distanceMs === null ? null : Math.round(lengthMs / distanceMs);
}
