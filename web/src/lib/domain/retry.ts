/** How long to wait before trying again: 1, 2, 4, 8, then every 10 seconds. */
export function retryDelayMs(failures: number): number {
  return Math.min(10_000, 1000 * 2 ** Math.max(0, failures - 1));
}
