import { describe, expect, test } from 'vitest';
import { knownEnd, knownStretches, learn, questions, recordedMs, type Piece, type Reason } from './coverage';

const minute = 60_000;
const day = 86_400_000;
const MISSING = 'not recorded';
const PARTIAL = 'recorded in part';

/** Pieces that follow each other from 0 on, by their ends in minutes. */
function pieces(...ends: [minutes: number, reason: Reason][]): Piece[] {
  return ends.map(([end, reason], index) => ({ from: (ends[index - 1]?.[0] ?? 0) * minute, to: end * minute, reason }));
}

describe('an answer', () => {
  test('joins what goes on, and keeps holes of different kinds apart', () => {
    const known = pieces([10, null], [12, MISSING]);
    const answer = {
      from: 12 * minute,
      to: 20 * minute,
      pieces: [...pieces([12, null], [13, MISSING], [14, PARTIAL], [20, null])],
    };
    expect(learn(known, answer)).toEqual(pieces([10, null], [13, MISSING], [14, PARTIAL], [20, null]));
  });

  test('replaces what was known of its stretch: a hole is filled', () => {
    const known = pieces([10, null], [12, MISSING], [20, null]);
    const answer = { from: 5 * minute, to: 15 * minute, pieces: pieces([15, null]) };
    expect(learn(known, answer)).toEqual(pieces([20, null]));
  });

  test('replaces the middle of a piece', () => {
    const answer = { from: 4 * minute, to: 6 * minute, pieces: pieces([4, null], [6, MISSING]) };
    expect(learn(pieces([10, null]), answer)).toEqual(pieces([4, null], [6, MISSING], [10, null]));
  });

  test('from elsewhere leaves a stretch of which nothing is known', () => {
    const answer = {
      from: 20 * minute,
      to: 30 * minute,
      pieces: [{ from: 20 * minute, to: 30 * minute, reason: null }],
    };
    const known = learn(pieces([8, null], [10, MISSING]), answer);
    expect(knownStretches(known)).toEqual([
      { from: 0, to: 10 * minute },
      { from: 20 * minute, to: 30 * minute },
    ]);
    expect(knownEnd(known, { from: 0, to: 25 * minute })).toBe(25 * minute);
    expect(knownEnd(known, { from: 12 * minute, to: 15 * minute })).toBeNull();
  });
});

describe('what is asked', () => {
  test('is all of it while nothing is known', () => {
    expect(questions([], { from: 0, to: minute }, minute)).toEqual([{ from: 0, to: minute }]);
  });

  test('is only the last minutes, once all is known', () => {
    const known = pieces([60, null]);
    const stretch = { from: 0, to: 60 * minute + 2000 };
    expect(questions(known, stretch, stretch.to)).toEqual([{ from: 55 * minute, to: stretch.to }]);
    expect(questions(known, stretch, stretch.to, true)).toEqual([stretch]);
  });

  test('is what was missed in between, and what is older when more is shown', () => {
    const known = [{ from: 30 * minute, to: 60 * minute, reason: null }];
    expect(questions(known, { from: 0, to: 90 * minute }, 90 * minute)).toEqual([
      { from: 55 * minute, to: 90 * minute },
      { from: 0, to: 30 * minute },
    ]);
  });

  test('is nothing of what is settled, far before the newest', () => {
    const known = pieces([60, null]);
    expect(questions(known, { from: 10 * minute, to: 50 * minute }, 60 * minute)).toEqual([]);
    const near = { from: 50 * minute, to: 58 * minute };
    expect(questions(known, near, 60 * minute)).toEqual([{ from: 55 * minute, to: 58 * minute }]);
  });

  test('comes in days, newest first', () => {
    expect(questions([], { from: 0, to: 2.5 * day }, 2.5 * day)).toEqual([
      { from: 1.5 * day, to: 2.5 * day },
      { from: 0.5 * day, to: 1.5 * day },
      { from: 0, to: 0.5 * day },
    ]);
  });

  test('is nothing of an empty stretch', () => {
    expect(questions([], { from: minute, to: minute }, minute)).toEqual([]);
  });
});

test('how long is recorded, doubtful or not, once all holes are known', () => {
  const known = pieces([10, null], [12, MISSING], [13, PARTIAL], [20, null]);
  expect(recordedMs(known, { from: 0, to: 20 * minute })).toBe(18 * minute);
  expect(recordedMs(known, { from: 0, to: 21 * minute })).toBeNull();
});
