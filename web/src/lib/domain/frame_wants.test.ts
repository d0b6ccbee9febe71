import { describe, expect, test } from 'vitest';
import { joined, nextQuestion, settled, without } from './frame_wants';

const stretch = (from: number, to: number) => ({ from: from * 1000, to: to * 1000 });

test('stretches that touch become one', () => {
  expect(joined([stretch(5, 9), stretch(0, 2), stretch(2, 3)])).toEqual([stretch(0, 3), stretch(5, 9)]);
});

test.each([
  ['nothing known', [], [stretch(0, 10)]],
  ['the beginning known', [stretch(-5, 3)], [stretch(3, 10)]],
  ['the middle known', [stretch(3, 4)], [stretch(0, 3), stretch(4, 10)]],
  ['all known', [stretch(0, 5), stretch(5, 10)], []],
])('what is left with %s', (_, known, left) => {
  expect(without([stretch(0, 10)], known)).toEqual(left);
});

describe('the next question', () => {
  test('is about the first wanted that is not known', () => {
    expect(nextQuestion([stretch(50, 60), stretch(0, 10)], [stretch(40, 70)], stretch(0, 100))).toEqual(stretch(0, 10));
  });

  test('asks for nothing that is not recorded, and for no crumbs', () => {
    expect(nextQuestion([stretch(90, 110)], [], stretch(0, 100))).toEqual(stretch(90, 100));
    expect(nextQuestion([stretch(90, 110)], [stretch(80, 99.8)], stretch(0, 100))).toBeNull();
  });

  test('is never for more than is answered soon', () => {
    expect(nextQuestion([stretch(0, 9000)], [], stretch(0, 9000))).toEqual(stretch(0, 120));
  });
});

describe('after an answer', () => {
  test('long ago, all of what was asked is known, holes too', () => {
    expect(settled(stretch(0, 10), 60_000, null)).toEqual(stretch(0, 10));
  });

  test('near the newest, only as far as it has frames', () => {
    expect(settled(stretch(50, 60), 60_000, 58_000)).toEqual(stretch(50, 58));
    expect(settled(stretch(50, 60), 60_000, null)).toBeNull();
  });
});
