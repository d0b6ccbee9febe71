import { describe, expect, test } from 'vitest';
import { fitsAnHour, fractionAt, meansLive, momentAt, reachOf, stretchOf, ticks } from './bar';
import type { Quality } from './channels';

const LAST = Date.parse('2026-11-24T04:16:00Z');
const hour = 3_600_000;

describe('the stretch shown', () => {
  test('is the last hour, or all', () => {
    expect(stretchOf('hour', LAST - 5 * hour, LAST)).toEqual({ from: LAST - hour, to: LAST });
    expect(stretchOf('all', LAST - 5 * hour, LAST)).toEqual({ from: LAST - 5 * hour, to: LAST });
  });

  test('is never so short that a click is a guess', () => {
    expect(stretchOf('all', LAST - 1000, LAST).from).toBe(LAST - 60_000);
  });

  test('is the same for both while less than an hour is recorded', () => {
    expect(fitsAnHour(LAST - hour, LAST)).toBe(true);
    expect(fitsAnHour(LAST - 2 * hour, LAST)).toBe(false);
  });
});

test('a moment and its place on the bar, there and back', () => {
  const stretch = stretchOf('hour', 0, LAST);
  expect(fractionAt(stretch, LAST - hour / 4)).toBe(0.75);
  expect(momentAt(stretch, 0.75)).toBe(LAST - hour / 4);
  expect(momentAt(stretch, -3)).toBe(LAST - hour);
  expect(momentAt(stretch, 3)).toBe(LAST);
});

describe('all there is', () => {
  test.each<[Quality['state'], number]>([
    ['recording', LAST],
    ['stopped', LAST],
    ['waiting', LAST + 9000],
    ['error', LAST + 9000],
  ])('of a quality that is %s', (state, to) => {
    const quality = { name: 'source', first: LAST - hour, last: LAST, state, message: null };
    expect(reachOf(quality, LAST + 9000)).toEqual({ from: LAST - hour, to });
    expect(reachOf({ ...quality, first: null, last: null }, LAST)).toBeNull();
  });
});

test('the right end is live', () => {
  expect(meansLive(999, 1000)).toBe(true);
  expect(meansLive(990, 1000)).toBe(false);
});

describe('ticks', () => {
  const labels = (from: number, most: number, offset = 0) =>
    ticks({ from, to: LAST }, most, offset).map((tick) => tick.label);

  test('are round, and few enough', () => {
    expect(labels(LAST - hour, 6)).toEqual(['03:20', '03:30', '03:40', '03:50', '04:00', '04:10']);
    expect(labels(LAST - hour, 2)).toEqual(['03:30', '04:00']);
  });

  test('show seconds on a short stretch', () => {
    expect(labels(LAST - 60_000, 6)[0]).toBe('04:15:00');
  });

  test('show the date at midnight, in the zone of the reader', () => {
    expect(labels(LAST - 10 * hour, 5)).toContain('11-24');
    expect(labels(LAST - 10 * hour, 5, hour)).toEqual(['20:00', '22:00', '11-24', '02:00', '04:00']);
  });

  test('fit a marathon of weeks', () => {
    expect(labels(LAST - 40 * 24 * hour, 8).length).toBeLessThanOrEqual(8);
  });
});
