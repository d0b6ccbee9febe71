/** The speeds that can be chosen, as times of the usual one. */
export const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 4, 8] as const;

/** The next faster (`1`) or slower (`-1`); the last there is when there is none. */
export function nextSpeed(now: number, direction: 1 | -1): number {
  const others = SPEEDS.filter((speed) => (direction === 1 ? speed > now : speed < now));
  return (direction === 1 ? others[0] : others.at(-1)) ?? now;
}

/** `1.5×` */
export function speedWords(times: number): string {
  return `${times}×`;
}
