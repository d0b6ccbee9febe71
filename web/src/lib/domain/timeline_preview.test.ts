import { describe, expect, test } from 'vitest';
import { pictureFor, pictureUrl } from './timeline_preview';

const T = Date.parse('2026-11-24T08:00:00Z');
const hour = 3_600_000;
const ALL = { from: T - 24 * hour, to: T + 24 * hour };

describe('a picture from afar', () => {
  test('is the same for neighbours', () => {
    const perPixel = hour / 1000;
    const different = new Set(Array.from({ length: 100 }, (_, x) => pictureFor(T + x * perPixel, perPixel, ALL).at));
    expect(different.size).toBeLessThanOrEqual(13);
    expect(pictureFor(T + 12_000, perPixel, ALL)).toEqual({ at: T, exact: false });
  });

  test('is of a second where the view is near', () => {
    expect(pictureFor(T + 1400, 20, ALL).at).toBe(T + 1000);
  });

  test('is never of the hole beside', () => {
    const piece = { from: T + 10_000, to: T + 50_000 };
    expect(pictureFor(T + 11_000, 3600, piece).at).toBe(T + 10_000);
    expect(pictureFor(T + 49_000, 3600, piece).at).toBe(T + 30_000);
  });

  test('keeps to few pictures of a marathon of months', () => {
    expect(pictureFor(T, 3 * hour, ALL).at).toBeLessThanOrEqual(ALL.to);
  });
});

test('where the node has it', () => {
  const url = (exact: boolean) => pictureUrl('http://node/pages/', 'a b', 'source', { at: T + 33.333, exact });
  expect(url(true)).toBe('http://node/pages/frame/a%20b/source.jpg?timestamp=2026-11-24T08:00:00.033333Z&width=240');
  expect(url(false)).toContain('&keyframe=true');
});
