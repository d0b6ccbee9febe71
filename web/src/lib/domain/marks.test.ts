import { describe, expect, test } from 'vitest';
import {
  added,
  changed,
  dropped,
  frameCount,
  isWhole,
  markOf,
  NO_MARKS,
  removed,
  withDraggedEdge,
  withEdge,
  withMoved,
  type MarkList,
} from './marks';

const edges = (list: MarkList) => list.marks.map((mark) => [mark.in, mark.out]);
const one = added(NO_MARKS, { in: 100, out: 200 });

describe('in and out', () => {
  test('begin a mark when there is none', () => {
    const list = withEdge(NO_MARKS, 'in', 100);
    expect(edges(list)).toEqual([[100, null]]);
    expect(isWhole(markOf(list))).toBe(false);
    expect(edges(withEdge(list, 'out', 200))).toEqual([[100, 200]]);
    expect(edges(withEdge(NO_MARKS, 'out', 200))).toEqual([[null, 200]]);
  });

  test('move the edge of the active mark', () => {
    expect(edges(withEdge(one, 'in', 150))).toEqual([[150, 200]]);
    expect(edges(withEdge(one, 'out', 150))).toEqual([[100, 150]]);
  });

  test('on the wrong side of the other edge clear that', () => {
    expect(edges(withEdge(one, 'in', 200))).toEqual([[200, null]]);
    expect(edges(withEdge(one, 'out', 100))).toEqual([[null, 100]]);
  });
});

describe('a list of marks', () => {
  const two = added(one, { in: 20, out: 30 });

  test('is in order of time, and the new one is active', () => {
    expect(edges(two)).toEqual([
      [20, 30],
      [100, 200],
    ]);
    expect(markOf(two)?.in).toBe(20);
  });

  test('has another active one when the active is removed, and none at the end', () => {
    const left = removed(two, two.active ?? '');
    expect(markOf(left)?.in).toBe(100);
    expect(removed(left, left.active ?? '')).toEqual(NO_MARKS);
  });

  test('keeps what is active when another is removed', () => {
    expect(markOf(removed(two, '1'))?.in).toBe(20);
  });

  test('gives no id twice', () => {
    const again = added(removed(two, '1'), { in: 500 });
    expect(new Set(again.marks.map(({ id }) => id)).size).toBe(2);
  });

  test('holds names', () => {
    expect(markOf(changed(one, '1', { name: 'the run' }))?.name).toBe('the run');
  });
});

test('a part that is moved has other holes: leaving them out is chosen anew', () => {
  const chosen = changed(one, '1', { allowHoles: true });
  expect(markOf(withEdge(chosen, 'in', 150))?.allowHoles).toBe(false);
  expect(markOf(withDraggedEdge(chosen, '1', 'out', 180, 40))?.allowHoles).toBe(false);
});

describe('a drag', () => {
  test('moves an edge, but not over the other', () => {
    expect(edges(withDraggedEdge(one, '1', 'in', 300, 40))).toEqual([[160, 200]]);
    expect(edges(withDraggedEdge(one, '1', 'out', 50, 40))).toEqual([[100, 140]]);
    expect(edges(withDraggedEdge(one, '1', 'out', 300, 40))).toEqual([[100, 300]]);
  });

  test('of a block keeps its length, to the frame', () => {
    expect(edges(withMoved(one, '1', 140, (end) => Math.round(end / 40) * 40))).toEqual([[140, 240]]);
  });

  test('may change the order', () => {
    const two = added(one, { in: 20, out: 30 });
    const moved = dropped(
      withMoved(two, '2', 500, (end) => end),
      '2',
    );
    expect(edges(moved)[1]).toEqual([500, 510]);
    expect(moved.active).toBe('2');
  });
});

test('frames are counted by their distance', () => {
  expect(frameCount(1000, 1000 / 30)).toBe(30);
  expect(frameCount(1000, null)).toBeNull();
});
