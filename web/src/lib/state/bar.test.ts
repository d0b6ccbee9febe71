import { expect, test } from 'vitest';
import type { Quality } from '$lib/domain/channels';
import type { Piece } from '$lib/domain/coverage';
import { Bar } from './bar.svelte';
import type { WantedCoverage } from './coverage.svelte';

const LAST = Date.parse('2026-11-24T04:00:00Z');
const minute = 60_000;

function barOf(changes: Partial<Quality>, known: Piece[], wall: number | null = null) {
  const quality: Quality = {
    name: 'source',
    first: LAST - 180 * minute,
    last: LAST,
    state: 'recording',
    message: null,
    ...changes,
  };
  const wanted: (WantedCoverage | null)[] = [];
  const bar = new Bar({
    watch: { channel: { name: 'demo', qualities: [quality] }, quality },
    player: { wall },
    clock: { now: LAST + 5000 },
    coverage: { known, want: (each) => wanted.push(each) },
  });
  bar.refresh();
  return { bar, wanted: wanted[0]?.stretch };
}

const known = (from: number, to: number): Piece => ({
  from: LAST + from * minute,
  to: LAST + to * minute,
  reason: null,
});

test('while it records, the bar ends where the holes are known to', () => {
  const { bar, wanted } = barOf({}, [known(-60, -0.1)]);
  expect(bar.stretch).toEqual({ from: LAST - 60.1 * minute, to: LAST - 0.1 * minute });
  expect(wanted).toEqual({ from: LAST - 60 * minute, to: LAST });
  expect(bar.recordedMs).toBeNull();
});

test('it does not wait long for them', () => {
  expect(barOf({}, [known(-60, -1)]).bar.stretch?.to).toBe(LAST);
  expect(barOf({}, []).bar.stretch?.to).toBe(LAST);
});

test('while the stream is down, the bar goes on to now, as far as the node says so', () => {
  const { wanted } = barOf({ state: 'waiting' }, []);
  expect(wanted).toEqual({ from: LAST + 5000 - 60 * minute, to: LAST + 5000 });
  expect(barOf({ state: 'waiting' }, [known(-60, -1)]).bar.stretch?.to).toBe(LAST - minute);
  expect(barOf({ state: 'stopped' }, []).wanted?.to).toBe(LAST);
});

test('nothing is asked of the time before the first that is recorded', () => {
  const { bar, wanted } = barOf({ first: LAST - 20_000 }, [known(-1 / 3, 0)]);
  expect(wanted?.from).toBe(LAST - 20_000);
  expect(bar.stretch?.from).toBe(LAST - minute);
  expect(bar.recordedMs).toBe(20_000);
});

test('a playhead before the last hour shows all', () => {
  const { bar, wanted } = barOf({}, [], LAST - 100 * minute);
  expect(bar.view).toBe('all');
  expect(wanted?.from).toBe(LAST - 180 * minute);
});

test('nothing is wanted while nothing is recorded', () => {
  const { bar, wanted } = barOf({ first: null, last: null }, []);
  expect(bar.stretch).toBeNull();
  expect(wanted).toBeUndefined();
});
