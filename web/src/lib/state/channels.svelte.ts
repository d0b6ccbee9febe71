/** The channels as the node last told them, asked for again and again. */
import type { ChannelsAnswer } from '$lib/api/node';
import { Refused } from '$lib/api/problem';
import type { Channel } from '$lib/domain/channels';
import { retryDelayMs } from '$lib/domain/retry';
import type { NodeClock } from './node_clock.svelte';

const POLL_MS = 2000;
const HIDDEN_POLL_MS = 10_000;

/** A link to the node that does not work. */
export interface BrokenLink {
  /** Unix ms of the last answer; null if there never was one. */
  readonly since: number | null;
  readonly failures: number;
  /** The node's own words, if it answered at all. */
  readonly words: string | null;
}

export interface ChannelsOptions {
  readonly ask: () => Promise<ChannelsAnswer>;
  readonly clock: NodeClock;
  readonly hidden: () => boolean;
  readonly onAnswer: () => void;
}

export class Channels {
  /** null until the first answer. */
  list = $state.raw<readonly Channel[] | null>(null);
  broken = $state.raw<BrokenLink | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private answeredAt: number | null = null;
  private running = false;

  constructor(private readonly options: ChannelsOptions) {}

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

  private async poll(): Promise<void> {
    const sent = Date.now();
    try {
      const answer = await this.options.ask();
      this.options.clock.adjust(answer.now, sent);
      this.list = answer.channels;
      this.broken = null;
      this.answeredAt = Date.now();
    } catch (error) {
      const words = error instanceof Refused ? error.message : null;
      this.broken = { since: this.answeredAt, failures: (this.broken?.failures ?? 0) + 1, words };
    }
    clearTimeout(this.timer);
    if (this.running) this.timer = setTimeout(() => void this.poll(), this.delay());
    if (this.broken === null) this.options.onAnswer();
  }

  private delay(): number {
    if (this.broken !== null) return retryDelayMs(this.broken.failures);
    return this.options.hidden() ? HIDDEN_POLL_MS : POLL_MS;
  }
}
