/** A stretch of time, and where a moment is in it. Wall times in Unix ms. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export function lengthOf({ from, to }: Stretch): number {
  return to - from;
}

export function contains({ from, to }: Stretch, at: number): boolean {
  return at >= from && at <= to;
}

/** 0 at the beginning, 1 at the end; outside of both when the moment is. */
export function fractionAt(stretch: Stretch, at: number): number {
  return (at - stretch.from) / lengthOf(stretch);
}

export function momentAt(stretch: Stretch, fraction: number): number {
  return stretch.from + fraction * lengthOf(stretch);
}

/** What both have; null if that is nothing. */
export function overlap(one: Stretch, other: Stretch): Stretch | null {
  const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
  return from < to ? { from, to } : null;
}
