import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Refused, Unreachable } from '$lib/api/problem';
import { Channels } from './channels.svelte';
import { NodeClock } from './node_clock.svelte';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

function asking(hidden = false) {
  let failure: Error | null = null;
  let asked = 0;
  const clock = new NodeClock();
  const channels = new Channels({
    ask: async () => {
      asked += 1;
      if (failure) throw failure;
      return { now: Date.now() + 7000, channels: [] };
    },
    clock,
    hidden: () => hidden,
    onAnswer: () => undefined,
  });
  const fail = (error: Error | null) => (failure = error);
  return { channels, clock, fail, asked: () => asked };
}

test('asks every 2 seconds, and takes over the clock of the node', async () => {
  const { channels, clock, asked } = asking();
  const stop = channels.run();
  await vi.advanceTimersByTimeAsync(4100);
  expect(asked()).toBe(3);
  clock.tick();
  expect(clock.now).toBe(Date.now() + 7000);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked()).toBe(3);
});

test('asks every 10 seconds while nobody looks', async () => {
  const { channels, asked } = asking(true);
  channels.run();
  await vi.advanceTimersByTimeAsync(10_100);
  expect(asked()).toBe(2);
});

test('waits longer and longer for a node that is gone, keeps what is known, and recovers', async () => {
  const { channels, fail, asked } = asking();
  channels.run();
  await vi.advanceTimersByTimeAsync(100);
  fail(new Unreachable());
  await vi.advanceTimersByTimeAsync(2000);
  expect(channels.broken).toEqual({ since: 1_000_000, failures: 1, words: null });
  expect(channels.list).toEqual([]);
  await vi.advanceTimersByTimeAsync(6000);
  expect(asked()).toBe(4);
  expect(channels.broken?.failures).toBe(3);
  fail(null);
  channels.hurry();
  await vi.advanceTimersByTimeAsync(1);
  expect(channels.broken).toBeNull();
});

test('tells what the node said when it refused', async () => {
  const { channels, fail } = asking();
  fail(new Refused(503, 'Busy', 'starting'));
  channels.run();
  await vi.advanceTimersByTimeAsync(1);
  expect(channels.broken).toEqual({ since: null, failures: 1, words: 'starting' });
});
