import { expect, test } from 'vitest';
import { Marks } from './marks.svelte';

const T = Date.parse('2026-11-24T08:00:00Z');

function marksOf(kept = new Map<string, string>()) {
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  const nearestFrame = (at: number) => Math.round(at / 40) * 40;
  const marks = new Marks({ storage, distanceMs: () => 40, nearestFrame });
  marks.open('demo', 'source');
  return { marks, kept, edges: () => marks.list.marks.map((mark) => [mark.in, mark.out]) };
}

test('a reload finds the marks again, the active one too', () => {
  const { marks, kept } = marksOf();
  marks.setEdge('in', T + 1000);
  marks.setEdge('out', T + 2000);
  marks.begin(T);
  marks.activate('1');
  marks.describe('1', { name: 'the run' });
  const again = marksOf(kept);
  expect(again.edges()).toEqual([
    [T, null],
    [T + 1000, T + 2000],
  ]);
  expect(again.marks.active?.name).toBe('the run');
});

test('each channel and quality has its own', () => {
  const { marks, edges } = marksOf();
  marks.setEdge('in', T);
  marks.open('demo', '360p');
  expect(edges()).toEqual([]);
  marks.open('demo', 'source');
  expect(edges()).toEqual([[T, null]]);
});

test('what was kept by something else is no mark', () => {
  for (const text of ['{', '3', 'null', '{"marks":7}', '{"marks":[{"in":"x"},null],"active":9}']) {
    const { marks } = marksOf(new Map([['longtake.marks/demo/source', text]]));
    expect(marks.active).toBeNull();
  }
});

test('a drag is undone as one, and done again', () => {
  const { marks, edges } = marksOf();
  marks.setEdge('in', T);
  marks.setEdge('out', T + 1000);
  for (const at of [T + 40, T + 80, T + 5000]) marks.drag('1', 'in', at);
  marks.drop('1');
  expect(edges()).toEqual([[T + 960, T + 1000]]);
  marks.undo();
  expect(edges()).toEqual([[T, T + 1000]]);
  marks.redo();
  expect(edges()).toEqual([[T + 960, T + 1000]]);
});

test('a removed mark comes back', () => {
  const { marks, edges } = marksOf();
  marks.setEdge('in', T);
  marks.remove('1');
  expect(edges()).toEqual([]);
  marks.undo();
  expect(edges()).toEqual([[T, null]]);
  expect(marks.active?.in).toBe(T);
});

test('a linked part becomes a mark once', () => {
  const { marks, edges } = marksOf();
  marks.show(T, T + 1000);
  marks.begin(T + 3000);
  marks.show(T, T + 1000);
  expect(edges()).toHaveLength(2);
  expect(marks.active?.in).toBe(T);
  marks.show(null, null);
  expect(edges()).toHaveLength(2);
});
