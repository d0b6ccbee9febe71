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
    expect(recordedWords(quality(changes), NOW)).toBe(words);
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

  test('a stream that is down says since when and why', () => {
    const waiting = quality({ state: 'waiting', last: NOW - 2 * minute, message: 'the playlist answers 404' });
    expect(pictureMessage(facts({ quality: waiting }))).toEqual({
      tone: 'note',
      text: 'The stream has been down since 04:14:00 UTC, 2 min ago (the playlist answers 404). It goes on by itself when it is back.',
      offer: null,
    });
  });

  test('a seek into a hole says where it led', () => {
    const landed = { wanted: NOW - 10 * minute, wall: NOW - 9 * minute + 500 };
    expect(pictureMessage(facts({ wanted: landed.wall, landed }))?.text).toBe(
      'Not recorded at 04:06:00 UTC. This is the next that is, 04:07:00.500 UTC.',
    );
  });

  test.each<[string, Partial<PictureFacts>, string | undefined]>([
    ['the next', { wanted: NOW - 10 * minute, nearest: NOW - 9 * minute }, 'Go to the next that is, 04:07:00 UTC'],
    ['the first', { wanted: NOW - 90 * minute }, 'Go to the first that is, 03:16:00 UTC'],
    ['the newest', { wanted: NOW - 10 * minute }, 'Go to the newest'],
    ['nothing, when live is not there', {}, undefined],
  ])('where nothing is recorded, %s is offered', (_, changes, words) => {
    const message = pictureMessage(facts({ trouble: { kind: 'empty' }, ...changes }));
    expect(message?.tone).toBe('error');
    expect(message?.offer?.words).toBe(words);
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
