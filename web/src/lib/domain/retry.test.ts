import { expect, test } from 'vitest';
import { retryDelayMs } from './retry';

test('waits grow, and end growing', () => {
  expect([1, 2, 3, 4, 5, 50].map(retryDelayMs)).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
});
