import { expect, test } from 'vitest';
import { Target } from './target';

test('what was arrived at can be gone to once more, until it is left', () => {
  const target = new Target();
  target.set(5);
  expect(target.again()).toBe(false);
  target.arrived();
  expect(target.wanted).toBeNull();
  expect(target.again()).toBe(true);
  expect(target.wanted).toBe(5);
  target.arrived();
  target.left();
  expect(target.again()).toBe(false);
});

test('a seek is corrected a few times at most', () => {
  const target = new Target();
  target.set(5);
  let corrections = 0;
  for (; target.mayCorrect; corrections += 1) target.corrected();
  expect(corrections).toBe(3);
  target.set(6);
  expect(target.mayCorrect).toBe(true);
});
