/** What the address bar is about: the picture's place, the active mark, and what the timeline shows. */
import type { Place, PlaceView } from '$lib/domain/place';
import { lengthOf, type Stretch } from '$lib/domain/stretch';
import type { Marks } from './marks.svelte';
import type { Player } from './player.svelte';
import type { Screen } from './screen.svelte';
import type { Watch } from './watch.svelte';

export interface PlacesOptions {
  readonly watch: Pick<Watch, 'channel' | 'following' | 'open' | 'place' | 'quality'>;
  readonly player: Pick<Player, 'playing'>;
  readonly marks: Pick<Marks, 'active' | 'open' | 'show'>;
  readonly view: { chosen: Stretch | null };
  readonly screen: Pick<Screen, 'show' | 'wall'>;
  readonly now: () => number;
}

export class Places {
  /** The marked part of an address whose channel is not known yet. */
  private linked: Pick<Place, 'in' | 'out'> | null = null;

  constructor(private readonly options: PlacesOptions) {}

  get playing(): boolean {
    return this.options.player.playing;
  }

  get place(): Place {
    const { watch, marks, screen } = this.options;
    const { in: start = null, out: end = null } = this.linked ?? marks.active ?? {};
    return { ...watch.place, in: start, out: end, view: this.view, wall: screen.wall };
  }

  open(place: Place, playing: boolean): void {
    const { watch, view, screen, now } = this.options;
    this.linked = place;
    screen.show(place.wall);
    view.chosen = viewOf(place.view, now());
    watch.open(place, playing);
    this.channelKnown();
  }

  /** To be called when another channel or quality is watched: it has marks of its own. */
  channelKnown(): void {
    const { watch, marks } = this.options;
    if (watch.channel === null || watch.quality === null) return;
    marks.open(watch.channel.name, watch.quality.name);
    if (this.linked) marks.show(this.linked.in, this.linked.out);
    this.linked = null;
  }

  private get view(): PlaceView | null {
    const { view, watch } = this.options;
    if (view.chosen === null) return null;
    return watch.following ? { newestS: lengthOf(view.chosen) / 1000 } : view.chosen;
  }
}

function viewOf(view: PlaceView | null, now: number): Stretch | null {
  if (view === null || !('newestS' in view)) return view;
  return { from: now - view.newestS * 1000, to: now };
}
