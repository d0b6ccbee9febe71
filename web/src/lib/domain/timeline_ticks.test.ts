import { describe, expect, test } from 'vitest';
import { ticks } from './timeline_ticks';

const LAST = Date.parse('2026-11-24T04:16:00Z');
const hour = 3_600_000;

const labels = (length: number, width: number, offset = 0) =>
  ticks({ from: LAST - length, to: LAST }, width, offset).flatMap(({ label }) => (label === null ? [] : [label]));

describe('labels', () => {
  test('are round, and do not touch', () => {
    expect(labels(hour, 500)).toEqual(['03:20', '03:30', '03:40', '03:50', '04:00', '04:10']);
    expect(labels(hour, 200)).toEqual(['03:30', '04:00']);
  });

  test('show seconds, and tenths, where the view is that short', () => {
    expect(labels(60_000, 600)[0]).toBe('04:15:00');
    expect(labels(1000, 1000).slice(0, 3)).toEqual(['04:15:59.0', '04:15:59.1', '04:15:59.2']);
  });

  test('show the date at midnight, in the zone of the reader', () => {
    expect(labels(10 * hour, 320)).toContain('11-24');
    expect(labels(10 * hour, 320, hour)).toEqual(['20:00', '22:00', '11-24', '02:00', '04:00']);
  });

  test.each([1, 14, 40])('fit a marathon of %i days', (days) => {
    const shown = labels(days * 24 * hour, 1200);
    expect(shown.length).toBeGreaterThanOrEqual(7);
    expect(shown.length).toBeLessThanOrEqual(20);
  });
});

test('small ticks lie between the labelled ones', () => {
  const all = ticks({ from: LAST - hour, to: LAST }, 500, 0);
  expect(all.filter(({ label }) => label === null).length).toBeGreaterThan(20);
  const distances = new Set(all.slice(1).map(({ at }, nth) => at - (all[nth]?.at ?? 0)));
  expect([...distances]).toEqual([120_000]);
});
