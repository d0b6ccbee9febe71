import { describe, expect, test } from 'vitest';
import {
  frameAfter,
  frameAt,
  frameBefore,
  frameMsAt,
  framesIn,
  mergeGrid,
  snapped,
  type GridSegment,
  type Snap,
} from './grid';
import { isoUtc, parseIso } from './times';

const T = parseIso('2026-11-24T08:00:00.000000Z');
const FRAME = 1000 / 30;

/** A segment of `count` frames at 30 a second that begins `ms` after T; times in whole microseconds, as the node's. */
function segment(ms: number, count = 3, path = `at ${ms}`): GridSegment {
  const offsetsMs = Array.from({ length: count }, (_, index) => Math.round(index * FRAME * 1000) / 1000);
  return { path, start: T + ms, frameMs: 33.333, offsetsMs };
}

/** Two segments that follow each other, a hole, and a third. */
const grid = [segment(0), segment(100), segment(1000)];
const after = (at: number | null | undefined) => (at === null || at === undefined ? at : isoUtc(at).slice(17, -1));

describe('the frame shown', () => {
  test.each([
    ['at its own time', 33.333, '00.033333'],
    ['until just before the next', 66.666, '00.033333'],
    ['at the time of the next', 66.667, '00.066667'],
    ['at the end of a segment', 99.999, '00.066667'],
    ['in the next segment', 100, '00.100'],
    ['at the end before a hole', 199.9, '00.166667'],
  ])('%s', (_, ms, shown) => {
    expect(after(frameAt(grid, T + ms)?.at)).toBe(shown);
  });

  test.each([
    ['before all', -1],
    ['in a hole', 201],
    ['after all', 1101],
  ])('is not known %s', (_, ms) => {
    expect(frameAt(grid, T + ms)).toBeNull();
  });

  test('is shown until the next, also over the seam of two segments', () => {
    expect(after(frameAt(grid, T + 70)?.until)).toBe('00.100');
    expect(after(frameAt(grid, T + 170)?.until)).toBe('00.200');
  });
});

test('one after the other, to the hole', () => {
  const seen: (string | null | undefined)[] = [];
  for (let frame = frameAt(grid, T); frame !== null; frame = frameAfter(grid, frame.at)) seen.push(after(frame.at));
  expect(seen).toEqual(['00.000', '00.033333', '00.066667', '00.100', '00.133333', '00.166667']);
});

test('one before the other, from the moment after the last', () => {
  const seen: (string | null | undefined)[] = [];
  for (let frame = frameBefore(grid, T + 200); frame !== null; frame = frameBefore(grid, frame.at)) {
    seen.push(after(frame.at));
  }
  expect(seen).toEqual(['00.166667', '00.133333', '00.100', '00.066667', '00.033333', '00.000']);
});

test('nothing comes right before what begins after a hole', () => {
  expect(frameBefore(grid, T + 1000)).toBeNull();
});

describe('a moment becomes that of a frame', () => {
  test.each<[number, Snap, string | null]>([
    [33.333, 'next', '00.033333'],
    [33.334, 'next', '00.066667'],
    [33, 'next', '00.033333'],
    [33, 'previous', '00.000'],
    [33, 'nearest', '00.033333'],
    [10, 'nearest', '00.000'],
    [90, 'next', '00.100'],
    [600, 'nearest', null],
    [980, 'next', '01.000'],
  ])('%d ms, the %s', (ms, way, shown) => {
    expect(after(snapped(grid, T + ms, way))).toBe(shown);
  });

  test('and that one stays what it is, whichever way', () => {
    for (const at of framesIn(grid, { from: T, to: T + 2000 })) {
      for (const way of ['nearest', 'next', 'previous'] as const) expect(snapped(grid, at, way)).toBe(at);
    }
  });
});

test('the frames of a stretch are those from its beginning to before its end', () => {
  expect(framesIn(grid, { from: T + 33.333, to: T + 133.333 }).map(after)).toEqual([
    '00.033333',
    '00.066667',
    '00.100',
  ]);
  expect(framesIn(grid, { from: T + 300, to: T + 900 })).toEqual([]);
});

test('the distance of two frames is that of the segment before', () => {
  expect(frameMsAt(grid, T + 500)).toBe(33.333);
  expect(frameMsAt([], T)).toBeNull();
});

describe('after an answer', () => {
  test('what was known of that stretch is replaced, the rest stays', () => {
    const better = segment(100, 3, 'a better one');
    const merged = mergeGrid(grid, { from: T + 100, to: T + 200 }, [better]);
    expect(merged.map(({ path }) => path)).toEqual(['at 0', 'a better one', 'at 1000']);
  });

  test('a segment that cannot be understood has no frames', () => {
    const broken = { path: 'at 100', start: null, frameMs: 0, offsetsMs: [] };
    expect(mergeGrid(grid, { from: T + 100, to: T + 200 }, [broken]).map(({ path }) => path)).toEqual([
      'at 0',
      'at 1000',
    ]);
  });
});
