/** Hands key presses to actions, unless something on the page needs them for itself. */
import { actionFor } from '$lib/domain/shortcuts';
import type { Actions } from './actions';

/** Elements that take every key for themselves. */
const TYPING = 'input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]';
/** Space presses these. */
const PRESSABLE = 'button, a, summary, [type=checkbox]';
/** Arrows move these. */
const SLIDING = '[type=range]';

/** A view that has no such act leaves the key alone. */
export function listenToKeys(actions: Partial<Actions>): () => void {
  const press = (event: KeyboardEvent) => {
    const action = actionFor(event);
    const act = action && actions[action];
    if (!act || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest(TYPING) && action !== 'close') return;
    if (event.key === ' ' && target?.matches(PRESSABLE)) return;
    if (event.key.startsWith('Arrow') && target?.matches(SLIDING)) return;
    event.preventDefault();
    act();
  };
  addEventListener('keydown', press);
  return () => removeEventListener('keydown', press);
}
