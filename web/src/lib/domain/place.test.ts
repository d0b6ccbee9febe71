import { expect, test } from 'vitest';
import { linkTo, NOWHERE, readPlace, writePlace, type Place } from './place';
import { parseIso } from './times';

const AT = Date.parse('2026-11-24T04:00:10.500Z');
const demo = { ...NOWHERE, channel: 'demo', quality: 'source' };

test.each<[string, Place]>([
  ['?channel=demo&quality=source', demo],
  ['?channel=demo&quality=source&at=2026-11-24T04:00:10.500Z', { ...demo, at: AT }],
  [
    '?channel=demo&quality=source&at=2026-11-24T04:00:10.500Z&in=2026-11-24T04:00:10.033333Z&out=2026-11-24T04:00:12.000Z',
    { ...demo, at: AT, in: parseIso('2026-11-24T04:00:10.033333Z'), out: AT + 1500 },
  ],
  ['?channel=demo&quality=source&span=120.5', { ...demo, view: { newestS: 120.5 } }],
  [
    '?channel=demo&quality=source&at=2026-11-24T04:00:10.500Z&from=2026-11-24T04:00:00.500Z&to=2026-11-24T04:00:20.500Z',
    { ...demo, at: AT, view: { from: AT - 10_000, to: AT + 10_000 } },
  ],
  ['?channel=a%26b&quality=720p60', { ...NOWHERE, channel: 'a&b', quality: '720p60' }],
  ['?channel=demo&quality=source&view=wall', { ...demo, wall: true }],
  ['?', NOWHERE],
])('%s in both directions', (search, place) => {
  expect(readPlace(search)).toEqual(place);
  expect(writePlace(place)).toBe(search);
});

test('a moment without a zone is UTC, and one that cannot be read is live', () => {
  expect(readPlace('?at=2026-11-24T04:00:10.5').at).toBe(AT);
  expect(readPlace('?at=yesterday').at).toBeNull();
});

test('a marked part without a moment is looked at from its beginning', () => {
  expect(readPlace('?in=2026-11-24T04:00:10.5Z&out=2026-11-24T04:00:12Z').at).toBe(AT);
});

test.each(['?from=2026-11-24T04:00:10Z', '?from=2026-11-24T04:00:10Z&to=2026-11-24T04:00:09Z', '?span=-3', '?span=x'])(
  'a zoom of %s is none',
  (search) => {
    expect(readPlace(search).view).toBeNull();
  },
);

test('a link is the address of the page with the place', () => {
  expect(linkTo('http://node.test/below/?channel=x', { channel: 'demo', at: AT })).toBe(
    'http://node.test/below/?channel=demo&at=2026-11-24T04:00:10.500Z',
  );
});
