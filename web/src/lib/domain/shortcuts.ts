/** The keys: one table that the keyboard, the tooltips and the help panel read. */

export type ActionName =
  | 'toggle'
  | 'back5'
  | 'on5'
  | 'back10'
  | 'on10'
  | 'back60'
  | 'on60'
  | 'frameBack'
  | 'frameOn'
  | 'live'
  | 'first'
  | 'typeTime'
  | 'copyTime'
  | 'fullScreen'
  | 'mute'
  | 'help'
  | 'close';

interface Key {
  /** KeyboardEvent.key, letters in lower case. */
  readonly key: string;
  /** Only where it tells two shortcuts apart; a key such as `?` needs shift on some keyboards and not on others. */
  readonly shift?: boolean;
  readonly shown: string;
}

export interface Shortcut {
  readonly action: ActionName;
  readonly words: string;
  readonly keys: readonly Key[];
}

const key = (name: string, shown = name.toUpperCase()): Key => ({ key: name, shown });
const plain = (name: string, shown: string): Key => ({ key: name, shift: false, shown });
const shifted = (name: string, shown: string): Key => ({ key: name, shift: true, shown: `Shift ${shown}` });

export const SHORTCUTS: readonly Shortcut[] = [
  { action: 'toggle', words: 'Play or pause', keys: [key(' ', 'Space'), key('k')] },
  { action: 'back10', words: 'Back 10 seconds', keys: [key('j')] },
  { action: 'on10', words: 'On 10 seconds', keys: [key('l')] },
  { action: 'back5', words: 'Back 5 seconds', keys: [plain('ArrowLeft', '←')] },
  { action: 'on5', words: 'On 5 seconds', keys: [plain('ArrowRight', '→')] },
  { action: 'back60', words: 'Back 60 seconds', keys: [shifted('ArrowLeft', '←')] },
  { action: 'on60', words: 'On 60 seconds', keys: [shifted('ArrowRight', '→')] },
  { action: 'frameBack', words: 'Back one frame', keys: [key(',')] },
  { action: 'frameOn', words: 'On one frame', keys: [key('.')] },
  { action: 'live', words: 'Go live', keys: [key('End', 'End')] },
  { action: 'first', words: 'Go to the first recorded', keys: [key('Home', 'Home')] },
  { action: 'typeTime', words: 'Type a time', keys: [key('g'), key('/')] },
  { action: 'copyTime', words: 'Copy the time shown', keys: [key('c')] },
  { action: 'fullScreen', words: 'Full screen', keys: [key('f')] },
  { action: 'mute', words: 'Sound off or on', keys: [key('m')] },
  { action: 'help', words: 'Show these keys', keys: [key('?')] },
  { action: 'close', words: 'Close what is open', keys: [key('Escape', 'Esc')] },
];

export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** What a key does; null for keys that belong to the browser. */
export function actionFor(press: KeyPress): ActionName | null {
  if (press.ctrlKey || press.altKey || press.metaKey) return null;
  const name = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const fits = (candidate: Key) =>
    candidate.key === name && (candidate.shift === undefined || candidate.shift === press.shiftKey);
  return SHORTCUTS.find((shortcut) => shortcut.keys.some(fits))?.action ?? null;
}

/** A tooltip that names the key: `Back 10 seconds (J)`. */
export function titleOf(action: ActionName, words?: string): string {
  const shortcut = SHORTCUTS.find((candidate) => candidate.action === action);
  const keys = shortcut?.keys.map((each) => each.shown).join(' or ') ?? '';
  return `${words ?? shortcut?.words ?? action} (${keys})`;
}
