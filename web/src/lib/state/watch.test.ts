import { describe, expect, test } from 'vitest';
import type { Channel, Quality } from '$lib/domain/channels';
import type { Piece } from '$lib/domain/coverage';
import type { Playlist, Source } from '$lib/domain/seeking';
import { Watch } from './watch.svelte';

const NEWEST = Date.parse('2026-11-24T04:00:00Z');
const minute = 60_000;

function channel(name: string, changes: Partial<Quality> = {}): Channel {
  const base: Quality = {
    name: 'source',
    first: NEWEST - 60 * minute,
    last: NEWEST,
    state: 'recording',
    message: null,
  };
  return { name, qualities: [{ ...base, ...changes }] };
}

/** A watch on a player that only writes down what it is told; it shows what it was last sent to. */
function watching(...channels: Channel[]) {
  const did: string[] = [];
  const pieces: Piece[] = [];
  const minutes = (wall: number | null) => (wall === null ? 'live' : `${(wall - NEWEST) / minute} min`);
  const player = {
    wall: null as number | null,
    get moment() {
      return player.wall;
    },
    playing: false,
    trouble: null as { kind: 'empty' } | null,
    speed: { set: () => undefined },
    neighbour: (direction: number) => (player.wall === null ? null : player.wall + direction * 40),
    landed: null,
    loaded: null as { playlist: Playlist; source: Source; engine: never } | null,
    listed: null as { first: number; last: number } | null,
    onEnded: (): void => undefined,
    onTimeline: (): void => undefined,
    load(playlist: Playlist, source: Source, wanted: number | null) {
      const start = source.kind === 'live' ? NEWEST - minute : source.start;
      const last = source.kind === 'live' ? NEWEST : (source.end ?? NEWEST);
      player.loaded = { playlist, source, engine: undefined as never };
      player.listed = { first: start, last };
      player.wall = wanted ?? NEWEST - 6000;
      did.push(`load ${playlist.url.split('/')[0]} at ${minutes(wanted)}`);
    },
    seek: (wall: number) => did.push(`seek to ${minutes((player.wall = wall))}`),
    skip: (seconds: number) => {
      player.wall = (player.wall ?? 0) + seconds * 1000;
      return did.push(`skip ${seconds}`) > 0;
    },
    seekToLive: () => did.push('seek to live') > 0,
    step: (direction: number) => did.push(`step ${direction}`),
    play: () => (player.playing = true),
    pause: () => (player.playing = false),
    close: () => did.push('close'),
    retry: () => did.push('retry'),
  };
  const known = { list: channels as readonly Channel[] | null };
  const watch = new Watch({
    node: {
      playlist: (name, quality) => ({ url: `${name}/${quality.name}`, separateSound: false }),
      coverage: async (_, __, stretch) => ({ ...stretch, pieces }),
    },
    channels: known,
    clock: { now: NEWEST },
    preferences: { zone: 'utc' },
    stuckSince: () => null,
    player: player as never,
    onMove: () => did.push('moved'),
  });
  return { watch, player, did, pieces };
}

const nowhere = { channel: null, quality: null, at: null };

describe('a page that is opened', () => {
  test('without a place plays live of what records', () => {
    const { watch, did } = watching(channel('old', { state: 'stopped' }), channel('demo'));
    watch.open(nowhere);
    expect(did).toEqual(['load demo at live']);
    expect(watch.place).toEqual({ channel: 'demo', quality: 'source', at: null });
  });

  test('at a moment plays from there, and the address keeps it', () => {
    const { watch, did } = watching(channel('demo'));
    watch.open({ ...nowhere, at: NEWEST - 10 * minute });
    expect(did).toEqual(['load demo at -10 min']);
    expect(watch.place.at).toBe(NEWEST - 10 * minute);
  });

  test('waits for a channel that has nothing yet', () => {
    const { watch, did } = watching(channel('demo', { first: null, last: null, state: 'waiting' }));
    watch.open(nowhere);
    expect(did).toEqual([]);
  });

  test('opens once, however often the node is asked', () => {
    const { watch, did } = watching(channel('demo'));
    watch.open(nowhere);
    watch.channelsKnown();
    watch.channelsKnown();
    expect(did).toHaveLength(1);
  });

  test('says so when the channel is not there, and does not show another', () => {
    const { watch, did } = watching(channel('demo'));
    watch.open({ ...nowhere, channel: 'nope' });
    expect(watch.unknownChannel).toBe('nope');
    expect(did).toEqual([]);
  });
});

describe('from live', () => {
  function live() {
    const all = watching(channel('demo'), channel('other'));
    all.watch.open({ ...nowhere, channel: 'demo' });
    all.did.length = 0;
    return all;
  }

  test('a small step back stays in the live playlist, and is not live any more', () => {
    const { watch, did } = live();
    watch.skip(-10);
    expect(did).toEqual(['skip -10']);
    expect(watch.following).toBe(false);
  });

  test('a long step back loads the past', () => {
    const { watch, did } = live();
    watch.skip(-60);
    expect(did).toEqual(['load demo at -1.1 min']);
  });

  test('a step on is still live', () => {
    const { watch, did } = live();
    watch.skip(10);
    expect(did).toContain('seek to live');
    expect(watch.following).toBe(true);
  });

  test('a named moment is a step in the history, and live again is another', () => {
    const { watch, did } = live();
    watch.goTo(NEWEST - 30 * minute);
    watch.goLive();
    expect(did).toEqual(['load demo at -30 min', 'moved', 'moved', 'load demo at live']);
  });

  test('a step back ends at the first recorded', () => {
    const { watch, player } = live();
    watch.goTo(NEWEST - 60 * minute + 2000);
    watch.skip(-60);
    expect(player.wall).toBe(NEWEST - 60 * minute);
  });

  test('a pause is a place in the past', () => {
    const { watch, player } = live();
    watch.toggle();
    expect(player.playing).toBe(false);
    expect(watch.place.at).toBe(NEWEST - 6000);
  });

  test('another channel is live, another quality of the same keeps the moment', () => {
    const { watch, did } = live();
    watch.goTo(NEWEST - 30 * minute);
    watch.choose('other', null);
    expect(did.at(-2)).toBe('load other at live');
    watch.goTo(NEWEST - 20 * minute);
    watch.choose('other', 'source');
    expect(did.at(-2)).toBe('load other at -20 min');
  });
});

test('another quality of a picture that rests is not played', () => {
  const { watch, player } = watching(channel('demo'));
  watch.open({ ...nowhere, at: NEWEST - 10 * minute }, false);
  watch.choose('demo', 'source');
  expect(player.playing).toBe(false);
  watch.choose('demo', 'source');
  watch.goLive();
  expect(player.playing).toBe(true);
});

test('a frame before what is loaded loads it', () => {
  const { watch, player, did } = watching(channel('demo'));
  watch.open({ ...nowhere, at: NEWEST - 10 * minute });
  watch.step(-1);
  player.listed = { first: NEWEST - 10 * minute, last: NEWEST };
  watch.step(-1);
  expect(did.slice(1)).toEqual(['step -1', `load demo at ${-10 - 40 / minute} min`]);
});

test('around a moment that is not recorded, both sides are looked for', async () => {
  const { watch, player, pieces } = watching(channel('demo'));
  const at = NEWEST - 10 * minute;
  pieces.push({ from: at - 5 * minute, to: at - minute, reason: null });
  pieces.push({ from: at + minute, to: NEWEST, reason: null });
  watch.open({ ...nowhere, at });
  player.trouble = { kind: 'empty' };
  await watch.findNearest(at);
  expect(watch.message?.offers.map((offer) => offer.at)).toEqual([at - minute - 1000, at + minute]);
});

test('a bounded playlist that was played to its end is followed by the next', () => {
  const { watch, player, did } = watching(channel('demo', { first: NEWEST - 900 * minute }));
  watch.open({ ...nowhere, at: NEWEST - 600 * minute });
  player.onEnded();
  expect(did).toEqual(['load demo at -600 min', 'load demo at -570 min']);
});

test('a picture paused at live is taken over before the live playlist drops it', async () => {
  const { watch, player, did } = watching(channel('demo'));
  watch.open(nowhere);
  watch.toggle();
  player.listed = { first: NEWEST - 5000, last: NEWEST + 55_000 };
  player.onTimeline();
  await Promise.resolve();
  expect(did).toEqual(['load demo at live', 'load demo at -0.1 min']);
});
