/**
 * What of a stretch of time is recorded, pieced together from the node's answers.
 *
 * Pieces are in order and never overlap; where there is none, nothing is known. Wall times in Unix ms.
 */
import type { Stretch } from './stretch';

/** Why a piece is a hole, in the node's words; null for what is recorded. */
export type Reason = string | null;

export interface Piece extends Stretch {
  readonly reason: Reason;
}

/** An answer of the node: its pieces are the whole of the stretch. */
export interface CoverageAnswer extends Stretch {
  readonly pieces: readonly Piece[];
}

/** What was recorded this long ago may still change: late segments come in, doubtful ones are replaced. */
const UNSETTLED_MS = 300_000;
/** One question asks for at most this much, so that an answer comes soon. */
const LONGEST_MS = 86_400_000;

function clip<T extends Stretch>(stretches: readonly T[], from: number, to: number): T[] {
  return stretches
    .filter((each) => each.to > from && each.from < to)
    .map((each) => ({ ...each, from: Math.max(each.from, from), to: Math.min(each.to, to) }));
}

/** The pieces inside a stretch. */
export function piecesWithin(known: readonly Piece[], { from, to }: Stretch): Piece[] {
  return clip(known, from, to);
}

/** What is known after an answer: it replaces what was known of its stretch. */
export function learn(known: readonly Piece[], answer: CoverageAnswer): Piece[] {
  return join([
    ...clip(known, -Infinity, answer.from),
    ...clip(answer.pieces, answer.from, answer.to),
    ...clip(known, answer.to, Infinity),
  ]);
}

function join(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last?.to === piece.from && last.reason === piece.reason) joined[joined.length - 1] = { ...last, to: piece.to };
    else joined.push(piece);
  }
  return joined;
}

/** The stretches of which something is known. */
export function knownStretches(known: readonly Piece[]): Stretch[] {
  return join(known.map((piece) => ({ ...piece, reason: null }))).map(({ from, to }) => ({ from, to }));
}

/** The newest moment of a stretch of which something is known. */
export function knownEnd(known: readonly Piece[], stretch: Stretch): number | null {
  return piecesWithin(known, stretch).at(-1)?.to ?? null;
}

/**
 * What has to be asked to know a stretch: newest first, in parts that are answered soon. What is known is asked again
 * only where it is still unsettled, shortly before the `newest` recorded, or everywhere when it is `stale`.
 */
export function questions(known: readonly Piece[], stretch: Stretch, newest: number, stale = false): Stretch[] {
  const settled = stale ? stretch.from : settledTo(known, stretch, newest);
  const parts: Stretch[] = [];
  let at = stretch.from;
  for (const piece of knownStretches(clip(known, stretch.from, settled))) {
    if (piece.from > at) parts.push({ from: at, to: piece.from });
    at = piece.to;
  }
  if (at < stretch.to) parts.push({ from: at, to: stretch.to });
  return parts.reverse().flatMap(split);
}

function settledTo(known: readonly Piece[], stretch: Stretch, newest: number): number {
  const end = knownEnd(known, { from: -Infinity, to: newest }) ?? -Infinity;
  return Math.min(stretch.to, Math.min(end, newest) - UNSETTLED_MS);
}

function split({ from, to }: Stretch): Stretch[] {
  return Array.from({ length: Math.ceil((to - from) / LONGEST_MS) }, (_, days) => {
    const end = to - days * LONGEST_MS;
    return { from: Math.max(from, end - LONGEST_MS), to: end };
  });
}

/** How long is recorded of a stretch, doubtful or not; null unless all of it is known. */
export function recordedMs(known: readonly Piece[], stretch: Stretch): number | null {
  const pieces = piecesWithin(known, stretch);
  const length = (each: readonly Stretch[]) => each.reduce((sum, { from, to }) => sum + to - from, 0);
  if (length(pieces) < stretch.to - stretch.from) return null;
  return length(pieces.filter(({ reason }) => reason === null || isDoubtful(reason)));
}

/** Something is there, but not all of it or not surely. The node's words for that begin so. */
export function isDoubtful(reason: string): boolean {
  return reason.startsWith('recorded');
}
