import { expect, test } from 'vitest';
import type { Fragment } from '$lib/domain/fragments';
import { frameAfter, frameAt, frameBefore, snapped, type Grid, type Snap } from '$lib/domain/grid';
import { Placing } from './placing';

const T = Date.parse('2026-11-24T08:00:00Z');

/** One fragment, which the playlist dates 10 ms too early; the node knows better. */
const fragments: readonly Fragment[] = [{ start: 100, duration: 2, programDateTime: T - 10, path: 'a.ts' }];

function placing(grid: Grid) {
  return new Placing({
    grid,
    startOf: (path) => grid.find((each) => each.path === path)?.start ?? null,
    at: (wall) => frameAt(grid, wall),
    after: (wall) => frameAfter(grid, wall),
    before: (wall) => frameBefore(grid, wall),
    snap: (wall, way: Snap) => snapped(grid, wall, way),
  });
}

const known = placing([
  { path: 'a.ts', start: T, frameMs: 40, offsetsMs: Array.from({ length: 50 }, (_, index) => index * 40) },
]);
const unknown = placing([]);

test('a seek leads a little inside of the first frame at or after the moment', () => {
  const located = known.locate(fragments, T + 41, 'next');
  expect(located).toMatchObject({ relation: 'inside', wall: T + 80 });
  expect(located?.media).toBeCloseTo(100.09);
});

test("where the grid is not known, the playlist's dates have to do", () => {
  expect(unknown.locate(fragments, T + 41, 'next')?.media).toBeCloseTo(100.051);
  expect(unknown.frameShown(fragments, 100.09)).toBeNull();
});

test('the frame at a media time is that which is shown there, also where its time is rounded down', () => {
  expect(known.frameShown(fragments, 100.09)?.at).toBe(T + 80);
  expect(known.frameShown(fragments, 100.0799)?.at).toBe(T + 80);
});

test('the same fragments are dated once', () => {
  expect(known.dates(fragments)).toBe(known.dates(fragments));
  expect(known.dates(fragments)[0]?.programDateTime).toBe(T);
});
