import { expect, test } from 'vitest';
import { begun, redone, replaced, stepped, undone } from './history';

const two = stepped(stepped(begun('a'), 'b'), 'c');

test('steps are undone and done again in order', () => {
  expect(undone(two).present).toBe('b');
  expect(undone(undone(two)).present).toBe('a');
  expect(undone(undone(undone(two))).present).toBe('a');
  expect(redone(undone(undone(two))).present).toBe('b');
  expect(redone(two)).toEqual(two);
});

test('a new step forgets what was undone', () => {
  expect(redone(stepped(undone(two), 'd')).present).toBe('d');
});

test('what only replaces is no step', () => {
  expect(undone(replaced(two, 'x')).present).toBe('b');
});
