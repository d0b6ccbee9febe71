import { expect, test } from 'vitest';
import { nextSpeed, speedWords } from './speeds';

test.each([
  [1, 1, 1.25],
  [1, -1, 0.75],
  [8, 1, 8],
  [0.25, -1, 0.25],
  [1.1, 1, 1.25],
] as const)('from %d, the next in direction %d is %d', (now, direction, next) => {
  expect(nextSpeed(now, direction)).toBe(next);
});

test('a speed is written with its sign', () => {
  expect(speedWords(0.5)).toBe('0.5×');
});
