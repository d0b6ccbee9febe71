import { describe, expect, test } from 'vitest';
import { Refused } from '$lib/api/problem';
import { commandFor, estimatedBytes, fileName, momentName, refusalWords, sizeWords } from './cut_words';
import type { WholeMark } from './marks';

const T = Date.parse('2026-11-24T08:00:00Z');
const mark: WholeMark = { id: '1', in: T, out: T + 10_033.333, name: '', allowHoles: false };
const place = { channel: 'demo', quality: 'source' };

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1500, '1.5 kB'],
  [12_345_678, '12 MB'],
  [3.2e9, '3.2 GB'],
])('%d bytes are %s', (bytes, words) => {
  expect(sizeWords(bytes)).toBe(words);
});

test('a size is estimated from what a second takes', () => {
  expect(estimatedBytes({ ...mark, out: T + 10_000 }, 500_000)).toBe(5_000_000);
  expect(estimatedBytes(mark, null)).toBeNull();
});

describe('a file', () => {
  test('is called by channel and time, which any file system takes', () => {
    expect(fileName('demo', mark)).toBe('demo 2026-11-24T08-00-00.000Z');
    expect(momentName('demo', T + 0.333)).toBe('demo 2026-11-24T08-00-00.000333Z');
  });

  test('has its own name, less what is refused', () => {
    expect(fileName('demo', { ...mark, name: ' the run: a/b?\n' })).toBe('the run- a-b--');
  });
});

describe('the command', () => {
  test('says the same', () => {
    expect(commandFor(place, { ...mark, name: 'run' }, 'mp4')).toBe(
      'longtake cut demo 2026-11-24T08:00:00.000Z 2026-11-24T08:00:10.033333Z -o run.mp4 --store DIR --quality source --kind smart',
    );
  });

  test('is quoted where a shell needs it', () => {
    const command = commandFor({ channel: "it's", quality: 'source' }, { ...mark, allowHoles: true }, 'ts');
    expect(command).toContain(`cut 'it'\\''s' 2026`);
    expect(command).toMatch(/--kind smart --allow-holes$/);
  });
});

test.each([
  [406, /^Not all of it is recorded \(a hole\)/],
  [503, /busy \(a hole\).*try again/],
  [404, /^The cut is not on this node/],
  [400, /refused it/],
])('a refusal with %d, in words', (status, words) => {
  expect(refusalWords('The cut', new Refused(status, 'title', 'a hole'))).toMatch(words);
});
