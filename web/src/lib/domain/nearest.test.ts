import { expect, test } from 'vitest';
import { nearestOf } from './nearest';

const pieces = [
  { from: 0, to: 10_000, reason: null },
  { from: 10_000, to: 20_000, reason: 'the stream was down' },
  { from: 20_000, to: 30_000, reason: 'recorded, but not surely whole' },
  { from: 30_000, to: 40_000, reason: 'not recorded' },
];

test('before and after a hole, and why it is', () => {
  expect(nearestOf(pieces, 15_000)).toEqual({ before: 9000, after: 20_000, hole: pieces[1] });
});

test('nothing after the last and before the first', () => {
  expect(nearestOf(pieces, 35_000)).toEqual({ before: 29_000, after: null, hole: pieces[3] });
  expect(nearestOf(pieces, -1)).toEqual({ before: null, after: 0, hole: null });
});

test('never before what is recorded', () => {
  expect(nearestOf([{ from: 500, to: 900, reason: null }], 1000).before).toBe(500);
});
