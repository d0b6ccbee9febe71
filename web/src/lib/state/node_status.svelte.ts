/** What the node says of itself, asked for again and again while somebody looks, with pictures of the last hour. */
import { Refused } from '$lib/api/problem';
import type { CoverageAnswer, Piece } from '$lib/domain/coverage';
import type { NodeStatus, RecorderStatus } from '$lib/domain/node_status';
import { mostToDo, type Most, type Peer } from '$lib/domain/peers';
import { retryDelayMs } from '$lib/domain/retry';
import type { Stretch } from '$lib/domain/stretch';
import type { BrokenLink } from './channels.svelte';
import { Coverage } from './coverage.svelte';
import type { NodeClock } from './node_clock.svelte';

const POLL_MS = 1000;
const COVERAGE_PAUSE_MS = 10_000;
export const SHOWN_MS = 3_600_000;
/** The picture of the last hour moves on in such steps. */
const STEP_MS = 10_000;

export interface NodeStatusOptions {
  readonly ask: () => Promise<NodeStatus>;
  readonly coverage: (channel: string, quality: string, stretch: Stretch) => Promise<CoverageAnswer>;
  readonly clock: NodeClock;
  readonly hidden: () => boolean;
}

export class NodeStatusFeed {
  /** null until the first answer. */
  answer = $state.raw<NodeStatus | null>(null);
  broken = $state.raw<BrokenLink | null>(null);
  /** The last hour, to the next step. */
  stretch = $state.raw<Stretch>({ from: 0, to: SHOWN_MS });
  /** The most that was to be pulled from each peer while somebody looked. */
  most = $state.raw<Readonly<Record<string, Most>>>({});
  private coverages = $state.raw<Readonly<Record<string, Coverage>>>({});
  private timer: ReturnType<typeof setTimeout> | undefined;
  private answeredAt: number | null = null;
  private running = false;

  constructor(private readonly options: NodeStatusOptions) {}

  /** Asks until the returned function is called. */
  run(): () => void {
    this.running = true;
    void this.poll();
    return () => {
      this.running = false;
      clearTimeout(this.timer);
    };
  }

  /** Ask now: the page is looked at again, or somebody lost patience. */
  hurry(): void {
    clearTimeout(this.timer);
    if (this.running) void this.poll();
  }

  get peers(): readonly Peer[] {
    return this.answer?.replication?.peers ?? [];
  }

  /** What is known of a recorder's last hour. */
  known(recorder: RecorderStatus): readonly Piece[] {
    return this.coverages[keyOf(recorder)]?.known ?? [];
  }

  private async poll(): Promise<void> {
    const sent = Date.now();
    try {
      const answer = await this.options.ask();
      this.options.clock.adjust(Date.parse(answer.now), sent);
      this.answer = answer;
      this.most = mostToDo(this.most, this.peers);
      this.broken = null;
      this.answeredAt = Date.now();
      this.wantCoverage(answer.recorders);
    } catch (error) {
      const words = error instanceof Refused ? error.message : null;
      this.broken = { since: this.answeredAt, failures: (this.broken?.failures ?? 0) + 1, words };
    }
    clearTimeout(this.timer);
    // Whoever looks again asks at once; until then nobody needs to know.
    if (this.running && !this.options.hidden()) this.timer = setTimeout(() => void this.poll(), this.delay());
  }

  private delay(): number {
    return this.broken === null ? POLL_MS : retryDelayMs(this.broken.failures);
  }

  private wantCoverage(recorders: readonly RecorderStatus[]): void {
    const to = Math.ceil(this.options.clock.now / STEP_MS) * STEP_MS;
    if (to !== this.stretch.to) this.stretch = { from: to - SHOWN_MS, to };
    const before = this.coverages;
    if (recorders.some((each) => !(keyOf(each) in before))) {
      const entries = recorders.map((each) => [keyOf(each), before[keyOf(each)] ?? this.newCoverage()] as const);
      this.coverages = Object.fromEntries(entries);
    }
    for (const recorder of recorders) {
      const { channel, quality, last_segment_end: end } = recorder;
      const newest = end ? Date.parse(end) : this.stretch.to;
      this.coverages[keyOf(recorder)]?.want({ channel, quality, stretch: this.stretch, newest });
    }
  }

  private newCoverage(): Coverage {
    const { coverage: ask, hidden } = this.options;
    return new Coverage({ ask, hidden, pauseMs: COVERAGE_PAUSE_MS });
  }
}

function keyOf({ channel, quality }: RecorderStatus): string {
  return JSON.stringify([channel, quality]);
}
