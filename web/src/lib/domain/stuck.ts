/** A picture that does not move though it should: when to say so, and when to open it anew. Times in Unix ms. */

export interface Look {
  readonly now: number;
  /** Wall time at the playhead. */
  readonly wall: number | null;
  /** It is played, nothing is known to be wrong, and there is more to come after the playhead. */
  readonly shouldMove: boolean;
}

export interface Stuck {
  readonly wall: number | null;
  /** When it moved last, or need not. */
  readonly since: number;
  /** How often it was opened anew without moving again. */
  readonly rebuilds: number;
  /** It is time to open it anew. */
  readonly rebuild: boolean;
}

/** Slow networks take this long without being stuck. */
const PATIENCE_MS = 5000;
const REBUILD_MS = 10_000;
const MOST_REBUILD_MS = 80_000;

export function notStuck(now: number): Stuck {
  return { wall: null, since: now, rebuilds: 0, rebuild: false };
}

/** What another look says; to be taken about once a second. */
export function looked(before: Stuck, { now, wall, shouldMove }: Look): Stuck {
  if (!shouldMove || wall !== before.wall) {
    const moves = shouldMove && before.wall !== null;
    return { wall, since: now, rebuilds: moves || !shouldMove ? 0 : before.rebuilds, rebuild: false };
  }
  const wait = Math.min(MOST_REBUILD_MS, REBUILD_MS * 2 ** before.rebuilds);
  if (now - before.since < wait) return { ...before, rebuild: false };
  return { ...before, since: now, rebuilds: before.rebuilds + 1, rebuild: true };
}

/** Since when it is worth a word that it does not move; null when it is not. */
export function stuckSince({ since, rebuilds }: Stuck, now: number): number | null {
  return now - since >= PATIENCE_MS || rebuilds > 0 ? since : null;
}
