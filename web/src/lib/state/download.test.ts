import { expect, test } from 'vitest';
import { Download, type DownloadJob } from './download.svelte';
import type { Saving, Sink } from './saving';

const job: DownloadJob = { what: 'The cut', url: 'cut', name: 'a.mp4', type: 'video/mp4', estimate: 4000 };

/** A browser that writes down what is saved, and a node that answers as told. */
function downloading(answer: (signal: AbortSignal) => Response | Promise<Response>, picks = false) {
  const did: string[] = [];
  const sink = (name: string): Sink => {
    let size = 0;
    return {
      write: async (chunk) => void (size += chunk.length),
      close: async () => void did.push(`saved ${name}, ${size} bytes`),
      abort: async () => void did.push('thrown away'),
    };
  };
  const saving: Saving = {
    inMemory: sink,
    toChosenFile: picks ? async (name) => sink(`chosen ${name}`) : null,
    byBrowser: (url) => did.push(`browser fetches ${url}`),
  };
  let now = 0;
  const fetch = async (_: string, init: RequestInit) => answer(init.signal as AbortSignal);
  const download = new Download({ saving, now: () => (now += 500), fetch });
  return { download, did };
}

const bytes = (size: number) => new Uint8Array(size);

test('a small file is saved at its end', async () => {
  const { download, did } = downloading(() => new Response(bytes(3000)));
  await download.start(job);
  expect(did).toEqual(['saved a.mp4, 3000 bytes']);
  expect(download.state).toEqual({ kind: 'done', bytes: 3000 });
});

test('how far it is: bytes, of about how many, how fast', async () => {
  let more: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (more = controller) });
  const { download } = downloading(() => new Response(body));
  const done = download.start(job);
  more?.enqueue(bytes(1000));
  await new Promise((resolve) => setTimeout(resolve));
  expect(download.state).toEqual({ kind: 'running', bytes: 1000, total: 4000, perSecond: 2000 });
  more?.close();
  await done;
});

test('a long one goes to a chosen file, or is left to the browser', async () => {
  const long = { ...job, estimate: 2e9 };
  const chosen = downloading(() => new Response(bytes(10)), true);
  await chosen.download.start(long);
  expect(chosen.did).toEqual(['saved chosen a.mp4, 10 bytes']);
  const left = downloading(() => new Response(bytes(10)));
  await left.download.start(long);
  expect(left.did).toEqual(['browser fetches cut']);
  expect(left.download.state.kind).toBe('handed');
});

test('a refusal is told in words, and says when there is a hole', async () => {
  const headers = { 'content-type': 'application/problem+json' };
  const body = JSON.stringify({ title: 'Hole', detail: 'not recorded from 1 to 2' });
  const { download, did } = downloading(() => new Response(body, { status: 406, headers }));
  await download.start(job);
  expect(download.state).toEqual({
    kind: 'failed',
    words: 'Not all of it is recorded (not recorded from 1 to 2).',
    holes: true,
  });
  expect(did).toEqual(['thrown away']);
});

test('what breaks off is not saved', async () => {
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new TypeError('network error')),
  });
  const { download, did } = downloading(() => new Response(body));
  await download.start(job);
  expect(did).toEqual(['thrown away']);
  expect(download.state).toMatchObject({ kind: 'failed', holes: false });
});

test('a cancelled one leaves nothing', async () => {
  const { download, did } = downloading(
    (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
  );
  const done = download.start(job);
  download.cancel();
  await done;
  expect(download.state.kind).toBe('idle');
  expect(did).toEqual(['thrown away']);
});
