/** What each key does. The keys themselves are in `domain/shortcuts`. */
import type { ActionName } from '$lib/domain/shortcuts';
import type { Player } from './player.svelte';
import type { Watch } from './watch.svelte';

/** What belongs to the page rather than to the picture. */
export interface PageActions {
  readonly typeTime: () => void;
  readonly copyTime: () => void;
  readonly fullScreen: () => void;
  readonly help: () => void;
  readonly close: () => void;
}

export type Actions = Readonly<Record<ActionName, () => void>>;

export function actionsOf(watch: Watch, player: Player, page: PageActions): Actions {
  return {
    ...page,
    toggle: () => watch.toggle(),
    back5: () => watch.skip(-5),
    on5: () => watch.skip(5),
    back10: () => watch.skip(-10),
    on10: () => watch.skip(10),
    back60: () => watch.skip(-60),
    on60: () => watch.skip(60),
    frameBack: () => watch.step(-1),
    frameOn: () => watch.step(1),
    live: () => watch.goLive(),
    first: () => watch.goToFirst(),
    mute: () => player.sound.setMuted(!player.sound.muted),
  };
}
