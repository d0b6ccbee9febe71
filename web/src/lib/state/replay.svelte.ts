/** Plays the marked part to its last frame, or what is around an edge again and again. */
import { isWhole, markOf, type MarkList } from '$lib/domain/marks';
import type { Edge } from '$lib/domain/timeline_marks';
import type { Frames } from './frames.svelte';
import type { Player } from './player.svelte';
import type { Watch } from './watch.svelte';

/** A loop goes this far to both sides of its edge. */
const AROUND_MS = 1500;
/** Farther from what is replayed than this, somebody went elsewhere. */
const AWAY_MS = 1000;
const USUAL_FRAME_MS = 1000 / 30;

export type Replayed =
  { readonly kind: 'part'; readonly id: string } | { readonly kind: 'loop'; readonly id: string; readonly edge: Edge };

export interface ReplayOptions {
  readonly player: Pick<Player, 'moment' | 'pause' | 'play' | 'playing' | 'seek'>;
  readonly watch: Pick<Watch, 'goTo'>;
  readonly frames: Pick<Frames, 'before' | 'distanceMs'>;
  readonly marks: { readonly list: MarkList };
}

export class Replay {
  what = $state.raw<Replayed | null>(null);

  constructor(private readonly options: ReplayOptions) {}

  start(what: Replayed): void {
    const stretch = this.stretchOf(what);
    if (stretch === null) return;
    this.what = what;
    this.options.watch.goTo(stretch.from);
    this.options.player.play();
  }

  /** Starts, or ends when that is what is replayed. */
  toggle(what: Replayed): void {
    if (this.is(what)) this.stop();
    else this.start(what);
  }

  stop(): void {
    this.what = null;
  }

  is({ id, ...what }: Replayed): boolean {
    if (this.what === null || this.what.id !== id || this.what.kind !== what.kind) return false;
    return what.kind === 'part' || (this.what.kind === 'loop' && this.what.edge === what.edge);
  }

  /** The time of the last frame before an out. */
  lastBefore(out: number): number {
    const { frames } = this.options;
    return frames.before(out)?.at ?? out - (frames.distanceMs(out) ?? USUAL_FRAME_MS);
  }

  /** To be called for every picture that is shown. */
  shown(): void {
    const { player } = this.options;
    const { moment } = player;
    if (this.what === null || moment === null || !player.playing) return;
    const stretch = this.stretchOf(this.what);
    if (stretch === null || moment < stretch.from - AWAY_MS || moment > stretch.to + AWAY_MS) return this.stop();
    if (moment < stretch.to - 0.001) return;
    if (this.what.kind === 'loop') return player.seek(stretch.from);
    this.stop();
    player.pause();
    // A few frames may have been shown before the player was told: what rests on the screen is the last one.
    player.seek(stretch.to);
  }

  /** From the first to the last frame; null when the mark is gone or not whole. */
  private stretchOf(what: Replayed): { from: number; to: number } | null {
    const mark = markOf(this.options.marks.list, what.id);
    if (what.kind === 'part') return isWhole(mark) ? { from: mark.in, to: this.lastBefore(mark.out) } : null;
    const at = mark?.[what.edge] ?? null;
    return at === null ? null : { from: at - AROUND_MS, to: at + AROUND_MS };
  }
}
