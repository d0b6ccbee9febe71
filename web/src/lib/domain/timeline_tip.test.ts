import { describe, expect, test } from 'vitest';
import type { Piece } from './coverage';
import { holeMarks } from './holes';
import type { FrameTimes } from './timeline_marks';
import { frameAt, markTip, spanWords, tipAt, type TipFacts } from './timeline_tip';

const T = Date.parse('2026-11-24T08:00:00Z');
const minute = 60_000;
const NOW = T + 60 * minute;
const known: Piece[] = [
  { from: T, to: T + 20 * minute, reason: null },
  { from: T + 20 * minute, to: T + 22 * minute, reason: 'not recorded' },
  { from: T + 22 * minute, to: T + 24 * minute, reason: 'recorded in part' },
  { from: T + 24 * minute, to: T + 50 * minute, reason: null },
];

function facts(changes: Partial<TipFacts> = {}): TipFacts {
  const view = { from: T - 5 * minute, to: NOW };
  const shown = { from: T, to: T + 55 * minute };
  const all = { view, width: 1300, shown, recording: true, known, frames: [], zone: 'utc', now: NOW } as const;
  const changed = { ...all, ...changes };
  return { ...changed, holes: holeMarks(known, changed.view, changed.width) };
}

describe('what is pointed at', () => {
  test('where it is recorded: the time and a picture', () => {
    expect(tipAt(T + 10 * minute, facts())).toEqual({
      time: '08:10:00',
      words: null,
      picture: { at: T + 10 * minute, exact: false },
    });
  });

  test('where it is not: why, and no picture', () => {
    expect(tipAt(T + 21 * minute, facts())).toMatchObject({
      words: 'not recorded from 08:20:00 to 08:22:00 (2 min)',
      picture: null,
    });
  });

  test('where it is doubtful: why, and a picture', () => {
    const { words, picture } = tipAt(T + 23 * minute, facts());
    expect(words).toMatch(/^recorded in part/);
    expect(picture).not.toBeNull();
  });

  test('where the holes are not known yet, it says so', () => {
    expect(tipAt(T + 52 * minute, facts())).toMatchObject({ words: 'holes not known yet' });
  });

  test('after the newest is live, while it is recorded', () => {
    expect(tipAt(T + 56 * minute, facts())).toEqual({ time: 'live', words: null, picture: null });
    expect(tipAt(T + 56 * minute, facts({ recording: false })).words).toBe('after the last that is recorded');
  });

  test('before the first is nothing', () => {
    expect(tipAt(T - minute, facts())).toMatchObject({ words: 'before the first that is recorded', picture: null });
  });

  test('of another day has its date', () => {
    expect(tipAt(T, facts({ now: NOW + 86_400_000 })).time).toBe('2026-11-24 08:00:00');
  });

  test('from near is a single frame, to the millisecond', () => {
    const view = { from: T + 1000, to: T + 2000 };
    const frames = [T + 1200, T + 1233.333];
    expect(tipAt(T + 1250, facts({ view, frames }))).toEqual({
      time: '08:00:01.233',
      words: null,
      picture: { at: T + 1233.333, exact: true },
    });
    expect(frameAt(frames, T + 1100)).toBeNull();
  });
});

describe('a mark', () => {
  const times: FrameTimes = { snap: (at) => at, frames: () => [T + 4960, T + 5000] };
  const mark = { id: 'a', in: T, out: T + 5000, active: true };

  test('says where its edge is and how long it is', () => {
    expect(markTip(mark, 'in', times, 'utc')).toEqual({
      at: T,
      time: '08:00:00.000',
      words: '0:05.000 long, from this frame',
      picture: { at: T, exact: true },
    });
  });

  test('shows its last frame at its end', () => {
    expect(markTip(mark, 'out', times, 'utc')).toMatchObject({
      at: T + 5000,
      words: '0:05.000 long, up to this frame',
      picture: { at: T + 4960, exact: true },
    });
  });

  test('without the other edge has no length', () => {
    expect(markTip({ ...mark, in: null }, 'out', times, 'utc')?.words).toBe('up to this frame');
    expect(markTip(mark, 'both', times, 'utc')?.words).toBe('0:05.000 long');
    expect(markTip({ ...mark, in: null }, 'in', times, 'utc')).toBeNull();
  });
});

test('which days are in view, and how much of them', () => {
  expect(spanWords({ from: T, to: T + 60 * minute }, 'utc')).toBe('2026-11-24, 1 h 00 min');
  expect(spanWords({ from: T, to: T + 1500 }, 'utc')).toBe('2026-11-24, 1.5 s');
  expect(spanWords({ from: T - 86_400_000, to: T }, 'utc')).toBe('11-23 to 11-24, 1 d 0 h');
});
