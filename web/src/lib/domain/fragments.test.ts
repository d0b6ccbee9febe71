import { describe, expect, test } from 'vitest';
import {
  dated,
  gapAt,
  gapBegins,
  overGap,
  locate,
  mergeFragments,
  pathOf,
  wallRange,
  wallTimeAt,
  type Fragment,
} from './fragments';

const T = Date.parse('2026-11-24T04:00:00Z');

/** Fragments of 2 s that follow each other in media time from 100 s on, at these seconds after T. */
function at(...seconds: number[]): Fragment[] {
  return seconds.map((second, index) => ({
    start: 100 + index * 2,
    duration: 2,
    programDateTime: T + second * 1000,
    path: `${second}.ts`,
  }));
}

const withHole = at(0, 2, 12, 14);

describe('a wall time in the media', () => {
  test.each([
    ['in the first fragment', 0.5, 'inside', 100.5],
    ['on the seam of two fragments', 2, 'inside', 102],
    ['just before the hole', 3.999, 'inside', 103.999],
    ['where the hole begins', 4, 'hole', 104],
    ['inside the hole', 8, 'hole', 104],
    ['where the hole ends', 12, 'inside', 104],
    ['after the hole', 15.25, 'inside', 107.25],
    ['before all', -5, 'before', 100],
    ['at the end of all', 16, 'after', 108],
  ])('%s', (_, second, relation, media) => {
    const found = locate(withHole, T + second * 1000);
    expect(found?.relation).toBe(relation);
    expect(found?.media).toBeCloseTo(media, 6);
  });

  test('inside a hole, the wall time given is that of the next fragment', () => {
    expect(locate(withHole, T + 5000)?.wall).toBe(T + 12_000);
  });

  test('going back into a hole leads to before it', () => {
    expect(locate(withHole, T + 8000, 'previous')).toEqual({ relation: 'hole', media: 103, wall: T + 3000 });
  });

  test('a few milliseconds between two fragments are no hole', () => {
    expect(locate(at(0, 2.02), T + 2010)).toEqual({ relation: 'inside', media: 102, wall: T + 2020 });
  });

  test('no fragments, no place', () => {
    expect(locate([], T)).toBeNull();
  });
});

describe('the wall time of a media time', () => {
  test.each([
    ['inside', 101.25, 1.25],
    ['at the end of the hole, where the media goes on', 104, 12],
    ['a frame before the hole', 103.96, 3.96],
    ['before the first fragment, as if it began earlier', 99, -1],
    ['after the last, as if it went on', 109, 17],
  ])('%s', (_, media, second) => {
    expect(wallTimeAt(withHole, media)).toBeCloseTo(T + second * 1000, 3);
  });

  test('there and back again, for every fragment', () => {
    for (const second of [0, 1.999, 2.5, 12, 13.033, 15.9]) {
      const media = locate(withHole, T + second * 1000)?.media ?? NaN;
      expect(wallTimeAt(withHole, media)).toBeCloseTo(T + second * 1000, 3);
    }
  });

  test('no fragments, no time', () => {
    expect(wallTimeAt([], 3)).toBeNull();
  });
});

describe('a gap in the media, where what was listed is gone', () => {
  const gone = at(0, 2, 4, 6).filter((_, index) => index !== 1 && index !== 2);

  test.each([
    ['in the fragment before it', 101, null],
    ['where that ends', 101.95, 106],
    ['inside of the gap', 104, 106],
    ['after it', 106, null],
  ])('%s', (_, media, start) => {
    expect(gapAt(gone, media)?.after.start ?? null).toBe(start);
  });

  test('begins where the fragment before it ends', () => {
    const gap = gapAt(gone, 104);
    expect(gap && gapBegins(gap)).toBe(T + 2000);
  });

  test('is stepped over', () => {
    expect(overGap(gone, 102.01, 0.04, 1)).toBe(106);
    expect(overGap(gone, 105.99, 0.04, -1)).toBeCloseTo(101.98);
    expect(overGap(gone, 101.9, 0.04, 1)).toBe(101.9);
  });

  test('is none where the fragments follow each other', () => {
    expect(gapAt(withHole, 104)).toBeNull();
  });
});

test('a list reaches from its first to its last moment', () => {
  expect(wallRange(withHole)).toEqual({ first: T, last: T + 16_000 });
  expect(wallRange([])).toBeNull();
});

describe('a live playlist loaded again', () => {
  test('what slid out is remembered, up to a number', () => {
    const known = at(0, 2, 4, 6);
    const merged = mergeFragments(known, known.slice(2), 1);
    expect(merged).toEqual(known.slice(1));
  });

  test('what is still listed is taken as listed', () => {
    const moved = at(2, 4).map((fragment) => ({ ...fragment, start: fragment.start + 2.01 }));
    expect(mergeFragments(at(0, 2), moved, 10)).toEqual([...at(0), ...moved]);
  });

  test('an empty list forgets nothing', () => {
    expect(mergeFragments(at(0), [], 10)).toEqual(at(0));
  });
});

test("a fragment's path is that of its segment", () => {
  const url = 'http://node.test/below/segments/a%20b/source/2026-11-24T08/00%3A00.000000-2.0-full-HASH.ts';
  expect(pathOf(url)).toBe('2026-11-24T08/00:00.000000-2.0-full-HASH.ts');
});

test("the node's dates count where they are known", () => {
  const dates = dated(at(0, 2), (path) => (path === '2.ts' ? T + 2007.5 : null));
  expect(dates.map(({ programDateTime }) => programDateTime)).toEqual([T, T + 2007.5]);
  expect(wallTimeAt(dates, 103)).toBe(T + 3007.5);
});
