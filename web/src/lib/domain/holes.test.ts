import { describe, expect, test } from 'vitest';
import type { Piece } from './coverage';
import { holeLabel, holeMarks, holeWords, isSparse, markAt } from './holes';

const FROM = Date.parse('2026-11-24T14:00:00Z');
const NOW = FROM + 3_600_000;
const WIDTH = 720;
/** A timeline on which a pixel is 5 seconds. */
const HOUR = { from: FROM, to: NOW };
const MISSING = 'not recorded';
const DOUBTFUL = 'recorded, but doubtful';

const hole = (seconds: number, length: number, reason = MISSING): Piece => {
  return { from: FROM + seconds * 1000, to: FROM + (seconds + length) * 1000, reason };
};
const marksOf = (...holes: Piece[]) => holeMarks(holes, HOUR, WIDTH);

describe('a hole on the timeline', () => {
  test('is where it was, and as long', () => {
    expect(marksOf(hole(600, 300))).toMatchObject([{ left: 120, width: 60, count: 1, doubtful: false }]);
  });

  test('is seen however short it is, in the middle of its place', () => {
    expect(marksOf(hole(600, 0.04))).toMatchObject([{ left: expect.closeTo(118, 1), width: 4 }]);
  });

  test('stays in view at both ends', () => {
    expect(marksOf(hole(0, 1), hole(3599, 1))).toMatchObject([{ left: 0 }, { left: 716 }]);
    expect(marksOf(hole(-100, 150))).toMatchObject([{ left: 0, width: 10, length: 150_000 }]);
    expect(marksOf(hole(-100, 50), hole(4000, 10))).toEqual([]);
  });

  test('is one mark with its neighbour when the two cannot be told apart', () => {
    expect(marksOf(hole(600, 8), hole(615, 8), hole(700, 8))).toMatchObject([
      { count: 2, length: 16_000, from: FROM + 600_000, to: FROM + 623_000 },
      { count: 1, length: 8000 },
    ]);
  });

  test('is not mixed with doubtful ones; those are drawn first', () => {
    const marks = marksOf(hole(600, 8), hole(608, 2, DOUBTFUL));
    expect(marks.map((mark) => mark.reason)).toEqual([DOUBTFUL, MISSING]);
  });

  test('recorded pieces leave no mark', () => {
    expect(marksOf({ ...HOUR, reason: null })).toEqual([]);
  });
});

test('the pointer means the mark on top, and need not be exact', () => {
  const marks = marksOf(hole(600, 8), hole(608, 2, DOUBTFUL));
  expect(markAt(marks, 122)?.reason).toBe(MISSING);
  expect(markAt(marks, 117)?.reason).toBe(MISSING);
  expect(markAt(marks, 130)).toBeNull();
});

describe('a hole in words', () => {
  const words = (...holes: Piece[]) => marksOf(...holes).map((mark) => holeWords(mark, 'utc', NOW));

  test.each<[string, Piece[], string]>([
    ['one', [hole(130, 8)], 'not recorded from 14:02:10 to 14:02:18 (8 s)'],
    ['doubtful', [hole(130, 90, DOUBTFUL)], 'recorded, but doubtful from 14:02:10 to 14:03:40 (1 min 30 s)'],
    ['very short', [hole(130, 0.42)], 'not recorded from 14:02:10.000 to 14:02:10.420 (0.4 s)'],
    ['several', [hole(130, 8), hole(140, 4)], 'not recorded 2 times from 14:02:10 to 14:02:24 (12 s in all)'],
  ])('%s', (_, holes, expected) => {
    expect(words(...holes)).toEqual([expected]);
  });

  test('over midnight, and on another day', () => {
    const stretch = { from: FROM, to: FROM + 86_400_000 };
    const [mark] = holeMarks([hole(35_990, 20)], stretch, WIDTH);
    const inWords = (now: number) => mark && holeWords(mark, 'utc', now);
    expect(inWords(stretch.to)).toBe('not recorded from 2026-11-24 23:59:50 to 00:00:10 (20 s)');
    expect(inWords(stretch.to + 86_400_000)).toBe(
      'not recorded from 2026-11-24 23:59:50 to 2026-11-25 00:00:10 (20 s)',
    );
  });
});

test('short holes in a row are not drawn as one long hole', () => {
  const sparse = (...holes: Piece[]) => marksOf(...holes).map(isSparse);
  expect(sparse(hole(600, 2), hole(615, 2), hole(630, 2))).toEqual([true]);
  expect(sparse(hole(600, 12), hole(615, 12))).toEqual([false]);
  expect(sparse(hole(600, 0.1))).toEqual([false]);
});

describe('written into the mark', () => {
  const label = (length: number, width: number) => {
    const [mark] = holeMarks([hole(0, length)], HOUR, WIDTH);
    return mark && holeLabel({ ...mark, width });
  };

  test('is its length, where there is room', () => {
    expect(label(208, 100)).toBe('3 min 28 s');
    expect(label(8, 40)).toBe('8 s');
    expect(label(0.4, 60)).toBe('0.4 s');
  });

  test('is less of it where there is little, and nothing where there is none', () => {
    expect(label(208, 60)).toBe('3 min');
    expect(label(208, 30)).toBeNull();
  });

  test('is how many there are, when they are several', () => {
    const [mark] = marksOf(hole(600, 8), hole(615, 8));
    expect(mark && holeLabel({ ...mark, width: 200 })).toBe('2 holes, 16 s');
  });
});
