import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Stretch } from '$lib/domain/stretch';
import { Coverage } from './coverage.svelte';

const minute = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A coverage whose node takes 100 ms to say that all is recorded, and writes down what it was asked. */
function asking() {
  const asked: string[] = [];
  const node = { fails: false, hidden: false };
  const coverage = new Coverage({
    ask: async (channel, quality, { from, to }) => {
      asked.push(`${channel}/${quality} ${from / minute} to ${to / minute}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (node.fails) throw new Error('no answer');
      return { from, to, pieces: [{ from, to, reason: null }] };
    },
    hidden: () => node.hidden,
  });
  const want = async (channel: string, stretch: Stretch, wait = 100) => {
    coverage.want({ channel, quality: 'source', stretch, newest: stretch.to });
    await vi.advanceTimersByTimeAsync(wait);
  };
  const said = () => asked.splice(0);
  return { coverage, node, want, said };
}

const hour = { from: 60 * minute, to: 120 * minute };
const later = { from: 60 * minute, to: 121 * minute };

test('asks once for all, then every 4 seconds for the last minutes', async () => {
  const { want, said } = asking();
  await want('demo', hour);
  await want('demo', later, 3900);
  expect(said()).toEqual(['demo/source 60 to 120']);
  await want('demo', later, 0);
  await want('demo', later, 0);
  expect(said()).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  await want('demo', later);
  expect(said()).toEqual(['demo/source 115 to 121']);
});

test('asks every 30 seconds while nobody looks', async () => {
  const { want, said, node } = asking();
  node.hidden = true;
  await want('demo', hour, 20_000);
  await want('demo', later, 11_000);
  expect(said()).toHaveLength(1);
  await want('demo', later);
  expect(said()).toHaveLength(1);
});

test('asks at once when more is shown, and for that alone', async () => {
  const { coverage, want, said } = asking();
  await want('demo', hour);
  await want('demo', { from: 0, to: 120 * minute }, 200);
  expect(said()).toEqual(['demo/source 60 to 120', 'demo/source 115 to 120', 'demo/source 0 to 60']);
  expect(coverage.known).toEqual([{ from: 0, to: 120 * minute, reason: null }]);
});

test('asks for what is looked at elsewhere, and not again for what is long settled', async () => {
  const { coverage, want, said } = asking();
  await want('demo', hour);
  await want('demo', { from: 10 * minute, to: 20 * minute }, 200);
  coverage.want({
    channel: 'demo',
    quality: 'source',
    stretch: { from: 12 * minute, to: 18 * minute },
    newest: 120 * minute,
  });
  await vi.advanceTimersByTimeAsync(5000);
  expect(said()).toEqual(['demo/source 60 to 120', 'demo/source 10 to 20']);
});

test('forgets another channel, and the answer that still comes for it', async () => {
  const { coverage, want, said } = asking();
  await want('demo', hour, 50);
  await want('other', { from: 0, to: minute }, 50);
  expect(coverage.known).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  expect(said()).toEqual(['demo/source 60 to 120', 'other/source 0 to 1']);
  expect(coverage.known).toEqual([{ from: 0, to: minute, reason: null }]);
});

test('a failure changes nothing that is known, and is tried again', async () => {
  const { coverage, want, said, node } = asking();
  await want('demo', hour, 5000);
  node.fails = true;
  await want('demo', later);
  const { known } = coverage;
  expect(known).toEqual([{ ...hour, reason: null }]);
  node.fails = false;
  await want('demo', later, 1000);
  await want('demo', later);
  expect(said()).toHaveLength(3);
  expect(coverage.known).toEqual([{ ...later, reason: null }]);
});

test('asks for all again after ten minutes: holes may have been filled', async () => {
  const { want, said } = asking();
  await want('demo', hour, 601_000);
  await want('demo', hour);
  expect(said()).toEqual(['demo/source 60 to 120', 'demo/source 60 to 120']);
});
