/** What the node told of the recording that is watched: which parts of it are there, and which are holes. */
import { learn, piecesWithin, questions, type CoverageAnswer, type Piece } from '$lib/domain/coverage';
import { retryDelayMs } from '$lib/domain/retry';
import type { Stretch } from '$lib/domain/stretch';

const PAUSE_MS = 4000;
const HIDDEN_PAUSE_MS = 30_000;
/** Holes may be filled long after, from another node: this often all that is shown is asked for again. */
const STALE_MS = 600_000;

export interface WantedCoverage {
  readonly channel: string;
  readonly quality: string;
  readonly stretch: Stretch;
  /** Where the recording ends now: shortly before that, answers still change. */
  readonly newest: number;
}

/** Somebody looks elsewhere or farther; that the recording grows is no such thing, and can wait for its turn. */
function seesMore(before: Stretch, now: Stretch, newest: number): boolean {
  return now.from < before.from || (now.to > before.to && before.to < newest) || now.from > before.to;
}

export interface CoverageOptions {
  readonly ask: (channel: string, quality: string, stretch: Stretch) => Promise<CoverageAnswer>;
  readonly hidden: () => boolean;
  /** Between two questions while somebody looks. */
  readonly pauseMs?: number;
}

export class Coverage {
  known = $state.raw<readonly Piece[]>([]);
  private wanted: WantedCoverage | null = null;
  private asking = false;
  /** Something else is wanted than what is being asked for. */
  private changed = false;
  private failures = 0;
  private notBefore = 0;
  private wholeAt = 0;

  constructor(private readonly options: CoverageOptions) {}

  /** Tells what has to be known now: often, as this also keeps it up to date. */
  want(wanted: WantedCoverage | null): void {
    const before = this.wanted;
    this.wanted = wanted;
    if (wanted === null) return;
    const other = before?.channel !== wanted.channel || before.quality !== wanted.quality;
    if (other) this.forget();
    if (other || seesMore(before.stretch, wanted.stretch, before.newest)) this.changed = true;
    if (!this.asking && (this.changed || Date.now() >= this.notBefore)) void this.ask(wanted);
  }

  private forget(): void {
    this.known = [];
    this.failures = 0;
    this.wholeAt = Date.now();
  }

  private async ask({ channel, quality, stretch, newest }: WantedCoverage): Promise<void> {
    this.asking = true;
    this.changed = false;
    const stale = Date.now() - this.wholeAt > STALE_MS;
    try {
      for (const part of questions(this.known, stretch, newest, stale)) {
        const answer = await this.options.ask(channel, quality, part);
        if (this.changed) break;
        this.known = learn(this.known, answer);
      }
      this.failures = 0;
      if (stale && !this.changed) {
        // What is not shown may be old as well: it is asked for again when it is.
        this.known = piecesWithin(this.known, stretch);
        this.wholeAt = Date.now();
      }
    } catch {
      // What is known stays; that the node does not answer is said by the line on top.
      this.failures += 1;
    }
    this.asking = false;
    this.notBefore = Date.now() + this.pause();
    if (this.changed) this.want(this.wanted);
  }

  private pause(): number {
    if (this.failures > 0) return retryDelayMs(this.failures);
    return this.options.hidden() ? HIDDEN_PAUSE_MS : (this.options.pauseMs ?? PAUSE_MS);
  }
}
