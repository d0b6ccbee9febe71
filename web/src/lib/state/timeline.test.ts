import { describe, expect, test } from 'vitest';
import type { Quality } from '$lib/domain/channels';
import type { Piece } from '$lib/domain/coverage';
import type { WantedCoverage } from './coverage.svelte';
import { Timeline } from './timeline.svelte';

const LAST = Date.parse('2026-11-24T04:00:00Z');
const minute = 60_000;

function timelineOf(changes: Partial<Quality>, known: Piece[]) {
  const base: Quality = { name: 'source', first: LAST - 180 * minute, last: LAST, state: 'recording', message: null };
  const quality = { ...base, ...changes };
  const wanted: (WantedCoverage | null)[] = [];
  const watch = { channel: { name: 'demo', qualities: [quality] }, quality };
  const timeline = new Timeline({
    watch,
    clock: { now: LAST + 5000 },
    coverage: { known, want: (each) => wanted.push(each) },
  });
  const refresh = () => {
    timeline.refresh();
    return wanted.at(-1) ?? null;
  };
  return { timeline, refresh, watch };
}

const known = (from: number, to: number): Piece => ({
  from: LAST + from * minute,
  to: LAST + to * minute,
  reason: null,
});

describe('what is shown', () => {
  test('ends where the holes are known to, while it is recorded', () => {
    const { timeline } = timelineOf({}, [known(-180, -0.1)]);
    expect(timeline.shown).toEqual({ from: LAST - 180 * minute, to: LAST - 0.1 * minute });
    expect(timeline.recordedMs).toBe(179.9 * minute);
  });

  test('does not wait long for them', () => {
    expect(timelineOf({}, [known(-60, -1)]).timeline.shown?.to).toBe(LAST);
    expect(timelineOf({}, []).timeline.shown?.to).toBe(LAST);
  });

  test('goes on to now while the stream is down, as far as the node says so', () => {
    expect(timelineOf({ state: 'waiting' }, [known(-60, -1)]).timeline.shown?.to).toBe(LAST - minute);
    expect(timelineOf({ state: 'waiting' }, []).timeline.shown?.to).toBe(LAST + 5000);
    expect(timelineOf({ state: 'stopped' }, []).timeline.recording).toBe(false);
  });

  test('is nothing while nothing is recorded', () => {
    const { timeline, refresh } = timelineOf({ first: null, last: null }, []);
    expect(timeline.shown).toBeNull();
    expect(timeline.view.stretch).toBeNull();
    expect(refresh()).toBeNull();
  });
});

describe('what is asked', () => {
  test('is what is in view and beside it, of what is recorded', () => {
    const wanted = timelineOf({}, []).refresh();
    expect(wanted).toMatchObject({ channel: 'demo', quality: 'source', newest: LAST });
    expect(wanted?.stretch.to).toBe(LAST);
    expect(wanted?.stretch.from).toBeLessThan(LAST - 60 * minute);
    expect(timelineOf({ first: LAST - 20_000 }, []).refresh()?.stretch.from).toBe(LAST - 20_000);
  });

  test('is little where the view is near, and all where it is far', () => {
    const { timeline, refresh } = timelineOf({}, []);
    timeline.view.zoomTo(LAST - 90 * minute, LAST - 89 * minute);
    const near = refresh()?.stretch;
    expect(near && near.to - near.from).toBeLessThan(4 * minute);
    timeline.view.fit();
    expect(refresh()?.stretch).toEqual({ from: LAST - 180 * minute, to: LAST });
  });
});

test('another channel begins anew, another quality of the same does not', () => {
  const { timeline, refresh, watch } = timelineOf({}, []);
  timeline.view.fit();
  refresh();
  watch.quality = { ...watch.quality, name: '360p' };
  refresh();
  expect(timeline.view.chosen).not.toBeNull();
  watch.channel = { ...watch.channel, name: 'other' };
  refresh();
  expect(timeline.view.chosen).toBeNull();
});
