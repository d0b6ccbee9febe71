import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Previews } from './previews.svelte';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Previews of a node that takes 100 ms for each picture, and writes down what it was asked. */
function previewing() {
  const asked: string[] = [];
  const node = { status: 200, type: 'image/jpeg', fails: false };
  const previews = new Previews({
    url: ({ at, exact }) => `${at}${exact ? '' : ' or before'}`,
    fetch: async (url, { signal }) => {
      asked.push(url);
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (signal?.aborted) asked.push(`${url} aborted`);
      if (node.fails || signal?.aborted) throw new Error('no answer');
      return new Response('picture', { status: node.status, headers: { 'content-type': node.type } });
    },
  });
  const want = async (at: number | null, wait = 250) => {
    previews.want(at === null ? null : { at, exact: true });
    await vi.advanceTimersByTimeAsync(wait);
  };
  const said = () => asked.splice(0);
  return { previews, node, want, said };
}

test('a picture comes after a moment of rest', async () => {
  const { previews, want, said } = previewing();
  await want(1, 140);
  expect(said()).toEqual([]);
  expect(previews.waiting).toBe(true);
  await want(1, 110);
  expect(said()).toEqual(['1']);
  expect(previews.shown).toMatch(/^blob:/);
  expect(previews.waiting).toBe(false);
});

test('what is passed by is not asked for, and the last that is wanted wins', async () => {
  const { previews, want, said } = previewing();
  await want(1, 50);
  await want(2, 200);
  await want(3, 400);
  expect(said()).toEqual(['2', '2 aborted', '3']);
  expect(previews.shown).toMatch(/^blob:/);
});

test('a picture that is there is shown at once, and asked for only once', async () => {
  const { previews, want, said } = previewing();
  await want(1);
  const first = previews.shown;
  await want(2);
  await want(1, 0);
  expect(previews.shown).toBe(first);
  expect(said()).toEqual(['1', '2']);
});

test('the picture before stays while the next is waited for', async () => {
  const { previews, want } = previewing();
  await want(1);
  const first = previews.shown;
  await want(2, 200);
  expect([previews.shown, previews.waiting]).toEqual([first, true]);
  await want(2);
  expect(previews.shown).not.toBe(first);
});

test('without a picture the time alone is shown', async () => {
  const { previews, node, want } = previewing();
  await want(0);
  node.status = 406;
  await want(1);
  expect([previews.shown, previews.waiting]).toEqual([null, false]);
  Object.assign(node, { status: 200, type: 'text/html' });
  await want(3);
  expect([previews.shown, previews.waiting]).toEqual([null, false]);
  node.fails = true;
  await want(2);
  expect([previews.shown, previews.waiting]).toEqual([null, false]);
});

test('nothing is shown of what is not pointed at any more', async () => {
  const { previews, want, said } = previewing();
  await want(1, 200);
  await want(null, 500);
  expect([previews.shown, previews.waiting]).toEqual([null, false]);
  expect(said()).toEqual(['1', '1 aborted']);
});

test('few pictures are kept, and the rest is given back', async () => {
  const revoke = vi.spyOn(URL, 'revokeObjectURL');
  const { previews, want, said } = previewing();
  for (let at = 0; at < 62; at += 1) await want(at);
  expect(revoke).toHaveBeenCalledTimes(2);
  said();
  await want(0);
  await want(61, 0);
  expect(said()).toEqual(['0']);
  previews.close();
  expect(revoke).toHaveBeenCalledTimes(63);
  revoke.mockRestore();
});
