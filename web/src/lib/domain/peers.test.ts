import { describe, expect, test } from 'vitest';
import { mostToDo, peerFigures, peerStateWords, peerTone, toDoOf, wellWords, type Peer } from './peers';

const NOW = Date.parse('2026-11-24T14:14:10Z');
const UTC = { zone: 'utc', now: NOW } as const;
const SINCE = '2026-11-24T14:02:10.500000Z';

function peer(words: Partial<Peer> = {}): Peer {
  return {
    name: 'south',
    url: 'http://south:8700',
    kind: 'longtake 1.0',
    state: 'idle',
    since: SINCE,
    message: null,
    last_pass: '2026-11-24T14:14:00Z',
    last_wrong: null,
    pass_s: 0.42,
    pulled: 48_211,
    bytes: 3 * 2 ** 30,
    second_names: 2,
    tombstones: 1,
    chat: 1000,
    extras: 0,
    skipped: {},
    failed: {},
    hours_to_do: 0,
    segments_to_do: 0,
    ...words,
  };
}

describe('a state', () => {
  test.each([
    ['idle', 'good', 'idle: nothing to pull since 14:02:10 UTC'],
    ['pulling', 'good', 'pulling since 14:02:10 UTC'],
    ['starting', 'calm', 'starting since 14:02:10 UTC'],
    ['unreachable', 'broken', 'unreachable: it does not answer since 14:02:10 UTC'],
    ['refused', 'broken', 'refused: it answers, but does not give what it has since 14:02:10 UTC'],
    ['itself', 'broken', 'itself: it is this very node since 14:02:10 UTC'],
    ['unknown', 'broken', 'unknown: the process that pulls says nothing since 14:02:10 UTC'],
    ['toString', 'broken', 'toString since 14:02:10 UTC'],
  ])('%s is %s and %s', (state, tone, words) => {
    expect(peerTone(state)).toBe(tone);
    expect(peerStateWords({ state, since: SINCE }, UTC)).toBe(words);
  });

  test('without a time that can be read has none', () => {
    expect(peerStateWords({ state: 'pulling', since: 'lately' }, UTC)).toBe('pulling');
  });
});

describe('what is to do', () => {
  test.each([
    ['nothing', peer(), 'to do: nothing', 0],
    ['one hour', peer({ state: 'pulling', hours_to_do: 1 }), 'to do: 1 hour differs', 1],
    [
      'much',
      peer({ state: 'pulling', hours_to_do: 1200, segments_to_do: 1 }),
      'to do: 1,200 hours differ, 1 segment to pull now',
      1,
    ],
    ['of a peer that was never asked', peer({ state: 'refused' }), 'to do: not known', null],
    [
      'of a silent process',
      peer({ state: 'unknown', hours_to_do: null, segments_to_do: null }),
      'to do: not known',
      null,
    ],
  ])('%s is said', (_, one, words, left) => {
    expect(toDoOf(one, undefined)).toEqual({ words, left });
  });

  test('shrinks by hours, and in the last one by segments', () => {
    const left = (hours: number, segments: number, most: { hours: number; segments: number }) =>
      toDoOf(peer({ state: 'pulling', hours_to_do: hours, segments_to_do: segments }), most).left;
    expect(left(30, 900, { hours: 40, segments: 1800 })).toBe(0.75);
    expect(left(1, 450, { hours: 1, segments: 1800 })).toBe(0.25);
    expect(left(2, 0, { hours: 1, segments: 0 })).toBe(1);
  });

  test('is measured by the most since there was nothing', () => {
    const told = (hours: number | null, segments: number | null) => [
      peer({ hours_to_do: hours, segments_to_do: segments }),
    ];
    const first = mostToDo({}, told(40, 900));
    expect(first).toEqual({ south: { hours: 40, segments: 900 } });
    const later = mostToDo(first, told(30, 1800));
    expect(later).toEqual({ south: { hours: 40, segments: 1800 } });
    expect(mostToDo(later, told(null, null))).toEqual(later);
    expect(mostToDo(later, told(0, 0))).toEqual({});
    expect(mostToDo(later, [])).toEqual({});
    expect(mostToDo({}, told(null, null))).toEqual({});
  });
});

test('a peer has figures, always the same', () => {
  const figures = peerFigures(peer({ failed: { 'wrong bytes': 2, 'too big': 1 }, skipped: { recent: 4 } }), NOW);
  expect(figures.map(({ label, words }) => [label, words])).toEqual([
    ['last pass', '10 s ago'],
    ['segments', '48,211'],
    ['bytes', '3.0 GiB'],
    ['others', '1,003'],
    ['skipped', '4'],
    ['failed', '3'],
  ]);
  expect(figures.filter((one) => one.odd).map((one) => one.explained)).toEqual([
    'what could not be had: 2 wrong bytes, 1 too big',
  ]);
  expect(figures[0]?.explained).toContain('0.4 s');
  expect(figures[4]?.explained).toContain('4 recent');
  const [never] = peerFigures(peer({ last_pass: null, pass_s: null }), NOW);
  expect(never?.words).toBe('–');
});

test.each([
  [1, 0, 'All is well: 1 stream is recorded.'],
  [2, 3, 'All is well: 2 streams are recorded.'],
  [0, 1, 'All is well: nothing is set to be recorded, and 1 peer is asked for what is lacking.'],
  [0, 2, 'All is well: nothing is set to be recorded, and 2 peers are asked for what is lacking.'],
])('with %i streams and %i peers: %s', (streams, peers, words) => {
  expect(wellWords(streams, peers)).toBe(words);
});
