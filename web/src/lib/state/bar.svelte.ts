/** What the position bar shows: a stretch of the recording that is watched, as far as its holes are known. */
import { fitsAnHour, fractionAt, reachOf, stretchOf, type BarView } from '$lib/domain/bar';
import { knownEnd, recordedMs } from '$lib/domain/coverage';
import type { Coverage } from './coverage.svelte';
import type { NodeClock } from './node_clock.svelte';
import type { Player } from './player.svelte';
import type { Watch } from './watch.svelte';

/** While it records, the bar waits this long for the holes at its end, and then goes on without. */
const PATIENCE_MS = 15_000;

export interface BarOptions {
  readonly watch: Pick<Watch, 'channel' | 'quality'>;
  readonly player: Pick<Player, 'wall'>;
  readonly clock: Pick<NodeClock, 'now'>;
  readonly coverage: Pick<Coverage, 'known' | 'want'>;
}

export class Bar {
  chosen = $state<BarView>('hour');

  /** All there is to show; null while nothing is recorded. */
  private readonly reach = $derived.by(() => {
    const { quality } = this.options.watch;
    return quality && reachOf(quality, this.options.clock.now);
  });
  /** The same up to where its holes are known, so that nothing is drawn that the next answer takes back. */
  readonly shown = $derived.by(() => {
    if (this.reach === null) return null;
    const known = knownEnd(this.options.coverage.known, this.reach);
    if (known === null) return this.reach;
    const { state } = this.options.watch.quality ?? {};
    const late = state === 'recording' && this.reach.to - known > PATIENCE_MS;
    return { ...this.reach, to: late ? this.reach.to : known };
  });

  /** There is more than the last hour to show. */
  readonly choice = $derived.by(() => this.shown !== null && !fitsAnHour(this.shown.from, this.shown.to));
  /** The playhead is always on the bar. */
  readonly view = $derived.by<BarView>(() => {
    if (this.shown === null || !this.choice) return 'all';
    const { wall } = this.options.player;
    const outside = wall !== null && fractionAt(stretchOf('hour', this.shown.from, this.shown.to), wall) < 0;
    return outside ? 'all' : this.chosen;
  });
  readonly stretch = $derived.by(() => this.shown && stretchOf(this.view, this.shown.from, this.shown.to));
  /** How long is recorded of all there is; null while some of its holes are not known. */
  readonly recordedMs = $derived.by(() => this.shown && recordedMs(this.options.coverage.known, this.shown));

  constructor(private readonly options: BarOptions) {}

  /** Asks for what is not known of what is shown. To be called when that changes, and again and again. */
  refresh(): void {
    const { watch, coverage } = this.options;
    if (watch.channel === null || watch.quality === null || this.reach === null) return coverage.want(null);
    const { from, to } = stretchOf(this.view, this.reach.from, this.reach.to);
    const stretch = { from: Math.max(from, this.reach.from), to };
    coverage.want({ channel: watch.channel.name, quality: watch.quality.name, stretch });
  }
}
