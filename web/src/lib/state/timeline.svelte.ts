/** The timeline of the recording that is watched: what is known of it, and which stretch of it is shown. */
import { knownEnd, recordedMs } from '$lib/domain/coverage';
import { overlap, type Stretch } from '$lib/domain/stretch';
import { asked, reachOf } from '$lib/domain/timeline_view';
import type { Coverage } from './coverage.svelte';
import type { NodeClock } from './node_clock.svelte';
import { TimelineView } from './timeline_view.svelte';
import type { Watch } from './watch.svelte';

/** While it records, the timeline waits this long for the holes at its end, and then goes on without. */
const PATIENCE_MS = 15_000;

export interface TimelineOptions {
  readonly watch: Pick<Watch, 'channel' | 'quality'>;
  readonly clock: Pick<NodeClock, 'now'>;
  readonly coverage: Pick<Coverage, 'known' | 'want'>;
}

export class Timeline {
  /** All there is to show; null while nothing is recorded. */
  private readonly reach = $derived.by(() => {
    const { quality } = this.options.watch;
    return quality && reachOf(quality, this.options.clock.now);
  });
  /** The same up to where its holes are known, so that nothing is drawn that the next answer takes back. */
  readonly shown = $derived.by<Stretch | null>(() => {
    if (this.reach === null) return null;
    const known = knownEnd(this.options.coverage.known, this.reach);
    if (known === null) return this.reach;
    const late = this.recording && this.reach.to - known > PATIENCE_MS;
    return { ...this.reach, to: late ? this.reach.to : known };
  });
  readonly recording = $derived.by(() => this.options.watch.quality?.state === 'recording');
  readonly known = $derived.by(() => this.options.coverage.known);
  /** How long is recorded of all there is; null while some of its holes are not known. */
  readonly recordedMs = $derived.by(() => this.shown && recordedMs(this.known, this.shown));
  readonly view: TimelineView = new TimelineView(() => this.reach);
  private channel: string | null = null;

  constructor(private readonly options: TimelineOptions) {}

  /** Asks for what is not known of what is shown. To be called when that changes, and again and again. */
  refresh(): void {
    const { watch, coverage } = this.options;
    if (watch.channel === null || watch.quality === null) return coverage.want(null);
    if (this.channel !== null && watch.channel.name !== this.channel) this.view.reset();
    this.channel = watch.channel.name;
    const [view, reach] = [this.view.stretch, this.reach];
    const stretch = view && reach && overlap(asked(view), reach);
    if (stretch === null || reach === null) return coverage.want(null);
    coverage.want({ channel: watch.channel.name, quality: watch.quality.name, stretch, newest: reach.to });
  }
}
