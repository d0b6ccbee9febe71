/** The stretch of time that the timeline shows: chosen by somebody, or moved on with the playhead and with live. */
import { contains, lengthOf, momentAt, type Stretch } from '$lib/domain/stretch';
import { clamped, fitted, newest, opening, panned, revealed, turned, zoomed } from '$lib/domain/timeline_view';

/** Playing on moves the playhead by less than this between two looks; more is a seek. In ms. */
const SEEK_MS = 3000;
/** As a fraction of the view: less is not seen. */
const LEAST_MOVE = 1e-5;

export interface Followed {
  readonly playhead: number | null;
  readonly playing: boolean;
  /** At the live edge, and staying there. */
  readonly live: boolean;
}

export class TimelineView {
  /** What somebody chose or followed to; null for the last hour, as it goes on. The address bar keeps this. */
  chosen = $state.raw<Stretch | null>(null);
  /** Somebody holds the view or something on it: it does not move on by itself. */
  held = false;
  /** Somebody moved the view away from the playhead: it is not followed until it is in view again. */
  private away = false;
  private playhead: number | null = null;

  /** What is shown; null while nothing is recorded. */
  readonly stretch = $derived.by<Stretch | null>(() => {
    const reach = this.reach();
    if (reach === null) return null;
    return this.chosen === null ? opening(reach) : clamped(this.chosen, reach);
  });

  /** @param reach all that is recorded */
  constructor(private readonly reach: () => Stretch | null) {}

  get from(): number | null {
    return this.stretch?.from ?? null;
  }

  get to(): number | null {
    return this.stretch?.to ?? null;
  }

  /** Shows `factor` times as much: 0.5 is nearer, 2 farther. Without `about`, the playhead stays where it is. */
  zoom(factor: number, about: number | null = null): void {
    this.change((view, reach) => zoomed(view, factor, about ?? this.fixed(view, reach), reach));
  }

  zoomTo(from: number, to: number): void {
    this.change((_, reach) => clamped({ from, to }, reach));
  }

  /** Shows all that is recorded. */
  fit(): void {
    this.change((_, reach) => fitted(reach));
  }

  /** Moves by a fraction of what is shown; positive is later. */
  pan(fraction: number): void {
    this.change((view, reach) => panned(view, fraction, reach));
  }

  /** Brings a moment in sight. */
  reveal(at: number): void {
    this.change((view, reach) => revealed(view, at, reach));
  }

  /** Any other change that somebody makes. */
  change(to: (view: Stretch, reach: Stretch) => Stretch): void {
    const [view, reach] = [this.stretch, this.reach()];
    if (view === null || reach === null) return;
    this.chosen = to(view, reach);
    this.away = this.playhead !== null && !contains(this.chosen, this.playhead);
  }

  /** Forgets what was chosen: another channel is shown. */
  reset(): void {
    this.chosen = this.playhead = null;
    this.away = false;
  }

  /** To be called whenever the playhead has moved: the view goes with it. */
  follow({ playhead, playing, live }: Followed): void {
    const [view, reach, before] = [this.stretch, this.reach(), this.playhead];
    this.playhead = playhead;
    if (view === null || reach === null || playhead === null || this.held) return;
    const moved = before === null ? Infinity : playhead - before;
    const sought = moved !== 0 && (!playing || moved < 0 || moved > SEEK_MS);
    // A view that was there before the playhead came with the address: it is as somebody left it.
    if (before === null && this.chosen !== null) {
      this.away = !contains(view, playhead);
      return;
    }
    if (sought || contains(view, playhead)) this.away = false;
    if (this.away || (!playing && !sought)) return;
    if (live) this.followLive(view, reach, playhead);
    else if (!contains(view, playhead)) {
      this.go(view, sought ? revealed(view, playhead, reach) : turned(view, playhead, reach));
    }
  }

  private followLive(view: Stretch, reach: Stretch, playhead: number): void {
    if (contains(view, playhead) && contains(view, reach.to)) return;
    const next = newest(lengthOf(view), reach);
    if (contains(next, playhead)) this.go(view, next);
    else if (!contains(view, playhead)) this.go(view, turned(view, playhead, reach));
  }

  /** Where nothing moves on the screen, nothing is written: what follows the view would be called for ever. */
  private go(before: Stretch, next: Stretch): void {
    const moved = Math.abs(next.from - before.from) + Math.abs(next.to - before.to);
    if (moved > lengthOf(before) * LEAST_MOVE) this.chosen = next;
  }

  /** What a zoom by key or button keeps in its place: the playhead, else the newest, else the middle. */
  private fixed(view: Stretch, reach: Stretch): number {
    const seen = [this.playhead, reach.to].find((at) => at !== null && contains(view, at));
    return seen ?? momentAt(view, 0.5);
  }
}
