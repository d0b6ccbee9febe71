import { expect, test } from 'vitest';
import { contains, fractionAt, lengthOf, momentAt, overlap } from './stretch';

const stretch = { from: 1000, to: 5000 };

test('a moment and its place in a stretch, there and back', () => {
  expect(lengthOf(stretch)).toBe(4000);
  expect(fractionAt(stretch, 4000)).toBe(0.75);
  expect(momentAt(stretch, 0.75)).toBe(4000);
  expect(momentAt(stretch, -0.25)).toBe(0);
  expect(contains(stretch, 5000)).toBe(true);
  expect(contains(stretch, 5001)).toBe(false);
});

test('what two stretches share, if anything', () => {
  expect(overlap(stretch, { from: 2000, to: 9000 })).toEqual({ from: 2000, to: 5000 });
  expect(overlap(stretch, { from: 5000, to: 9000 })).toBeNull();
});
