import { expect, test } from 'vitest';
import { readPlace, writePlace, type Place } from './place';

const AT = Date.parse('2026-11-24T04:00:10.500Z');

test.each<[string, Place]>([
  ['?channel=demo&quality=source', { channel: 'demo', quality: 'source', at: null }],
  ['?channel=demo&quality=source&at=2026-11-24T04:00:10.500Z', { channel: 'demo', quality: 'source', at: AT }],
  ['?channel=a%26b&quality=720p60', { channel: 'a&b', quality: '720p60', at: null }],
  ['?', { channel: null, quality: null, at: null }],
])('%s in both directions', (search, place) => {
  expect(readPlace(search)).toEqual(place);
  expect(writePlace(place)).toBe(search);
});

test('a moment without a zone is UTC, and one that cannot be read is live', () => {
  expect(readPlace('?at=2026-11-24T04:00:10.5').at).toBe(AT);
  expect(readPlace('?at=yesterday').at).toBeNull();
});
