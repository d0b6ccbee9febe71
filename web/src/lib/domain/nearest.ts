/** What can be watched instead of a moment that is not recorded. Wall times in Unix ms. */
import { isDoubtful, type Piece } from './coverage';

export interface Nearest {
  /** A moment shortly before the hole, and the first after it; null where nothing is. */
  readonly before: number | null;
  readonly after: number | null;
  /** The hole, as far as the node told of it, and why it is. */
  readonly hole: Piece | null;
}

/** So much before a hole, that there is something to see. */
const BEFORE_MS = 1000;

const isThere = ({ reason }: Piece) => reason === null || isDoubtful(reason);

export function nearestOf(pieces: readonly Piece[], wall: number): Nearest {
  const before = pieces.filter((piece) => isThere(piece) && piece.to <= wall).at(-1);
  const after = pieces.find((piece) => isThere(piece) && piece.from > wall);
  const hole = pieces.find((piece) => !isThere(piece) && piece.from <= wall && piece.to > wall);
  return {
    before: before ? Math.max(before.from, before.to - BEFORE_MS) : null,
    after: after?.from ?? null,
    hole: hole ?? null,
  };
}
