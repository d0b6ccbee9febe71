import { expect, test } from 'vitest';
import { NOWHERE, type Place } from '$lib/domain/place';
import { Places } from './places';

const NOW = Date.parse('2026-11-24T08:00:00Z');

function places() {
  const did: string[] = [];
  const named = (name: string) => ({ name }) as never;
  const watch = {
    channel: null as null,
    quality: null as null,
    following: false,
    place: { channel: 'demo', quality: 'source', at: NOW },
    open: (place: { at: number | null }, playing: boolean) => did.push(`open ${place.at} ${playing}`),
  };
  const marks = {
    active: null as null,
    open: (channel: string, quality: string) => did.push(`marks of ${channel}/${quality}`),
    show: (start: number | null, end: number | null) => did.push(`show ${start} ${end}`),
  };
  const view = { chosen: null as { from: number; to: number } | null };
  const player = { playing: true };
  const screen = { wall: false, show: (wall: boolean) => (screen.wall = wall) };
  const both = new Places({
    watch: watch as never,
    player,
    marks: marks as never,
    view,
    screen: screen as never,
    now: () => NOW,
  });
  const known = () => {
    watch.channel = named('demo');
    watch.quality = named('source');
    both.channelKnown();
  };
  return { places: both, watch, view, did, known };
}

const linked: Place = { ...NOWHERE, channel: 'demo', at: 5, in: 5, out: 9, view: { from: 0, to: 10 } };

test('a linked part waits for its channel, and stays in the address until then', () => {
  const { places: shown, view, did, known } = places();
  shown.open(linked, false);
  expect(did).toEqual(['open 5 false']);
  expect(shown.place).toMatchObject({ in: 5, out: 9, view: { from: 0, to: 10 } });
  expect(view.chosen).toEqual({ from: 0, to: 10 });
  known();
  expect(did.slice(1)).toEqual(['marks of demo/source', 'show 5 9']);
});

test('at live, the zoom is kept as a length and goes on', () => {
  const { places: shown, watch, view } = places();
  shown.open({ ...NOWHERE, view: { newestS: 60 } }, true);
  expect(view.chosen).toEqual({ from: NOW - 60_000, to: NOW });
  watch.following = true;
  expect(shown.place.view).toEqual({ newestS: 60 });
});
