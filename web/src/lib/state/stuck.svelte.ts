/** Looks whether the picture moves, and opens it anew when it does not. The rules are in `domain/stuck`. */
import { looked, notStuck, stuckSince } from '$lib/domain/stuck';
import type { Player } from './player.svelte';

const LOOK_MS = 1000;
/** Nearer to the end of what is listed, the player waits for what has not been recorded yet. */
const END_MS = 4000;

export interface StuckOptions {
  readonly player: Pick<Player, 'listed' | 'playing' | 'rebuild' | 'trouble' | 'wall'>;
  /** Nobody looks, or the node does not answer: standing still has another reason. */
  readonly excused: () => boolean;
  readonly now: () => number;
}

export class StuckWatch {
  /** Since when the picture has not moved though it should; null when all is well. */
  since = $state<number | null>(null);
  private stuck;

  constructor(private readonly options: StuckOptions) {
    this.stuck = notStuck(options.now());
  }

  run(): () => void {
    const timer = setInterval(() => this.look(), LOOK_MS);
    return () => clearInterval(timer);
  }

  private look(): void {
    const { player, excused, now } = this.options;
    const { listed, playing, trouble, wall } = player;
    const more = wall !== null && listed !== null && listed.last - wall > END_MS;
    const shouldMove = playing && trouble === null && more && !excused();
    this.stuck = looked(this.stuck, { now: now(), wall, shouldMove });
    this.since = stuckSince(this.stuck, now());
    if (this.stuck.rebuild) player.rebuild();
  }
}
