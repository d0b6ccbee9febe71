/** What was, so that it can be undone: a list of earlier states and one of undone ones. */

/** More than anybody undoes. */
const MOST_STEPS = 200;

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
}

export function begun<T>(present: T): History<T> {
  return { past: [], present, future: [] };
}

/** A change that can be undone. */
export function stepped<T>({ past, present }: History<T>, next: T): History<T> {
  return { past: [...past, present].slice(-MOST_STEPS), present: next, future: [] };
}

/** A change that is part of one under way, or of no weight: undo goes over it. */
export function replaced<T>(history: History<T>, present: T): History<T> {
  return { ...history, present };
}

export function undone<T>({ past, present, future }: History<T>): History<T> {
  const before = past.at(-1);
  if (before === undefined) return { past, present, future };
  return { past: past.slice(0, -1), present: before, future: [present, ...future] };
}

export function redone<T>({ past, present, future }: History<T>): History<T> {
  const [next, ...rest] = future;
  if (next === undefined) return { past, present, future };
  return { past: [...past, present], present: next, future: rest };
}
