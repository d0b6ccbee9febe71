/** The keys: one table that the keyboard, the tooltips and the help panel read. */

export type ActionName =
  | 'toggle'
  | 'slower'
  | 'faster'
  | 'usualSpeed'
  | 'mute'
  | 'fullScreen'
  | 'frameBack'
  | 'frameOn'
  | 'back1'
  | 'on1'
  | 'back5'
  | 'on5'
  | 'back10'
  | 'on10'
  | 'back60'
  | 'on60'
  | 'live'
  | 'first'
  | 'typeTime'
  | 'setIn'
  | 'setOut'
  | 'goIn'
  | 'goOut'
  | 'playMarked'
  | 'loopIn'
  | 'loopOut'
  | 'newMark'
  | 'deleteMark'
  | 'undo'
  | 'redo'
  | 'saveFrame'
  | 'copyTime'
  | 'copyLink'
  | 'zoomIn'
  | 'zoomOut'
  | 'zoomFit'
  | 'notation'
  | 'wall'
  | 'otherView'
  | 'help'
  | 'close';

interface Key {
  /** KeyboardEvent.key, letters in lower case. */
  readonly key: string;
  /** Only where it tells two shortcuts apart; a key such as `?` needs shift on some keyboards and not on others. */
  readonly shift?: boolean;
  /** With Ctrl, or ⌘ on a Mac. */
  readonly ctrl?: true;
  readonly shown: string;
}

export interface Shortcut {
  readonly action: ActionName;
  readonly words: string;
  readonly keys: readonly Key[];
  /** Does it again and again while the key is held. */
  readonly repeats?: true;
}

export interface ShortcutGroup {
  readonly title: string;
  readonly shortcuts: readonly Shortcut[];
}

const key = (name: string, shown = name.toUpperCase()): Key => ({ key: name, shown });
const plain = (name: string, shown = name.toUpperCase()): Key => ({ key: name, shift: false, shown });
const shifted = (name: string, shown = name.toUpperCase()): Key => ({
  key: name,
  shift: true,
  shown: `Shift ${shown}`,
});
const ctrl = (name: string): Key => ({ key: name, shift: false, ctrl: true, shown: `Ctrl ${name.toUpperCase()}` });

const once = (action: ActionName, words: string, ...keys: Key[]): Shortcut => ({ action, words, keys });
const held = (action: ActionName, words: string, ...keys: Key[]): Shortcut => ({ action, words, keys, repeats: true });

export const GROUPS: readonly ShortcutGroup[] = [
  {
    title: 'Play',
    shortcuts: [
      once('toggle', 'Play or pause', key(' ', 'Space'), key('k')),
      once('slower', 'Slower', key('<', '<')),
      once('faster', 'Faster', key('>', '>')),
      once('usualSpeed', 'Usual speed', key('Backspace', '⌫')),
      once('mute', 'Sound off or on', key('m')),
      once('fullScreen', 'Full screen', key('f')),
    ],
  },
  {
    title: 'Go',
    shortcuts: [
      held('frameBack', 'Back one frame', key(',')),
      held('frameOn', 'On one frame', key('.')),
      held('back1', 'Back 1 second', plain('ArrowLeft', '←')),
      held('on1', 'On 1 second', plain('ArrowRight', '→')),
      held('back5', 'Back 5 seconds', shifted('ArrowLeft', '←')),
      held('on5', 'On 5 seconds', shifted('ArrowRight', '→')),
      held('back10', 'Back 10 seconds', key('j')),
      held('on10', 'On 10 seconds', key('l')),
      held('back60', 'Back 60 seconds', key('ArrowDown', '↓')),
      held('on60', 'On 60 seconds', key('ArrowUp', '↑')),
      once('live', 'Go live', key('End', 'End')),
      once('first', 'Go to the first recorded', key('Home', 'Home')),
      once('typeTime', 'Type a time', key('g'), key('/')),
    ],
  },
  {
    title: 'Mark',
    shortcuts: [
      once('setIn', 'In: begin with this frame', plain('i'), key('[')),
      once('setOut', 'Out: end with this frame', plain('o'), key(']')),
      once('goIn', 'Go to in', shifted('i'), key('q')),
      once('goOut', 'Go to out', shifted('o'), key('w')),
      once('playMarked', 'Play the marked part', key('p')),
      once('loopIn', 'Loop around in', plain('r')),
      once('loopOut', 'Loop around out', shifted('r')),
      once('newMark', 'New mark from here', key('n')),
      once('deleteMark', 'Remove the mark', key('Delete', 'Del'), key('x')),
      held('undo', 'Undo', ctrl('z')),
      held('redo', 'Do again', ctrl('y'), { key: 'z', shift: true, ctrl: true, shown: 'Ctrl Shift Z' }),
    ],
  },
  {
    title: 'Take',
    shortcuts: [
      once('saveFrame', 'Save this frame as a picture', key('s')),
      once('copyTime', 'Copy the time shown', plain('c')),
      once('copyLink', 'Copy a link to the mark, or to here', shifted('c')),
    ],
  },
  {
    title: 'Look',
    shortcuts: [
      held('zoomIn', 'Timeline nearer', key('+'), key('=')),
      held('zoomOut', 'Timeline farther', key('-', '−')),
      once('zoomFit', 'All on the timeline', key('0')),
      once('notation', 'Times in UTC or local', key('t')),
      once('wall', 'Picture and clock alone', key('v')),
      once('otherView', 'Channels, and back to the picture', key('u')),
      once('help', 'Show these keys', key('?')),
      once('close', 'Close what is open, end a loop', key('Escape', 'Esc')),
    ],
  },
];

export const SHORTCUTS: readonly Shortcut[] = GROUPS.flatMap((group) => group.shortcuts);

/** The groups, as far as something can be done. */
export function groupsOf(can: (action: ActionName) => boolean): ShortcutGroup[] {
  const groups = GROUPS.map(({ title, shortcuts }) => ({
    title,
    shortcuts: shortcuts.filter((each) => can(each.action)),
  }));
  return groups.filter((group) => group.shortcuts.length > 0);
}

export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  /** It is held. */
  readonly repeat: boolean;
}

/** What a key does; null for keys that belong to the browser. */
export function actionFor(press: KeyPress): ActionName | null {
  if (press.altKey) return null;
  const name = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const withCtrl = press.ctrlKey || press.metaKey;
  const fits = (candidate: Key) =>
    candidate.key === name &&
    (candidate.ctrl ?? false) === withCtrl &&
    (candidate.shift === undefined || candidate.shift === press.shiftKey);
  const shortcut = SHORTCUTS.find(({ keys }) => keys.some(fits));
  return shortcut && (shortcut.repeats || !press.repeat) ? shortcut.action : null;
}

/** A tooltip that names the key: `Back 10 seconds (J)`. */
export function titleOf(action: ActionName, words?: string): string {
  const shortcut = SHORTCUTS.find((candidate) => candidate.action === action);
  const keys = shortcut?.keys.map((each) => each.shown).join(' or ') ?? '';
  return `${words ?? shortcut?.words ?? action} (${keys})`;
}
