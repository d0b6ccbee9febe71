import { describe, expect, test } from 'vitest';
import type { Quality } from './channels';
import { behindWords, pictureMessage, recordedWords, type PictureFacts } from './words';

const NOW = Date.parse('2026-11-24T04:16:00Z');
const minute = 60_000;

function quality(changes: Partial<Quality> = {}): Quality {
  return { name: 'source', first: NOW - 60 * minute, last: NOW, state: 'recording', message: null, ...changes };
}

function facts(changes: Partial<PictureFacts> = {}): PictureFacts {
  return {
    channel: 'demo',
    quality: quality(),
    now: NOW,
    zone: 'utc',
    stuckSince: null,
    wanted: null,
    trouble: null,
    nearest: null,
    landed: null,
    ...changes,
  };
}

describe('what is recorded, in words', () => {
  test.each<[string, Partial<Quality>, string]>([
    ['still recording', {}, 'since 03:16:00'],
    ['nothing', { first: null, last: null }, 'nothing recorded yet'],
    ['over', { state: 'stopped', last: NOW - minute }, '03:16:00 to 04:15:00'],
    [
      'over since days',
      { state: 'stopped', first: NOW - 4320 * minute, last: NOW - 2880 * minute },
      '2026-11-21 04:16:00 to 2026-11-22 04:16:00',
    ],
  ])('%s', (_, changes, words) => {
    expect(recordedWords(quality(changes), 'utc', NOW)).toBe(words);
  });
});

test('how far behind live', () => {
  expect(behindWords(null, NOW)).toBeNull();
  expect(behindWords(NOW - 8200, NOW)).toBe('8 s behind live');
  expect(behindWords(NOW + 100, NOW)).toBe('at live');
});

describe('over the picture', () => {
  test('nothing, when all is well', () => {
    expect(pictureMessage(facts())).toBeNull();
    expect(pictureMessage(facts({ wanted: NOW - minute, quality: quality({ state: 'waiting' }) }))).toBeNull();
  });

  test('what is late says since when, before anybody knows that the stream is down', () => {
    expect(pictureMessage(facts({ quality: quality({ last: NOW - 20_000 }) }))?.text).toBe(
      'Nothing new has come since 04:15:40 UTC, 20 s ago. It goes on by itself when the stream is back.',
    );
  });

  test('a stream that is down says since when and why', () => {
    const waiting = quality({ state: 'waiting', last: NOW - 2 * minute, message: 'the playlist answers 404' });
    expect(pictureMessage(facts({ quality: waiting }))).toEqual({
      tone: 'note',
      text: 'The stream has been down since 04:14:00 UTC, 2 min ago (the playlist answers 404). It goes on by itself when it is back.',
      offers: [],
    });
  });

  test('a seek into a hole says where it led, and offers the other side', () => {
    const landed = { wanted: NOW - 10 * minute, wall: NOW - 9 * minute + 500 };
    const hole = { from: NOW - 11 * minute, to: NOW - 9 * minute, reason: 'not recorded' };
    const nearest = { before: NOW - 11 * minute - 1000, after: NOW - 9 * minute, hole };
    expect(pictureMessage(facts({ wanted: landed.wall, landed }))?.text).toBe(
      'Nothing is recorded at 04:06:00 UTC. This is the next that is, 04:07:00.500 UTC.',
    );
    const message = pictureMessage(facts({ wanted: landed.wall, landed, nearest }));
    expect(message?.text).toBe(
      'Nothing is recorded at 04:06:00 UTC: the hole is from 04:05:00 to 04:07:00. This is the next that is, 04:07:00.500 UTC.',
    );
    expect(message?.offers).toEqual([{ words: 'Go to the last before it that is, 04:04:59 UTC', at: nearest.before }]);
  });

  const found = { before: NOW - 11 * minute, after: NOW - 9 * minute, hole: null };

  test.each<[string, Partial<PictureFacts>, string[]]>([
    [
      'both sides are offered',
      { wanted: NOW - 10 * minute, nearest: found },
      ['Go to the last before it that is, 04:05:00 UTC', 'Go to the next that is, 04:07:00 UTC'],
    ],
    ['the first is offered before all', { wanted: NOW - 90 * minute }, ['Go to the first that is, 03:16:00 UTC']],
    ['the newest is offered while nothing was found', { wanted: NOW - 10 * minute }, ['Go to the newest']],
    [
      'the last and the newest are offered after all',
      { wanted: NOW - 10 * minute, nearest: { ...found, after: null } },
      ['Go to the last before it that is, 04:05:00 UTC', 'Go to the newest'],
    ],
    ['nothing is offered, when live is not there', {}, []],
  ])('where nothing is recorded, %s', (_, changes, words) => {
    const message = pictureMessage(facts({ trouble: { kind: 'empty' }, ...changes }));
    expect(message?.tone).toBe('error');
    expect(message?.offers.map((offer) => offer.words)).toEqual(words);
  });

  test('a picture that is stuck says since when, and what is done', () => {
    expect(pictureMessage(facts({ wanted: NOW - minute, stuckSince: NOW - 7000 }))?.text).toBe(
      'The picture has not moved for 7 s. It is opened anew at the same place.',
    );
  });

  test.each<[string, PictureFacts['trouble'], RegExp]>([
    ['no node', { kind: 'unreachable' }, /does not answer.*by itself/],
    ['a busy node', { kind: 'refused', status: 503 }, /busy \(status 503\)/],
    ['a refused request', { kind: 'refused', status: 400 }, /refused.*status 400/],
    ['a codec', { kind: 'unplayable', detail: 'bufferAddCodecError' }, /cannot play.*Another quality/],
  ])('%s, in words', (_, trouble, words) => {
    expect(pictureMessage(facts({ trouble }))?.text).toMatch(words);
  });

  test.each<[Quality['state'], RegExp]>([
    ['recording', /comes with the first segment/],
    ['waiting', /not there yet \(down\)/],
    ['error', /not being recorded \(down\)/],
    ['stopped', /nobody records it/],
  ])('a channel without any recording, %s', (state, words) => {
    const empty = quality({ first: null, last: null, state, message: 'down' });
    expect(pictureMessage(facts({ quality: empty, trouble: { kind: 'refused', status: 404 } }))?.text).toMatch(words);
  });
});
