import { expect, test } from 'vitest';
import { added, NO_MARKS } from '$lib/domain/marks';
import { Replay } from './replay.svelte';

const FRAME = 40;

/** A player that shows what it is told, one frame after the other. */
function replaying() {
  const marks = { list: added(NO_MARKS, { in: 10_000, out: 10_200 }) };
  const did: string[] = [];
  const player = {
    moment: 0 as number | null,
    playing: false,
    play: () => (player.playing = true),
    pause: () => (player.playing = false),
    seek: (at: number) => did.push(`seek ${(player.moment = at)}`),
  };
  const frames = { before: (at: number) => ({ at: at - FRAME, until: at }), distanceMs: () => FRAME };
  const watch = { goTo: (at: number) => did.push(`go to ${(player.moment = at)}`) };
  const replay = new Replay({ player: player as never, watch: watch as never, frames, marks });
  const show = (count: number) => {
    for (let frame = 0; frame < count && player.playing; frame += 1) {
      player.moment = (player.moment ?? 0) + FRAME;
      replay.shown();
    }
  };
  return { replay, player, did, marks, show };
}

test('the marked part is played, and what rests is its last frame', () => {
  const { replay, player, did, show } = replaying();
  replay.start({ kind: 'part', id: '1' });
  show(3);
  expect(replay.what).not.toBeNull();
  show(30);
  expect(did).toEqual(['go to 10000', 'seek 10160']);
  expect(player).toMatchObject({ playing: false, moment: 10_160 });
  expect(replay.what).toBeNull();
});

test('a loop goes around its edge until it is ended', () => {
  const { replay, did, show } = replaying();
  replay.toggle({ kind: 'loop', id: '1', edge: 'in' });
  show(160);
  expect(did).toEqual(['go to 8500', 'seek 8500', 'seek 8500']);
  replay.toggle({ kind: 'loop', id: '1', edge: 'in' });
  expect(replay.what).toBeNull();
});

test('a loop goes with its edge', () => {
  const { replay, did, marks, show } = replaying();
  replay.start({ kind: 'loop', id: '1', edge: 'out' });
  marks.list = added(NO_MARKS, { in: 10_000, out: 10_400 });
  show(80);
  expect(did).toEqual(['go to 8700', 'seek 8900']);
});

test('whoever goes elsewhere ends it', () => {
  const { replay, player, show } = replaying();
  replay.start({ kind: 'loop', id: '1', edge: 'in' });
  player.moment = 60_000;
  show(1);
  expect(replay.what).toBeNull();
  expect(player.playing).toBe(true);
});

test('a mark without an out cannot be played', () => {
  const { replay, did, marks } = replaying();
  marks.list = added(NO_MARKS, { in: 10_000 });
  replay.start({ kind: 'part', id: '1' });
  expect(did).toEqual([]);
});
