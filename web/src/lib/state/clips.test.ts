import { expect, test } from 'vitest';
import type { Frame } from '$lib/domain/grid';
import { Clips } from './clips.svelte';
import { Marks } from './marks.svelte';
import { MarkHoles } from './mark_holes.svelte';
import { Replay } from './replay.svelte';
import type { Saving } from './saving';

const T = Date.parse('2026-11-24T08:00:00Z');
const FRAME = 40;

/** Frames of 40 ms, all of them known; or none. */
function framesOf(isKnown: boolean) {
  let known = isKnown;
  const at = (wall: number): Frame | null => {
    const begin = Math.floor(wall / FRAME) * FRAME;
    return known ? { at: begin, until: begin + FRAME } : null;
  };
  return {
    at,
    after: (wall: number) => at(wall + FRAME),
    before: (wall: number) => at(wall - FRAME),
    snap: (wall: number) => (known ? Math.ceil(wall / FRAME) * FRAME : null),
    distanceMs: () => (known ? FRAME : null),
    learn: () => (known = true),
  };
}

/** A page whose player shows the frame at `moment`, and what it was told to do. */
function clipping(known = true) {
  const did: string[] = [];
  const frames = framesOf(known);
  const player = {
    moment: T as number | null,
    playing: false,
    bytesPerSecond: 1000,
    get frame() {
      return player.moment === null ? null : frames.at(player.moment);
    },
    pause: () => did.push('pause'),
    play: () => did.push('play'),
    seek: (at: number) => did.push(`seek ${at - T}`),
  };
  const watch = {
    channel: { name: 'demo' },
    quality: { name: 'source' },
    goTo: (at: number) => did.push(`go to ${at - T}`),
  };
  const marks = new Marks({
    storage: { getItem: () => null, setItem: () => undefined },
    distanceMs: frames.distanceMs,
    nearestFrame: (at) => at,
  });
  const replay = new Replay({ player, watch, frames, marks });
  const saving: Saving = {
    inMemory: (name) => ({
      write: async () => undefined,
      close: async () => void did.push(`saved ${name}`),
      abort: async () => undefined,
    }),
    toChosenFile: null,
    byBrowser: () => undefined,
  };
  const clips = new Clips({
    node: { cutUrl: () => 'data:,cut', frameUrl: () => 'data:,picture' },
    watch: watch as never,
    player,
    marks,
    frames,
    replay,
    holes: new MarkHoles({ ask: () => null }),
    saving,
    address: () => 'http://node.test/?channel=demo',
  });
  const edges = () => marks.list.marks.map((mark) => [(mark.in ?? NaN) - T, (mark.out ?? NaN) - T]);
  /** Marks from one frame shown to another. */
  const mark = (first: number, last: number) => {
    player.moment = T + first;
    clips.setEdge('in');
    player.moment = T + last;
    clips.setEdge('out');
  };
  return { clips, marks, frames, player, did, edges, mark };
}

test('the frame shown at out is the last one, so that out is the time of the next', () => {
  const { clips, marks, edges, mark } = clipping();
  mark(0, 200);
  expect(edges()).toEqual([[0, 240]]);
  expect(marks.active && clips.lengthOf(marks.active)).toEqual({ ms: 240, frames: 6 });
});

test('one frame is a part too', () => {
  const { edges, mark } = clipping();
  mark(80, 80);
  expect(edges()).toEqual([[80, 120]]);
});

test('where the node has told no frames, the usual distance has to do', () => {
  const { clips, marks, edges, mark } = clipping(false);
  mark(0, 200);
  expect(edges()[0]?.[1]).toBeCloseTo(233.333, 2);
  expect(marks.active && clips.lengthOf(marks.active)?.frames).toBeNull();
});

test('once the frames are known, edges that were set before get their times', () => {
  const { clips, frames, edges, mark } = clipping(false);
  mark(12, 212);
  frames.learn();
  clips.framesKnown();
  expect(edges()).toEqual([[0, 240]]);
});

test('before anything is shown there is nothing to mark', () => {
  const { clips, player, edges } = clipping();
  player.moment = null;
  clips.setEdge('in');
  clips.begin();
  expect(edges()).toEqual([]);
});

test('going to an edge shows the first or the last marked frame, and rests there', () => {
  const { clips, did, mark } = clipping();
  mark(0, 200);
  clips.goTo('in');
  clips.goTo('out');
  expect(did).toEqual(['pause', 'go to 0', 'pause', 'go to 200']);
});

test('an edge is nudged by a frame, which is shown then', () => {
  const { clips, did, edges, mark } = clipping();
  mark(0, 200);
  clips.nudge('1', 'in', 1);
  clips.nudge('1', 'out', -1);
  expect(edges()).toEqual([[40, 200]]);
  expect(did.filter((each) => each !== 'pause')).toEqual(['go to 40', 'go to 160']);
});

test('a nudge during a loop leaves the loop alone', () => {
  const { clips, did, mark } = clipping();
  mark(0, 200);
  clips.loop('in');
  clips.nudge('1', 'in', 1);
  expect(did).toEqual(['go to -1500', 'play']);
});

test('a typed time becomes that of the next frame', () => {
  const { clips, edges, mark } = clipping();
  mark(0, 200);
  clips.typed('1', 'in', T + 41);
  expect(edges()).toEqual([[80, 240]]);
});

test('a link holds the part, or the moment where there is none', () => {
  const { clips, marks, mark } = clipping();
  mark(0, 200);
  const place = 'http://node.test/?channel=demo&quality=source&at=2026-11-24T08:00:00.';
  expect(clips.link(marks.active)).toBe(`${place}000Z&in=2026-11-24T08:00:00.000Z&out=2026-11-24T08:00:00.240Z`);
  expect(clips.link(null)).toBe(`${place}200Z`);
});

test('what is saved is called by its time, or by its own name', async () => {
  const { clips, marks, did, mark } = clipping();
  mark(0, 200);
  clips.saveFrame();
  await expect.poll(() => clips.pictured).toBe(T + 200);
  marks.describe('1', { name: 'the run' });
  clips.download({ id: '1', in: T, out: T + 240, name: 'the run', allowHoles: false }, 'ts');
  await expect.poll(() => clips.downloadOf('1').state.kind).toBe('done');
  expect(did).toEqual(['saved demo 2026-11-24T08-00-00.200Z.png', 'saved the run.ts']);
});
