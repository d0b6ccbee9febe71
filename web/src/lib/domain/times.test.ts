import { describe, expect, test } from 'vitest';
import { clockParts, isoUtc, lengthWords, parseIso, parseMoment, shortTime, span } from './times';

const NOW = Date.parse('2026-11-24T04:16:03.433Z');

describe('a typed moment', () => {
  test.each([
    ['ISO 8601 with Z', '2026-11-24T04:00:10.500Z', '2026-11-24T04:00:10.500Z'],
    ['microseconds', '2026-11-24T04:00:10.123999Z', '2026-11-24T04:00:10.123999Z'],
    ['nanoseconds, cut to microseconds', '2026-11-24T04:00:10.123999999Z', '2026-11-24T04:00:10.123999Z'],
    ['a fraction that binary numbers do not hold', '2026-11-24T04:00:10.29Z', '2026-11-24T04:00:10.290Z'],
    ['an offset', '2026-11-24T05:00:10+01:00', '2026-11-24T04:00:10.000Z'],
    ['an offset without a colon', '2026-11-23T22:30:00-0530', '2026-11-24T04:00:00.000Z'],
    ['a blank for the T', '2026-11-24 04:00', '2026-11-24T04:00:00.000Z'],
    ['a comma for the point', '04:00:10,5', '2026-11-24T04:00:10.500Z'],
    ['a time of day that has been today', '4:16:03', '2026-11-24T04:16:03.000Z'],
    ['a time of day still to come is yesterday', '23:00', '2026-11-23T23:00:00.000Z'],
    ['a time of day with an offset', '05:00:00+01:00', '2026-11-24T04:00:00.000Z'],
    ['blanks around it, and the word UTC', '  03:59:59 UTC ', '2026-11-24T03:59:59.000Z'],
  ])('%s', (_, text, iso) => {
    const parsed = parseMoment(text, 'utc', NOW);
    expect('at' in parsed ? isoUtc(parsed.at) : parsed.problem).toBe(iso);
  });

  test.each(['', 'soon', '25:00', '04:61', '2026-02-30T00:00Z', '2026-11-24', '04:00:10 +'])(
    '%j is refused',
    (text) => {
      expect(parseMoment(text, 'utc', NOW)).toHaveProperty('problem');
    },
  );

  test('without an offset it is read in the zone that was chosen', () => {
    const parsed = parseMoment('2026-07-01 12:30:15', 'local', NOW);
    expect(parsed).toEqual({ at: new Date(2026, 6, 1, 12, 30, 15).getTime() });
  });

  test('a written offset wins over the zone that was chosen', () => {
    expect(parseMoment('2026-07-01T12:30:15Z', 'local', NOW)).toEqual({ at: Date.parse('2026-07-01T12:30:15Z') });
  });
});

describe('a shown moment', () => {
  test('has date, time and milliseconds', () => {
    expect(clockParts(NOW, 'utc')).toEqual({ date: '2026-11-24', time: '04:16:03', fraction: '.433' });
    expect(clockParts(NOW, 'local').fraction).toBe('.433');
  });

  test('is written to the microsecond where it has any', () => {
    expect(isoUtc(NOW + 0.333)).toBe('2026-11-24T04:16:03.433333Z');
    expect(isoUtc(NOW + 566.9999)).toBe('2026-11-24T04:16:04.000Z');
    expect(isoUtc(NOW - 0.007)).toBe('2026-11-24T04:16:03.432993Z');
  });

  test('is cut to the millisecond on a clock, so that the frame at or after it is the one that was meant', () => {
    expect(clockParts(NOW + 0.667, 'utc').fraction).toBe('.433');
    expect(clockParts(NOW + 0.9999, 'utc').fraction).toBe('.434');
  });

  test('has its date when that is not today', () => {
    expect(shortTime(NOW - 60_000, 'utc', NOW)).toBe('04:15:03');
    expect(shortTime(NOW - 86_400_000, 'utc', NOW)).toBe('2026-11-23 04:16:03');
  });
});

test.each([
  [-500, '0 s'],
  [8_400, '8 s'],
  [60_000, '1 min'],
  [80_000, '1 min 20 s'],
  [7_500_000, '2 h 05 min'],
  [349_200_000, '4 d 1 h'],
])('a span of %d ms is %s', (ms, words) => {
  expect(span(ms)).toBe(words);
});

test.each(['2026-11-24T08:00:00.033333Z', '2026-11-24T08:00:00.000Z', '2026-11-24T08:00:59.999999Z'])(
  "the node's %s in both directions",
  (text) => {
    expect(isoUtc(parseIso(text))).toBe(text);
  },
);

test.each([
  [0, '0:00.000'],
  [59_999.9, '0:59.999'],
  [61_033.333, '1:01.033'],
  [3_661_500, '1:01:01.500'],
])('a length of %d ms is %s', (ms, words) => {
  expect(lengthWords(ms)).toBe(words);
});
