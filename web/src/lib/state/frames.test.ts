import { expect, test } from 'vitest';
import type { SegmentFrames } from '$lib/domain/grid';
import type { Stretch } from '$lib/domain/stretch';
import { Frames } from './frames.svelte';

const T = Date.parse('2026-11-24T08:00:00Z');
const recorded = { from: T, to: T + 60_000 };

/** A node that has recorded 2 s segments of 25 frames a second without a hole. */
function node() {
  const asked: Stretch[] = [];
  let failing = false;
  let learned = 0;
  const ask = async (_: string, __: string, { from, to }: Stretch): Promise<SegmentFrames[]> => {
    asked.push({ from: (from - T) / 1000, to: (to - T) / 1000 });
    if (failing) throw new Error('down');
    const found: SegmentFrames[] = [];
    for (let at = Math.floor((from - T) / 2000) * 2000; T + at < to; at += 2000) {
      const offsetsMs = Array.from({ length: 50 }, (_, index) => index * 40);
      found.push({ path: `${at / 1000}.ts`, start: T + at + 3, frameMs: 40, offsetsMs });
    }
    return found;
  };
  const frames = new Frames({ ask, onLearned: () => (learned += 1) });
  const want = (from: number, to: number, quality = 'source') =>
    frames.want({ channel: 'demo', quality, stretches: [{ from: T + from * 1000, to: T + to * 1000 }], recorded });
  return { frames, asked, want, learned: () => learned, fail: () => (failing = true) };
}

/** Lets what is under way come to its end. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

test('what is looked at is asked for once', async () => {
  const { frames, asked, want, learned } = node();
  want(10, 20);
  want(10, 20);
  await settle();
  want(10, 20);
  expect(asked).toEqual([{ from: 10, to: 20 }]);
  expect(learned()).toBe(1);
  expect(frames.startOf('10.ts')).toBe(T + 10_003);
  expect(frames.at(T + 10_050)).toEqual({ at: T + 10_043, until: T + 10_083 });
  expect(frames.startOf('30.ts')).toBeNull();
});

test('as the playhead moves on, only what is new is asked for', async () => {
  const { asked, want } = node();
  want(10, 20);
  await settle();
  want(12, 24);
  await settle();
  expect(asked.at(-1)).toEqual({ from: 20, to: 24 });
});

test('another quality has other frames', async () => {
  const { frames, want } = node();
  want(10, 20);
  await settle();
  want(30, 32, '360p');
  expect(frames.grid).toEqual([]);
  await settle();
  expect(frames.startOf('30.ts')).not.toBeNull();
});

test('a node that does not answer is not asked at once again', async () => {
  const { frames, asked, want, fail } = node();
  fail();
  want(10, 20);
  await settle();
  want(10, 20);
  await settle();
  expect(asked).toHaveLength(1);
  expect(frames.at(T + 10_050)).toBeNull();
});

test('a listed segment that is not known is asked for once more', async () => {
  const { frames, asked, want } = node();
  want(10, 20);
  await settle();
  const listed = { path: 'better.ts', from: T + 12_000, to: T + 14_000 };
  frames.doubt([listed, { ...listed, path: '16.ts' }]);
  want(10, 20);
  await settle();
  expect(asked.slice(1)).toEqual([{ from: 12, to: 14 }]);
  frames.doubt([listed]);
  want(10, 20);
  await settle();
  expect(asked).toHaveLength(2);
});
