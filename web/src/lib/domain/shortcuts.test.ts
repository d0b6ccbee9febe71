import { describe, expect, test } from 'vitest';
import { actionFor, SHORTCUTS, titleOf, type KeyPress } from './shortcuts';

function press(key: string, modifiers: Partial<KeyPress> = {}): KeyPress {
  return { key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...modifiers };
}

describe('a key', () => {
  test.each([
    [press(' '), 'toggle'],
    [press('K', { shiftKey: true }), 'toggle'],
    [press('j'), 'back10'],
    [press('ArrowLeft'), 'back5'],
    [press('ArrowLeft', { shiftKey: true }), 'back60'],
    [press('?', { shiftKey: true }), 'help'],
    [press('?'), 'help'],
    [press('End'), 'live'],
    [press('l', { ctrlKey: true }), null],
    [press('f', { metaKey: true }), null],
    [press('x'), null],
  ])('%j', (pressed, action) => {
    expect(actionFor(pressed)).toBe(action);
  });

  test('never means two things', () => {
    const seen = SHORTCUTS.flatMap((shortcut) => shortcut.keys.map((key) => `${key.shift ?? 'any'} ${key.key}`));
    expect(new Set(seen).size).toBe(seen.length);
  });
});

test('a tooltip names every key of its action', () => {
  expect(titleOf('toggle')).toBe('Play or pause (Space or K)');
  expect(titleOf('toggle', 'Pause')).toBe('Pause (Space or K)');
});
