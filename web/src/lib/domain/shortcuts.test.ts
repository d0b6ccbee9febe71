import { describe, expect, test } from 'vitest';
import { actionFor, groupsOf, SHORTCUTS, titleOf, type KeyPress } from './shortcuts';

function press(key: string, modifiers: Partial<KeyPress> = {}): KeyPress {
  return { key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, repeat: false, ...modifiers };
}

describe('a key', () => {
  test.each([
    [press(' '), 'toggle'],
    [press('K', { shiftKey: true }), 'toggle'],
    [press('j'), 'back10'],
    [press('ArrowLeft'), 'back1'],
    [press('ArrowLeft', { shiftKey: true }), 'back5'],
    [press('ArrowLeft', { altKey: true }), null],
    [press('ArrowLeft', { repeat: true }), 'back1'],
    [press('i'), 'setIn'],
    [press('I', { shiftKey: true }), 'goIn'],
    [press('i', { repeat: true }), null],
    [press('z', { ctrlKey: true }), 'undo'],
    [press('z', { metaKey: true }), 'undo'],
    [press('Z', { ctrlKey: true, shiftKey: true }), 'redo'],
    [press('z'), null],
    [press('c', { ctrlKey: true }), null],
    [press('+', { shiftKey: true }), 'zoomIn'],
    [press('?', { shiftKey: true }), 'help'],
    [press('?'), 'help'],
    [press('End'), 'live'],
    [press('l', { ctrlKey: true }), null],
    [press('f', { metaKey: true }), null],
    [press('u'), 'otherView'],
    [press('b'), null],
  ])('%j', (pressed, action) => {
    expect(actionFor(pressed)).toBe(action);
  });

  test('never means two things', () => {
    const both = [false, true].flatMap((shiftKey) => [false, true].map((ctrlKey) => ({ shiftKey, ctrlKey })));
    for (const { action, keys } of SHORTCUTS) {
      for (const { key, shift, ctrl } of keys) {
        const own = both.filter(
          (held) => held.ctrlKey === (ctrl ?? false) && held.shiftKey === (shift ?? held.shiftKey),
        );
        for (const held of own) expect(actionFor(press(key, held))).toBe(action);
      }
    }
  });
});

test('a tooltip names every key of its action', () => {
  expect(titleOf('toggle')).toBe('Play or pause (Space or K)');
  expect(titleOf('toggle', 'Pause')).toBe('Pause (Space or K)');
});

test('a view shows the keys that do something in it, and no empty groups', () => {
  const groups = groupsOf((action) => action === 'help' || action === 'otherView');
  expect(groups.map(({ title, shortcuts }) => [title, shortcuts.map((each) => each.action)])).toEqual([
    ['Look', ['otherView', 'help']],
  ]);
  expect(groupsOf(() => true).flatMap((group) => group.shortcuts)).toEqual(SHORTCUTS);
});
