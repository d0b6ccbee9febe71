import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Unreachable } from '$lib/api/problem';
import type { NodeStatus, RecorderStatus } from '$lib/domain/node_status';
import type { Peer } from '$lib/domain/peers';
import type { Stretch } from '$lib/domain/stretch';
import { NodeClock } from './node_clock.svelte';
import { NodeStatusFeed, SHOWN_MS } from './node_status.svelte';

const NOW = Date.parse('2026-11-24T14:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

function feedOf(...qualities: string[]) {
  let [hidden, failure, asked]: [boolean, Error | null, number] = [false, null, 0];
  const covered: string[] = [];
  const peers: Peer[] = [];
  const recorders = qualities.map((quality) => ({ channel: 'a', quality }) as RecorderStatus);
  const feed = new NodeStatusFeed({
    ask: async () => {
      asked += 1;
      if (failure) throw failure;
      return { now: new Date().toISOString(), recorders, replication: { peers: [...peers] } } as unknown as NodeStatus;
    },
    coverage: async (channel: string, quality: string, stretch: Stretch) => {
      covered.push(`${channel}/${quality}`);
      return { ...stretch, pieces: [{ ...stretch, reason: quality }] };
    },
    clock: new NodeClock(),
    hidden: () => hidden,
  });
  return {
    feed,
    covered,
    recorders,
    peers,
    asked: () => asked,
    hide: (now: boolean) => (hidden = now),
    fail: (error: Error | null) => (failure = error),
  };
}

test('asks every second, and not at all while nobody looks', async () => {
  const { feed, asked, hide } = feedOf();
  feed.run();
  await vi.advanceTimersByTimeAsync(2100);
  expect(asked()).toBe(3);
  hide(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked()).toBe(4);
  hide(false);
  feed.hurry();
  await vi.advanceTimersByTimeAsync(1);
  expect(asked()).toBe(5);
});

test('keeps what is known while the node does not answer, and recovers', async () => {
  const { feed, fail } = feedOf('source');
  feed.run();
  await vi.advanceTimersByTimeAsync(100);
  fail(new Unreachable());
  await vi.advanceTimersByTimeAsync(1000);
  expect(feed.broken).toEqual({ since: NOW, failures: 1, words: null });
  expect(feed.answer?.recorders).toHaveLength(1);
  fail(null);
  await vi.advanceTimersByTimeAsync(1000);
  expect(feed.broken).toBeNull();
});

test('asks for the last hour of each recorder, seldom', async () => {
  const { feed, covered, recorders } = feedOf('source', '480p');
  feed.run();
  await vi.advanceTimersByTimeAsync(5000);
  expect(covered.toSorted()).toEqual(['a/480p', 'a/source']);
  expect(feed.stretch.to - feed.stretch.from).toBe(SHOWN_MS);
  expect(recorders.map((each) => feed.known(each).map((piece) => piece.reason))).toEqual([['source'], ['480p']]);
});

test('remembers how much there was to do when it was most', async () => {
  const { feed, peers } = feedOf('source');
  expect(feed.peers).toEqual([]);
  peers.push({ name: 'south', hours_to_do: 40, segments_to_do: 900 } as Peer);
  feed.run();
  await vi.advanceTimersByTimeAsync(100);
  peers[0] = { ...peers[0], hours_to_do: 30 } as Peer;
  await vi.advanceTimersByTimeAsync(1000);
  expect(feed.peers.map((peer) => peer.hours_to_do)).toEqual([30]);
  expect(feed.most).toEqual({ south: { hours: 40, segments: 900 } });
});
