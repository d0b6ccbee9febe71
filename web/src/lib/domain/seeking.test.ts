import { describe, expect, test } from 'vitest';
import { nextSource, pastSource, planSeek, slidesAway, type Source } from './seeking';

const NEWEST = Date.parse('2026-11-24T04:00:00Z');
const LIVE: Source = { kind: 'live' };
const window = { first: NEWEST - 60_000, last: NEWEST };
const minute = 60_000;

describe('a seek', () => {
  test.each([
    ['inside the live window needs no new playlist', -20_000, 'seek'],
    ['to the oldest of the live window is too late there', -55_000, 'load'],
    ['to before the live window loads the past', -5 * minute, 'load'],
    ['to the newest is live', -1000, 'live'],
    ['into the future is live', minute, 'live'],
  ])('%s', (_, offset, does) => {
    expect(planSeek({ wall: NEWEST + offset, newest: NEWEST, source: LIVE, listed: window }).do).toBe(does);
  });

  test('inside a loaded past needs no margin', () => {
    const source = pastSource(NEWEST - 10 * minute, NEWEST);
    const listed = { first: NEWEST - 11 * minute, last: NEWEST };
    expect(planSeek({ wall: listed.first, newest: NEWEST, source, listed }).do).toBe('seek');
  });

  test('with nothing loaded loads', () => {
    expect(planSeek({ wall: NEWEST - minute, newest: null, source: null, listed: null }).do).toBe('load');
  });
});

test('a step back loads enough to get over a hole', () => {
  const wall = NEWEST - 5 * minute;
  const plan = planSeek({ wall, toward: 'previous', newest: NEWEST, source: null, listed: null });
  expect(plan).toEqual({ do: 'load', source: { kind: 'past', start: NEWEST - 15 * minute, end: null } });
});

describe('a playlist of the past', () => {
  test('begins some time before the wanted moment', () => {
    expect(pastSource(NEWEST - 5 * minute, NEWEST)).toEqual({
      kind: 'past',
      start: NEWEST - 5.5 * minute,
      end: null,
    });
  });

  test('is bounded when live is far away', () => {
    expect(pastSource(NEWEST - 600 * minute, NEWEST)).toHaveProperty('end', NEWEST - 570 * minute);
  });

  test('is followed by the next when it was bounded, and grows when it was not', () => {
    const bounded = pastSource(NEWEST - 600 * minute, NEWEST);
    const end = NEWEST - 570 * minute;
    expect(nextSource(bounded, end, NEWEST)).toEqual({ kind: 'past', start: end, end: NEWEST - 540 * minute });
    expect(nextSource(pastSource(NEWEST - minute, NEWEST), NEWEST, NEWEST)).toBeNull();
    expect(nextSource(LIVE, NEWEST, NEWEST)).toBeNull();
  });
});

test('a paused live picture slides away once its fragments leave the playlist', () => {
  expect(slidesAway(LIVE, NEWEST - 20_000, window)).toBe(false);
  expect(slidesAway(LIVE, NEWEST - 59_000, window)).toBe(true);
  expect(slidesAway(pastSource(NEWEST, NEWEST), NEWEST - 59_000, window)).toBe(false);
  expect(slidesAway(LIVE, null, window)).toBe(false);
});
