import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Piece } from '$lib/domain/coverage';
import type { WholeMark } from '$lib/domain/marks';
import { MarkHoles } from './mark_holes.svelte';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const mark: WholeMark = { id: '1', in: 0, out: 10_000, name: '', allowHoles: false };
const hole: Piece = { from: 4000, to: 6000, reason: 'not recorded' };
const doubtful: Piece = { from: 6000, to: 8000, reason: 'recorded, but not surely whole' };

function holes(ask: () => Promise<Piece[]>) {
  let asked = 0;
  const found = new MarkHoles({
    ask: async (stretch) => {
      asked += 1;
      return { ...stretch, pieces: await ask() };
    },
  });
  return { found, asked: () => asked };
}

test('the holes of a mark are known once it rests', async () => {
  const { found, asked } = holes(async () => [hole, doubtful]);
  found.want({ ...mark, out: 9000 });
  found.want(mark);
  found.want(mark);
  expect(found.of(mark)).toBeNull();
  await vi.advanceTimersByTimeAsync(1000);
  expect(found.of(mark)).toEqual([hole]);
  expect(asked()).toBe(1);
});

test('those of another mark are not its', async () => {
  const { found } = holes(async () => [hole]);
  found.want(mark);
  await vi.advanceTimersByTimeAsync(1000);
  expect(found.of({ ...mark, in: 40 })).toBeNull();
});

test('without an answer nothing is said', async () => {
  const { found } = holes(() => Promise.reject(new Error('down')));
  found.want(mark);
  await vi.advanceTimersByTimeAsync(1000);
  expect(found.of(mark)).toBeNull();
});
