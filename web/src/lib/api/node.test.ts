import { describe, expect, test } from 'vitest';
import { Node } from './node';
import { Refused, Unreachable } from './problem';

const T = Date.parse('2026-11-24T04:00:00Z');

/** A node that answers everything the same, and remembers what it was asked. */
function nodeThatAnswers(answer: () => Response | Promise<Response>) {
  const asked: string[] = [];
  const node = new Node('http://node.test/below/', async (url) => {
    asked.push(url.href);
    return answer();
  });
  return { node, asked };
}

test('channels come with moments for times', async () => {
  const quality = {
    name: 'source',
    first: '2026-11-24T04:00:00.000000Z',
    last: null,
    state: 'waiting',
    message: 'down',
  };
  const body = { now: '2026-11-24T04:00:03.433Z', channels: [{ name: 'demo', qualities: [quality] }] };
  const { node, asked } = nodeThatAnswers(() => Response.json(body));
  expect(await node.channels()).toEqual({
    now: T + 3433,
    channels: [{ name: 'demo', qualities: [{ ...quality, first: T, last: null }] }],
  });
  expect(asked).toEqual(['http://node.test/below/api/v1/channels']);
});

test('coverage comes in pieces, in order', async () => {
  const at = (seconds: number) => `2026-11-24T04:00:${String(seconds).padStart(2, '0')}.000000Z`;
  const { node, asked } = nodeThatAnswers(() =>
    Response.json({
      start: at(0),
      end: at(30),
      spans: [
        { start: at(0), end: at(10) },
        { start: at(18), end: at(30) },
      ],
      holes: [{ start: at(10), end: at(18), reason: 'not recorded' }],
    }),
  );
  expect(await node.coverage('a b', 'source', { from: T, to: T + 30_000 })).toEqual({
    from: T,
    to: T + 30_000,
    pieces: [
      { from: T, to: T + 10_000, reason: null },
      { from: T + 10_000, to: T + 18_000, reason: 'not recorded' },
      { from: T + 18_000, to: T + 30_000, reason: null },
    ],
  });
  expect(asked).toEqual([
    'http://node.test/below/api/v1/coverage/a%20b/source?start=2026-11-24T04%3A00%3A00.000Z&end=2026-11-24T04%3A00%3A30.000Z',
  ]);
});

test('frames come to the microsecond, and a segment that is not understood has none', async () => {
  const segment = { path: '2026-11-24T04/00:00.000000-2.0-full-a.ts', frame_us: 33333, offsets_us: [0, 33333] };
  const broken = { ...segment, start: null, offsets_us: [] };
  const body = { segments: [{ ...segment, start: '2026-11-24T04:00:00.000333Z' }, broken] };
  const { node, asked } = nodeThatAnswers(() => Response.json(body));
  expect(await node.frames('demo', 'source', { from: T, to: T + 0.333 })).toMatchObject([
    { path: segment.path, start: T + 0.333, frameMs: 33.333, offsetsMs: [0, 33.333] },
    { start: null, offsetsMs: [] },
  ]);
  expect(asked).toEqual([
    'http://node.test/below/api/v1/frames/demo/source?start=2026-11-24T04%3A00%3A00.000Z&end=2026-11-24T04%3A00%3A00.000333Z',
  ]);
});

test('a refusal keeps the words of the node', async () => {
  const body = JSON.stringify({ title: 'Busy', detail: 'too many cuts', status: 503 });
  const headers = { 'content-type': 'application/problem+json' };
  const { node } = nodeThatAnswers(() => new Response(body, { status: 503, headers }));
  const refused = await node.channels().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Refused);
  expect(refused).toMatchObject({ status: 503, title: 'Busy', detail: 'too many cuts' });
});

test('a refusal without JSON is a refusal all the same', async () => {
  const { node } = nodeThatAnswers(() => new Response('<h1>Oh no</h1>', { status: 500 }));
  await expect(node.channels()).rejects.toMatchObject({ status: 500, title: 'status 500' });
});

test.each([502, 504])('a proxy that answers %d says that the node does not answer', async (status) => {
  const { node } = nodeThatAnswers(() => new Response('', { status }));
  await expect(node.channels()).rejects.toBeInstanceOf(Unreachable);
});

test('no answer is told apart from a refusal', async () => {
  const { node } = nodeThatAnswers(() => Promise.reject(new TypeError('failed to fetch')));
  await expect(node.channels()).rejects.toBeInstanceOf(Unreachable);
});

describe('the address of a playlist', () => {
  const { node } = nodeThatAnswers(() => new Response());

  test.each([
    ['live', { kind: 'live' } as const, ''],
    ['growing', { kind: 'past', start: T, end: null } as const, '?start=2026-11-24T04:00:00.000Z'],
    [
      'a range',
      { kind: 'past', start: T, end: T + 5 } as const,
      '?start=2026-11-24T04:00:00.000Z&end=2026-11-24T04:00:00.005Z',
    ],
  ])('%s', (_, source, query) => {
    const url = `http://node.test/below/playlist/a%20b/source.m3u8${query}`;
    expect(node.playlist('a b', { name: 'source', audio: [] }, source)).toEqual({ url, separateSound: false });
    const master = `http://node.test/below/playlist/a%20b.m3u8?quality=s%26${query.replace('?', '&')}`;
    expect(node.playlist('a b', { name: 's&', audio: ['s&.audio'] }, source)).toEqual({
      url: master,
      separateSound: true,
    });
  });
});

test('the addresses of a cut and of a picture', () => {
  const { node } = nodeThatAnswers(() => new Response());
  const range = { in: T, out: T + 0.333, allowHoles: false };
  const query = 'start=2026-11-24T04%3A00%3A00.000Z&end=2026-11-24T04%3A00%3A00.000333Z&type=smart';
  expect(node.cutUrl('a b', 'source', 'mp4', range)).toBe(`http://node.test/below/cut/a%20b/source.mp4?${query}`);
  expect(node.cutUrl('a', 'source', 'ts', { ...range, allowHoles: true })).toMatch(/source\.ts\?.*&allow_holes=true$/);
  expect(node.frameUrl('a', 'source', T)).toBe(
    'http://node.test/below/frame/a/source.png?timestamp=2026-11-24T04%3A00%3A00.000Z',
  );
});
