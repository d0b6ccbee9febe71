import { describe, expect, test } from 'vitest';
import { contains, fractionAt, lengthOf, type Stretch } from '$lib/domain/stretch';
import { fitted } from '$lib/domain/timeline_view';
import { TimelineView } from './timeline_view.svelte';

const LAST = Date.parse('2026-11-24T04:16:00Z');
const second = 1000;
const minute = 60_000;
const hour = 3_600_000;

/** A view of a day's recording, shown after `playhead` was there. */
function viewing(playhead: number | null = LAST - 6 * second, live = true) {
  let reach: Stretch | null = { from: LAST - 24 * hour, to: LAST };
  const view = new TimelineView(() => reach);
  const at = (moment: number, { playing = true, live = false } = {}) =>
    view.follow({ playhead: moment, playing, live });
  const grow = (to: number) => (reach = { from: LAST - 24 * hour, to });
  const empty = () => (reach = null);
  if (playhead !== null) at(playhead, { live });
  const shown = () => view.stretch as Stretch;
  return { view, at, grow, empty, shown };
}

test('at first the last hour is shown, and it goes on', () => {
  const { view, shown, grow } = viewing();
  expect(lengthOf(shown())).toBe(hour);
  expect(view.chosen).toBeNull();
  grow(LAST + 30 * minute);
  const later = new TimelineView(() => ({ from: LAST - 24 * hour, to: LAST + 30 * minute }));
  expect(contains(later.stretch as Stretch, LAST + 30 * minute)).toBe(true);
});

test('a page that is opened at an old moment shows it', () => {
  const { shown } = viewing(LAST - 5 * hour, false);
  expect(fractionAt(shown(), LAST - 5 * hour)).toBeCloseTo(0.5);
});

test('a view that came with the address stays, also when the playhead is elsewhere', () => {
  const { view, at, shown } = viewing(null);
  view.chosen = { from: LAST - 5 * hour, to: LAST - 4 * hour };
  at(LAST - minute);
  at(LAST - minute + 250);
  expect(shown()).toEqual({ from: LAST - 5 * hour, to: LAST - 4 * hour });
});

describe('zooming by key', () => {
  test('keeps the playhead in its place', () => {
    const { view, shown } = viewing(LAST - 20 * minute, false);
    const before = fractionAt(shown(), LAST - 20 * minute);
    view.zoom(0.5);
    expect(lengthOf(shown())).toBe(hour / 2);
    expect(fractionAt(shown(), LAST - 20 * minute)).toBeCloseTo(before);
  });

  test('keeps the middle when the playhead is out of view', () => {
    const { view, shown } = viewing(LAST - minute, false);
    view.zoomTo(LAST - 10 * hour, LAST - 8 * hour);
    view.zoom(2);
    expect(shown()).toEqual({ from: LAST - 11 * hour, to: LAST - 7 * hour });
  });

  test('shows all, and no more than that', () => {
    const { view, shown } = viewing();
    view.fit();
    expect(shown()).toEqual(fitted({ from: LAST - 24 * hour, to: LAST }));
    view.zoom(2);
    expect(shown()).toEqual(fitted({ from: LAST - 24 * hour, to: LAST }));
    expect(view.from).toBe(shown().from);
    expect(view.to).toBe(shown().to);
  });
});

describe('the playhead', () => {
  test('that plays out of view is followed as by turning a page', () => {
    const { view, at, shown } = viewing(LAST - 2 * hour, false);
    view.zoomTo(LAST - 2 * hour - minute, LAST - 2 * hour + 500);
    at(LAST - 2 * hour + 250);
    const before = shown();
    at(LAST - 2 * hour + 501);
    expect(lengthOf(shown())).toBeCloseTo(lengthOf(before));
    expect(fractionAt(shown(), LAST - 2 * hour + 501)).toBeCloseTo(0.1);
  });

  test('is left alone by somebody who looks elsewhere, until it is in view again', () => {
    const { view, at, shown } = viewing(LAST - 2 * hour, false);
    view.pan(-3);
    const elsewhere = shown();
    at(LAST - 2 * hour + 250);
    expect(shown()).toEqual(elsewhere);
    view.zoomTo(LAST - 2 * hour - minute, LAST - 2 * hour + second);
    at(LAST - 2 * hour + 500);
    at(LAST - 2 * hour + 1500);
    expect(fractionAt(shown(), LAST - 2 * hour + 1500)).toBeCloseTo(0.1);
  });

  test('that was sent somewhere is shown there', () => {
    const { view, at, shown } = viewing(LAST - 2 * hour, false);
    view.pan(-3);
    at(LAST - 10 * hour, { playing: false });
    expect(fractionAt(shown(), LAST - 10 * hour)).toBeCloseTo(0.5);
  });

  test('that is paused moves nothing', () => {
    const { view, at, shown } = viewing(LAST - 2 * hour, false);
    at(LAST - 2 * hour, { playing: false });
    view.zoomTo(LAST - 5 * hour, LAST - 4 * hour);
    at(LAST - 2 * hour, { playing: false });
    expect(shown().from).toBe(LAST - 5 * hour);
  });

  test('moves nothing while something is held', () => {
    const { view, at, shown } = viewing(LAST - 2 * hour, false);
    const before = shown();
    view.held = true;
    at(LAST - 10 * hour);
    expect(shown()).toEqual(before);
  });
});

describe('at live', () => {
  test('the newest stays in view', () => {
    const { view, at, grow, shown } = viewing();
    view.zoomTo(LAST - minute, LAST + 2 * second);
    grow(LAST + 10 * second);
    view.zoomTo(LAST - minute, LAST + 2 * second);
    at(LAST + 4 * second, { live: true });
    expect(contains(shown(), LAST + 10 * second)).toBe(true);
    expect(contains(shown(), LAST + 4 * second)).toBe(true);
  });

  test('from too near for both, the playhead is what is followed', () => {
    const { view, at, shown } = viewing(LAST - 10 * second);
    view.zoomTo(LAST - 10 * second - 500, LAST - 10 * second + 500);
    at(LAST - 9 * second, { live: true });
    expect(lengthOf(shown())).toBeCloseTo(second);
    expect(fractionAt(shown(), LAST - 9 * second)).toBeCloseTo(0.1);
  });
});

test('a playhead that is beyond all that is known moves the view once, not for ever', () => {
  const { view, at } = viewing(LAST - minute, false);
  view.zoomTo(LAST - minute, LAST - minute + 1500);
  at(LAST - minute + 250);
  at(LAST + 30 * second);
  const chosen = view.chosen;
  at(LAST + 30 * second + 10);
  at(LAST + 30 * second + 20);
  expect(view.chosen).toBe(chosen);
});

test('a moment is brought in sight, and another channel begins anew', () => {
  const { view, shown } = viewing(LAST - minute, false);
  view.reveal(LAST - 12 * hour);
  expect(contains(shown(), LAST - 12 * hour)).toBe(true);
  view.reset();
  expect(view.chosen).toBeNull();
});

test('nothing is shown, and nothing done, while nothing is recorded', () => {
  const view = new TimelineView(() => null);
  view.zoom(2);
  view.follow({ playhead: LAST, playing: true, live: true });
  expect(view.stretch).toBeNull();
  expect(view.from).toBeNull();
});
