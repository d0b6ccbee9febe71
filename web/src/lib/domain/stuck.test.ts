import { expect, test } from 'vitest';
import { looked, notStuck, stuckSince, type Stuck } from './stuck';

/** Looks once a second, at a picture that does not move. */
function still(seconds: number, from: Stuck, at = 0) {
  let stuck = from;
  const rebuilt: number[] = [];
  for (let second = 1; second <= seconds; second += 1) {
    const now = at + second * 1000;
    stuck = looked(stuck, { now, wall: 42, shouldMove: true });
    if (stuck.rebuild) rebuilt.push(second);
  }
  return { stuck, rebuilt };
}

test('a picture that moves is not stuck', () => {
  let stuck = notStuck(0);
  for (let now = 0; now < 60_000; now += 1000) stuck = looked(stuck, { now, wall: now, shouldMove: true });
  expect(stuckSince(stuck, 59_000)).toBeNull();
});

test('one that stands still is said to be stuck after 5 s, and opened anew after 10, 30 and 70', () => {
  expect(stuckSince(still(4, notStuck(0)).stuck, 4000)).toBeNull();
  expect(stuckSince(still(6, notStuck(0)).stuck, 6000)).toBe(1000);
  expect(still(80, notStuck(0)).rebuilt).toEqual([11, 31, 71]);
});

test('one that need not move is not stuck', () => {
  let stuck = still(20, notStuck(0)).stuck;
  stuck = looked(stuck, { now: 21_000, wall: 42, shouldMove: false });
  expect(stuckSince(stuck, 21_000)).toBeNull();
});

test('once it moves again, all is well', () => {
  const { stuck } = still(12, notStuck(0));
  const moved = looked(stuck, { now: 13_000, wall: 43, shouldMove: true });
  expect(stuckSince(moved, 13_000)).toBeNull();
});
