import { describe, expect, test } from 'vitest';
import {
  byChannel,
  coverageBoxes,
  coverageWords,
  diskTone,
  diskWords,
  figuresOf,
  kindWords,
  roomWords,
  roughSpan,
  sinceWords,
  stateWords,
  toneOf,
  type RecorderStatus,
} from './node_status';

const NOW = Date.parse('2026-11-24T14:14:10Z');
const UTC = { zone: 'utc', now: NOW } as const;
const SINCE = '2026-11-24T14:02:10.500000Z';

function recorder(words: Partial<RecorderStatus> = {}): RecorderStatus {
  return {
    channel: 'a',
    quality: 'source',
    state: 'recording',
    since: SINCE,
    message: null,
    last_segment_end: '2026-11-24T14:14:06Z',
    lag_s: 1.84,
    segments: { full: 1234, suspect: 2 },
    bytes: 0,
    retries: 3,
    missed: 2,
    last_error: null,
    source: 'twitch',
    important: false,
    bitrate_bps: 6_120_000,
    width: 1920,
    height: 1080,
    frame_rate: 59.94,
    codecs: null,
    ads: 0,
    gaps: 0,
    date_jumps: 0,
    date_jump_s: null,
    missed_because: { broken_off: 2 },
    errors: [],
    located: null,
    renew: null,
    disk: null,
    heard: null,
    age_s: 4,
    skew_s: null,
    disk_free_bytes: null,
    disk_hours: 19,
    ...words,
  };
}

describe('a state', () => {
  test.each([
    ['recording', 'good', 'recording since 14:02:10 UTC'],
    ['down', 'calm', 'the stream is down since 14:02:10 UTC'],
    ['refused', 'broken', 'the site refuses, or has changed since 14:02:10 UTC'],
    ['dreaming', 'broken', 'dreaming since 14:02:10 UTC'],
  ])('%s is %s and %s', (state, tone, words) => {
    expect(toneOf(state)).toBe(tone);
    expect(stateWords({ state, since: SINCE }, UTC)).toBe(words);
  });

  test('without a time that can be read has none', () => {
    expect(stateWords({ state: 'absent', since: '' }, UTC)).toBe('not recorded by anybody');
    expect(sinceWords(null, UTC)).toBe('');
    expect(sinceWords(SINCE, UTC)).toBe(' since 14:02:10 UTC, for 12 min');
  });
});

test('recorders stand below their channels, in the order in which they came', () => {
  const list = [recorder(), recorder({ quality: '480p' }), recorder({ channel: 'b' })];
  expect(byChannel(list).map(({ name, recorders }) => [name, recorders.length])).toEqual([
    ['a', 2],
    ['b', 1],
  ]);
});

describe('figures', () => {
  const words = (...args: Parameters<typeof figuresOf>) =>
    Object.fromEntries(figuresOf(...args).map((each) => [each.label, each.words]));

  test('say what is known', () => {
    expect(words(recorder({ skew_s: -0.71 }), NOW)).toEqual({
      newest: '4 s ago',
      lag: '1.8 s',
      bitrate: '6.1 Mbit/s',
      full: '1,234',
      doubtful: '2',
      missed: '2',
      retries: '3',
      ads: '0',
      skew: '−0.7 s',
      room: '19 h',
    });
  });

  test('are the same ones when nothing is known', () => {
    const nothing = { last_segment_end: null, lag_s: null, bitrate_bps: null, disk_hours: null, segments: {} };
    const known = words(recorder(nothing), NOW);
    expect(Object.keys(known)).toEqual(Object.keys(words(recorder(), NOW)));
    expect([known.newest, known.lag, known.bitrate, known.skew, known.room]).toEqual(['–', '–', '–', '–', '–']);
  });

  test('that need a look are marked, with their reasons', () => {
    const odd = figuresOf(recorder(), NOW).filter((each) => each.odd);
    expect(odd.map((each) => each.label)).toEqual(['doubtful', 'missed', 'room']);
    expect(odd[1]?.explained).toContain('2 broken off');
  });
});

test('what is recorded is told in short', () => {
  expect(kindWords(recorder({ important: true }))).toBe('1920×1080, 59.94 fps, twitch, important');
  expect(kindWords(recorder({ width: null, frame_rate: null, source: '' }))).toBe('');
});

test.each([
  [5.24, '5.2 h'],
  [19.4, '19 h'],
  [264, '11 d'],
  [null, null],
])('room for %s hours is %s', (hours, words) => {
  expect(roomWords(hours)).toBe(words);
});

test('a disk says its room, and how much it needs a look', () => {
  const disk = { name: '/', trouble: null, slow: false, free_bytes: 800 * 2 ** 30, hours: 19, verdict: 'enough' };
  expect(diskWords(disk)).toBe('800 GiB free, room for 19 h of recording');
  expect(diskWords({ ...disk, free_bytes: null, hours: null })).toBe('nothing known yet');
  expect(diskTone(disk)).toBe('good');
  expect(diskTone({ ...disk, verdict: 'low' })).toBe('calm');
  expect(diskTone({ ...disk, trouble: 'the disk fails' })).toBe('broken');
});

test('the last hour is a picture and a sentence', () => {
  const stretch = { from: NOW - 3_600_000, to: NOW };
  const at = (minutes: number) => stretch.from + minutes * 60_000;
  const known = [
    { from: at(0), to: at(30), reason: null },
    { from: at(30), to: at(33), reason: 'recorded in part' },
    { from: at(33), to: at(36), reason: 'not recorded' },
    { from: at(36), to: at(59), reason: null },
    { from: at(59), to: at(60), reason: 'not recorded' },
  ];
  const boxes = coverageBoxes(known, stretch, at(59), UTC);
  expect(boxes.map((box) => box.kind)).toEqual(['recorded', 'doubtful', 'hole', 'recorded']);
  expect(boxes[1]?.title).toBe('recorded in part: 13:44:10 UTC, 3 min');
  expect(coverageWords(boxes, 3_600_000)).toBe('last hour: 53 min recorded, 3 min doubtful, 1 hole, together 3 min');
  expect(coverageBoxes(known, stretch, null, UTC)).toHaveLength(5);
  expect(coverageWords([], 3_600_000)).toBe('last hour: nothing known yet');
});

test('how long ago something was is told in one unit', () => {
  expect([-5, 59_999, 731_000, 7_200_000, 200_000_000].map(roughSpan)).toEqual(['0 s', '59 s', '12 min', '2 h', '2 d']);
});
