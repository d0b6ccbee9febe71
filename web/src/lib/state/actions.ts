/** What each key does. The keys themselves are in `domain/shortcuts`. */
import type { ActionName } from '$lib/domain/shortcuts';
import type { Clips } from './clips.svelte';
import type { Player } from './player.svelte';
import type { TimelineView } from './timeline_view.svelte';
import type { Watch } from './watch.svelte';

/** What belongs to the page rather than to the picture. */
type PageActionName =
  'typeTime' | 'copyTime' | 'copyLink' | 'fullScreen' | 'notation' | 'wall' | 'otherView' | 'help' | 'close';
export type PageActions = Readonly<Record<PageActionName, () => void>>;

export type Actions = Readonly<Record<ActionName, () => void>>;

/** What works in every view. */
export type AnyViewActions = Pick<Actions, 'notation' | 'otherView' | 'help' | 'close'>;

export interface ActionOptions {
  readonly watch: Watch;
  readonly player: Player;
  readonly clips: Clips;
  readonly view: TimelineView;
  readonly page: PageActions;
}

/** One press of a key or button shows twice as much, or half. */
const ZOOM = 2;

export function actionsOf({ watch, player, clips, view, page }: ActionOptions): Actions {
  return { ...page, ...playing(watch, player), ...moving(watch), ...marking(clips), ...zooming(view) };
}

function playing(watch: Watch, player: Player) {
  return {
    toggle: () => watch.toggle(),
    slower: () => watch.changeSpeed(-1),
    faster: () => watch.changeSpeed(1),
    usualSpeed: () => player.speed.set(1),
    mute: () => player.sound.setMuted(!player.sound.muted),
  };
}

function moving(watch: Watch) {
  return {
    frameBack: () => watch.step(-1),
    frameOn: () => watch.step(1),
    back1: () => watch.skip(-1),
    on1: () => watch.skip(1),
    back5: () => watch.skip(-5),
    on5: () => watch.skip(5),
    back10: () => watch.skip(-10),
    on10: () => watch.skip(10),
    back60: () => watch.skip(-60),
    on60: () => watch.skip(60),
    live: () => watch.goLive(),
    first: () => watch.goToFirst(),
  };
}

function marking(clips: Clips) {
  return {
    setIn: () => clips.setEdge('in'),
    setOut: () => clips.setEdge('out'),
    goIn: () => clips.goTo('in'),
    goOut: () => clips.goTo('out'),
    playMarked: () => clips.playMarked(),
    loopIn: () => clips.loop('in'),
    loopOut: () => clips.loop('out'),
    newMark: () => clips.begin(),
    deleteMark: () => clips.remove(),
    undo: () => clips.marks.undo(),
    redo: () => clips.marks.redo(),
    saveFrame: () => clips.saveFrame(),
  };
}

function zooming(view: TimelineView) {
  return {
    zoomIn: () => view.zoom(1 / ZOOM),
    zoomOut: () => view.zoom(ZOOM),
    zoomFit: () => view.fit(),
  };
}
