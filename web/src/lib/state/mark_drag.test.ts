import { expect, test } from 'vitest';
import type { Grip, MarkView } from '$lib/domain/timeline_marks';
import { MarkDrag } from './mark_drag.svelte';
import { TimelineView } from './timeline_view.svelte';

const T = Date.parse('2026-11-24T08:00:00Z');
const WIDTH = 1000;
const FRAME = 40;

/** A timeline of 25 frames per second, on which a pixel is 100 ms, with one mark from second 20 to 30. */
function dragging(changes: Partial<MarkView> = {}, magnets: (number | null)[] = []) {
  const view = new TimelineView(() => ({ from: T, to: T + 600_000 }));
  view.chosen = { from: T, to: T + 100_000 };
  let mark: MarkView = { id: 'a', in: T + 20_000, out: T + 30_000, active: true, ...changes };
  const did: string[] = [];
  const drawing: ((at: number) => void)[] = [];
  const drag = new MarkDrag({
    view,
    width: () => WIDTH,
    reach: () => ({ from: T, to: T + 600_000 }),
    marks: () => [mark],
    times: { snap: (at) => T + Math.round((at - T) / FRAME) * FRAME, frames: () => [] },
    magnets: () => magnets,
    onMark: (_: string, grip: Grip, at: number) => {
      did.push(`${grip} ${(at - T) / 1000}`);
      if (grip === 'both') mark = { ...mark, in: at, out: at + (mark.out ?? 0) - (mark.in ?? 0) };
      else mark = { ...mark, [grip]: at };
    },
    onMarkDone: () => did.push('done'),
    frames: { request: (draw) => drawing.push(draw), cancel: () => drawing.splice(0) },
  });
  return { drag, view, did, drawing, mark: () => mark };
}

test('an edge goes with the hand, from frame to frame', () => {
  const { drag, did, mark, view } = dragging();
  drag.start(mark(), 'in', 195);
  drag.move(195.1);
  drag.move(205);
  expect(view.held).toBe(true);
  drag.end();
  expect(did).toEqual(['in 21', 'done']);
  expect(view.held).toBe(false);
});

test('the whole keeps its length', () => {
  const { drag, mark } = dragging();
  drag.start(mark(), 'both', 250);
  drag.move(300);
  drag.end();
  expect([mark().in, mark().out]).toEqual([T + 25_000, T + 35_000]);
});

test('an edge comes to rest at the playhead when that is near', () => {
  const { drag, did, mark } = dragging({}, [T + 40_120]);
  drag.start(mark(), 'out', 300);
  drag.move(403);
  expect(did).toEqual(['out 40.12']);
});

test('held in the border, it goes on with the view', () => {
  const { drag, did, mark, drawing, view } = dragging();
  drag.start(mark(), 'out', 300);
  drag.move(1000);
  drawing.shift()?.(0);
  drawing.shift()?.(50);
  expect(view.from).toBeCloseTo(T + 3000);
  expect(did).toEqual(['out 100', 'out 103']);
  drag.end();
  expect(drawing).toEqual([]);
});

test('a mark is not taken by the edge that it does not have', () => {
  const { drag, mark } = dragging({ out: null });
  drag.start(mark(), 'out', 300);
  expect(drag.held).toBeNull();
  drag.end();
});

test('keys move an edge by a frame, or by a second, and keep it in sight', () => {
  const { drag, did, mark, view } = dragging();
  expect(drag.key(mark(), 'in', 'ArrowRight', false)).toBe(true);
  expect(drag.key(mark(), 'in', 'ArrowLeft', true)).toBe(true);
  expect(drag.key(mark(), 'in', 'Home', false)).toBe(false);
  expect(did).toEqual(['in 20.04', 'done', 'in 19.04', 'done']);
  view.zoomTo(T + 50_000, T + 60_000);
  drag.key(mark(), 'in', 'ArrowRight', false);
  expect(view.from).toBeLessThan(T + 20_000);
});
