import { describe, expect, test } from 'vitest';
import { fractionAt, type Stretch } from '$lib/domain/stretch';
import { TimelinePointer, type PointerAt } from './timeline_pointer.svelte';
import { TimelineView } from './timeline_view.svelte';

const LAST = Date.parse('2026-11-24T04:16:00Z');
const minute = 60_000;
const WIDTH = 1000;

/** A timeline on which 1000 pixels are 100 minutes; the playhead is at pixel 500. */
function pointing() {
  const view = new TimelineView(() => ({ from: LAST - 1440 * minute, to: LAST }));
  view.chosen = { from: LAST - 700 * minute, to: LAST - 600 * minute };
  const went: number[] = [];
  const drawing: ((at: number) => void)[] = [];
  const pointer = new TimelinePointer({
    view,
    width: () => WIDTH,
    playhead: () => LAST - 650 * minute,
    onGo: (at) => went.push((at - LAST) / minute),
    frames: { request: (draw) => drawing.push(draw), cancel: () => drawing.splice(0) },
  });
  const at = (x: number, id = 1, coarse = false): PointerAt => ({ id, x, coarse });
  const drag = (...places: number[]) => {
    const [first = 0, ...rest] = places;
    pointer.press(at(first));
    rest.forEach((x) => pointer.move(at(x)));
  };
  const from = () => ((view.stretch as Stretch).from - LAST) / minute;
  return { view, pointer, went, at, drag, from, drawing };
}

test('a click goes to the moment under it, however the hand trembles', () => {
  const { pointer, went, drag, at } = pointing();
  drag(100, 102);
  pointer.lift(at(102));
  expect(went).toEqual([expect.closeTo(-689.8)]);
  expect(pointer.state).toBe('idle');
});

test('dragging moves the view with the hand, and goes nowhere', () => {
  const { pointer, went, drag, at, from } = pointing();
  drag(100, 150, 300);
  expect(from()).toBeCloseTo(-720);
  expect(pointer.at).toBeCloseTo(LAST - 690 * minute, -1);
  pointer.lift(at(300));
  expect(went).toEqual([]);
});

test('the playhead is dragged to another moment', () => {
  const { pointer, went, drag, at } = pointing();
  drag(503, 600, 700);
  expect(pointer.scrubbed).toBeCloseTo(LAST - 630 * minute);
  pointer.lift(at(700));
  expect(went).toEqual([expect.closeTo(-630)]);
  expect(pointer.scrubbed).toBeNull();
});

test('dragged into the border, the playhead moves the view on until it is let go', () => {
  const { pointer, drag, at, from, drawing } = pointing();
  drag(503, 1000);
  drawing.shift()?.(0);
  drawing.shift()?.(16);
  drawing.shift()?.(32);
  expect(from()).toBeCloseTo(-700 + 0.6 * 0.032 * 100, 1);
  pointer.lift(at(1000));
  expect(drawing).toEqual([]);
});

test('two fingers keep what is under them', () => {
  const { pointer, view, went, at } = pointing();
  pointer.press(at(400, 1, true));
  pointer.press(at(600, 2, true));
  pointer.move(at(200, 1, true));
  pointer.move(at(800, 2, true));
  const stretch = view.stretch as Stretch;
  expect(fractionAt(stretch, LAST - 660 * minute)).toBeCloseTo(0.2);
  expect(fractionAt(stretch, LAST - 640 * minute)).toBeCloseTo(0.8);
  pointer.lift(at(200, 1, true));
  pointer.move(at(500, 2, true));
  expect(view.stretch).toEqual(stretch);
  pointer.lift(at(500, 2, true));
  expect(went).toEqual([]);
  expect(view.held).toBe(false);
  expect(pointer.x).toBeNull();
});

test('a finger that the page scrolls away with does nothing', () => {
  const { pointer, went, at, drag } = pointing();
  drag(100);
  pointer.cancel();
  pointer.lift(at(100));
  expect(went).toEqual([]);
  expect(pointer.x).toBeNull();
});

describe('a mouse that only points', () => {
  test('tells the moment until it leaves', () => {
    const { pointer, at } = pointing();
    pointer.move(at(250));
    expect(pointer.at).toBe(LAST - 675 * minute);
    pointer.leave();
    expect(pointer.at).toBeNull();
  });

  test('is told that it is over the playhead', () => {
    const { pointer, at } = pointing();
    pointer.move(at(498));
    expect(pointer.overPlayhead).toBe(true);
    pointer.move(at(520));
    expect(pointer.overPlayhead).toBe(false);
  });

  test('zooms about itself by turning its wheel, and moves along by turning it sideways', () => {
    const { pointer, view, from } = pointing();
    const wheel = { deltaX: 0, deltaY: 0, deltaMode: 0, shiftKey: false, ctrlKey: false };
    pointer.turn({ ...wheel, deltaX: 100 }, 250);
    expect(from()).toBeCloseTo(-690);
    pointer.turn({ ...wheel, deltaY: -400 }, 250);
    expect(from()).toBeCloseTo(-677.5);
    expect(view.to).toBeCloseTo(LAST - 627.5 * minute);
  });
});
