import { describe, expect, test } from 'vitest';
import { drawn, keyed, limits, neighbour, settled, type FrameTimes, type MarkView } from './timeline_marks';

const T = Date.parse('2026-11-24T08:00:00Z');
const FRAME = 40;
const REACH = { from: T, to: T + 60_000 };

/** A source of 25 frames per second. */
const known: FrameTimes = {
  snap: (at) => T + Math.round((at - T) / FRAME) * FRAME,
  frames: (from, to) =>
    Array.from({ length: 1501 }, (_, nth) => T + nth * FRAME).filter((at) => at >= from && at <= to),
};
/** Nothing is known yet. */
const unknown: FrameTimes = { snap: (at) => at, frames: () => [] };

const mark: MarkView = { id: 'a', in: T + 10_000, out: T + 12_000, active: true };

describe('the frame beside', () => {
  test('is the one that is there, whatever its distance', () => {
    const uneven = { ...known, frames: () => [T, T + 40, T + 110] };
    expect(neighbour(T + 40, 1, uneven)).toBe(T + 110);
    expect(neighbour(T + 40, -1, uneven)).toBe(T);
  });

  test('is guessed while the times are unknown', () => {
    expect(neighbour(T, 1, unknown)).toBeCloseTo(T + 1000 / 30);
    expect(neighbour(T + FRAME, -1, { ...known, frames: () => [] })).toBe(T);
  });

  test('is another one also when times are not quite exact', () => {
    expect(neighbour(T + 39.9998, 1, known)).toBe(T + 80);
  });
});

describe('what is dragged', () => {
  test.each<[string, 'in' | 'out' | 'both', number, number]>([
    ['an in to a frame', 'in', T + 9_030, T + 9_040],
    ['an in not over the out', 'in', T + 30_000, T + 11_960],
    ['an in not before the first recorded', 'in', T - 5000, T],
    ['an out to a frame', 'out', T + 13_010, T + 13_000],
    ['an out not over the in', 'out', T, T + 10_040],
    ['an out not beyond the newest', 'out', T + 90_000, T + 60_000],
    ['the whole, as long as it is', 'both', T + 59_500, T + 58_000],
  ])('%s', (_, grip, at, expected) => {
    expect(settled(at, limits(mark, grip, REACH, known), known)).toBe(expected);
  });

  test('an edge without the other has all the room', () => {
    expect(limits({ ...mark, out: null }, 'in', REACH, known)).toEqual(REACH);
    expect(limits({ ...mark, in: null }, 'out', REACH, known)).toEqual(REACH);
  });

  test('comes to rest at what is near on the screen', () => {
    expect(drawn(T + 100, [T, null, T + 150], 10)).toBe(T + 150);
    expect(drawn(T + 100, [T, null, T + 161], 10)).toBe(T + 100);
    expect(drawn(T + 40, [T, T + 70], 10)).toBe(T + 70);
  });
});

test('arrow keys move by a frame, with Shift by a second', () => {
  expect(keyed(T + 80, 'ArrowRight', false, known)).toBe(T + 120);
  expect(keyed(T + 80, 'ArrowLeft', false, known)).toBe(T + 40);
  expect(keyed(T + 2000, 'ArrowLeft', true, known)).toBe(T + 1000);
  expect(keyed(T, 'x', false, known)).toBeNull();
});
