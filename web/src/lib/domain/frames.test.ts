import { expect, test } from 'vitest';
import { betterFrameDuration, frameDuration, stepTarget } from './frames';

const FRAME = 1 / 25;

test('the step between two shown frames is their duration, if it can be one', () => {
  expect(frameDuration(10, 10.04)).toBeCloseTo(FRAME);
  expect(frameDuration(10, 10)).toBeNull();
  expect(frameDuration(10, 9)).toBeNull();
  expect(frameDuration(10, 12)).toBeNull();
});

test('a step goes to just inside the neighbouring frame', () => {
  expect(stepTarget(10.03, 10, FRAME, 1)).toBeCloseTo(10.042);
  expect(stepTarget(10.03, 10, FRAME, -1)).toBeCloseTo(9.962);
});

test('without a known frame a step counts from the playhead', () => {
  expect(stepTarget(10.03, null, FRAME, 1)).toBeCloseTo(10.07);
  expect(stepTarget(10.03, 7, FRAME, 1)).toBeCloseTo(10.07);
});

test('a step never goes before the beginning', () => {
  expect(stepTarget(0.01, 0, FRAME, -1)).toBe(0);
});

test('dropped frames do not make the frame longer', () => {
  expect(betterFrameDuration(FRAME, 2 * FRAME)).toBe(FRAME);
  expect(betterFrameDuration(null, FRAME)).toBe(FRAME);
  expect(betterFrameDuration(FRAME, null)).toBe(FRAME);
});
