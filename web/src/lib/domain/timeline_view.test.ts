import { describe, expect, test } from 'vitest';
import type { Quality } from './channels';
import { contains, fractionAt, lengthOf, momentAt } from './stretch';
import {
  apart,
  asked,
  borderSpeed,
  clamped,
  fitted,
  framesFit,
  momentAtX,
  newest,
  opening,
  panned,
  pinched,
  placed,
  reachOf,
  revealed,
  turned,
  xAt,
  zoomed,
} from './timeline_view';

const LAST = Date.parse('2026-11-24T04:16:00Z');
const second = 1000;
const minute = 60_000;
const hour = 3_600_000;
const day = 24 * hour;
const FORTNIGHT = { from: LAST - 14 * day, to: LAST };
const MIDDLE = LAST - 7 * day;
const HOUR = { from: MIDDLE - hour / 2, to: MIDDLE + hour / 2 };

describe('all there is', () => {
  test.each<[Quality['state'], number]>([
    ['recording', LAST],
    ['stopped', LAST],
    ['waiting', LAST + 9000],
    ['error', LAST + 9000],
  ])('of a quality that is %s', (state, to) => {
    const quality = { name: 'source', first: LAST - hour, last: LAST, state, message: null };
    expect(reachOf(quality, LAST + 9000)).toEqual({ from: LAST - hour, to });
    expect(reachOf({ ...quality, first: null, last: null }, LAST)).toBeNull();
  });

  test('is in the longest view, with little beside it', () => {
    const view = fitted(FORTNIGHT);
    expect(fractionAt(view, FORTNIGHT.from)).toBeCloseTo(0.02, 2);
    expect(fractionAt(view, LAST)).toBeGreaterThan(0.93);
    expect(fractionAt(view, LAST)).toBeLessThan(0.99);
  });

  test('is a minute long at least, so that a click is no guess', () => {
    const view = fitted({ from: LAST - 2 * second, to: LAST });
    expect(lengthOf(view)).toBeGreaterThan(minute);
    expect(contains(view, LAST)).toBe(true);
  });

  test('stays on the screen as it is while little is added', () => {
    const views = [0, 1, 2].map((seconds) => fitted({ from: LAST - 2 * hour, to: LAST + seconds * second }));
    expect(new Set(views.map(({ to }) => to)).size).toBe(1);
  });
});

describe('zooming', () => {
  test('keeps the moment under the pointer where it is', () => {
    const about = momentAt(HOUR, 0.8);
    const view = zoomed(HOUR, 0.5, about, FORTNIGHT);
    expect(lengthOf(view)).toBe(hour / 2);
    expect(fractionAt(view, about)).toBeCloseTo(0.8);
  });

  test('goes from a fortnight to a second, and no farther', () => {
    let view = fitted(FORTNIGHT);
    for (let times = 0; times < 40; times += 1) view = zoomed(view, 0.5, MIDDLE, FORTNIGHT);
    expect(lengthOf(view)).toBe(second);
    expect(contains(view, MIDDLE)).toBe(true);
    for (let times = 0; times < 40; times += 1) view = zoomed(view, 2, MIDDLE, FORTNIGHT);
    expect(view).toEqual(fitted(FORTNIGHT));
  });

  test('with two fingers keeps both moments under them', () => {
    const moments = { from: MIDDLE, to: MIDDLE + 10 * minute };
    const view = pinched(moments, 0.2, 0.7, FORTNIGHT);
    expect(fractionAt(view, moments.from)).toBeCloseTo(0.2);
    expect(fractionAt(view, moments.to)).toBeCloseTo(0.7);
  });

  test('with two fingers at one place ends at the longest view', () => {
    expect(lengthOf(pinched({ from: MIDDLE, to: MIDDLE + day }, 0.5, 0.5, FORTNIGHT))).toBe(
      lengthOf(fitted(FORTNIGHT)),
    );
  });
});

describe('panning', () => {
  test('moves by a part of what is shown', () => {
    expect(panned(HOUR, 0.25, FORTNIGHT)).toEqual({ from: HOUR.from + hour / 4, to: HOUR.to + hour / 4 });
  });

  test('ends where a quarter of the view is beyond what is recorded', () => {
    expect(panned(HOUR, 1000, FORTNIGHT)).toEqual({ from: LAST - 0.75 * hour, to: LAST + 0.25 * hour });
    expect(panned(HOUR, -1000, FORTNIGHT).from).toBe(FORTNIGHT.from - 0.25 * hour);
  });

  test('a view of all stays', () => {
    expect(panned(fitted(FORTNIGHT), 0.1, FORTNIGHT)).toEqual(fitted(FORTNIGHT));
    const little = { from: LAST - second, to: LAST };
    expect(contains(clamped({ from: LAST - hour, to: LAST - hour / 2 }, little), LAST)).toBe(true);
  });
});

describe('following', () => {
  test('the newest is shown with a little room, and the view moves on in steps', () => {
    const views = [0, 1, 2, 3, 4].map((seconds) => newest(hour, { ...FORTNIGHT, to: LAST + seconds * second }));
    expect(new Set(views.map(({ from }) => from)).size).toBeLessThanOrEqual(2);
    for (const view of views) expect(fractionAt(view, LAST)).toBeGreaterThan(0.95);
    expect(fractionAt(newest(10 * second, FORTNIGHT), LAST)).toBeGreaterThan(0.7);
  });

  test('at first the last hour is shown, or all of less', () => {
    expect(lengthOf(opening(FORTNIGHT))).toBe(hour);
    const little = { from: LAST - 10 * minute, to: LAST };
    expect(opening(little)).toEqual(fitted(little));
  });

  test('a page is turned to a playhead that ran out of view', () => {
    expect(fractionAt(turned(HOUR, HOUR.to + second, FORTNIGHT), HOUR.to + second)).toBeCloseTo(0.1);
  });

  test('a moment is brought in sight by moving little, or from afar to the middle', () => {
    expect(revealed(HOUR, MIDDLE, FORTNIGHT)).toBe(HOUR);
    expect(fractionAt(revealed(HOUR, HOUR.to + minute, FORTNIGHT), HOUR.to + minute)).toBeCloseTo(0.9);
    expect(fractionAt(revealed(HOUR, HOUR.from - minute, FORTNIGHT), HOUR.from - minute)).toBeCloseTo(0.1);
    expect(fractionAt(revealed(HOUR, MIDDLE - day, FORTNIGHT), MIDDLE - day)).toBeCloseTo(0.5);
  });
});

test('small moves ask for nothing new', () => {
  const first = asked(HOUR);
  expect(first.from).toBeLessThanOrEqual(HOUR.from);
  expect(first.to).toBeGreaterThanOrEqual(HOUR.to);
  expect(lengthOf(first)).toBeLessThan(4 * hour);
  const steps = Array.from({ length: 20 }, (_, nth) => asked(panned(HOUR, nth / 100, FORTNIGHT)).from);
  expect(new Set(steps).size).toBeLessThanOrEqual(2);
});

describe('on the screen', () => {
  const view = { from: LAST, to: LAST + second };

  test('a moment and its place, there and back', () => {
    expect(xAt(view, LAST + 250, 1000)).toBe(250);
    expect(momentAtX(view, 250, 1000)).toBe(LAST + 250);
  });

  test('what reaches out of view is cut not far from it', () => {
    expect(placed(view, { from: LAST - day, to: LAST + 500 }, 1000)).toEqual({ left: -60, right: 500 });
    expect(placed(view, { from: LAST, to: LAST + day }, 1000)).toEqual({ left: 0, right: 1060 });
  });

  test('frames are shown where there is room for them', () => {
    expect(framesFit({ from: LAST, to: LAST + 10 * second }, 1200)).toBe(true);
    expect(framesFit({ from: LAST, to: LAST + 60 * second }, 1200)).toBe(false);
    const at60 = Array.from({ length: 61 }, (_, nth) => LAST + (nth * second) / 60);
    expect(apart(at60, view, 300)).toBe(at60);
    expect(apart(at60, view, 200)).toEqual([]);
    expect(apart([], view, 200)).toEqual([]);
  });

  test('dragging into a border moves the view, faster the farther', () => {
    expect(borderSpeed(500, 1000)).toBe(0);
    expect(borderSpeed(990, 1000)).toBeGreaterThan(0);
    expect(borderSpeed(1100, 1000)).toBe(0.6);
    expect(borderSpeed(-50, 1000)).toBe(-0.6);
  });
});
