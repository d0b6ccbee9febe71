/**
 * The frame grid around what is looked at, kept while the page is open.
 *
 * Everything that has to be exact to the frame asks here: the clock at the playhead, steps, marks, the timeline. Where
 * the node has not told yet, or cannot, the answers are null, and the player's own dates have to do.
 */
import {
  frameAfter,
  frameAt,
  frameBefore,
  frameMsAt,
  framesIn,
  mergeGrid,
  snapped,
  type Frame,
  type Grid,
  type SegmentFrames,
  type Snap,
} from '$lib/domain/grid';
import { joined, nextQuestion, settled, without } from '$lib/domain/frame_wants';
import { retryDelayMs } from '$lib/domain/retry';
import { overlap, type Stretch } from '$lib/domain/stretch';

/** Half an hour of segments of 2 s; beyond that, all but what is wanted now is forgotten. */
const MOST_SEGMENTS = 900;

export interface WantedFrames {
  readonly channel: string;
  readonly quality: string;
  /** What is looked at, the most urgent first. */
  readonly stretches: readonly Stretch[];
  /** All that is recorded. */
  readonly recorded: Stretch;
}

/** A segment as a playlist lists it. */
export interface Listed extends Stretch {
  readonly path: string | null;
}

export interface FramesOptions {
  readonly ask: (channel: string, quality: string, stretch: Stretch) => Promise<readonly SegmentFrames[]>;
  /** More is known than before. */
  readonly onLearned: () => void;
}

export class Frames {
  grid = $state.raw<Grid>([]);
  /** Wall time of the first frame of each known segment, by the segment's path. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew when the grid changes
  private readonly starts = $derived(new Map(this.grid.map(({ path, start }) => [path, start])));
  private wanted: WantedFrames | null = null;
  private known: Stretch[] = [];
  /** Paths that were asked for once more; a segment that cannot be understood stays unknown. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
  private readonly doubted = new Set<string | null>();
  private asking = false;
  private failures = 0;
  private notBefore = 0;

  constructor(private readonly options: FramesOptions) {}

  /** The node's date of a segment; null while unknown. */
  startOf(path: string): number | null {
    return this.starts.get(path) ?? null;
  }

  at(wall: number): Frame | null {
    return frameAt(this.grid, wall);
  }

  after(wall: number): Frame | null {
    return frameAfter(this.grid, wall);
  }

  before(wall: number): Frame | null {
    return frameBefore(this.grid, wall);
  }

  snap(wall: number, way: Snap): number | null {
    return snapped(this.grid, wall, way);
  }

  within(from: number, to: number): number[] {
    return framesIn(this.grid, { from, to });
  }

  /** The usual distance of two frames; null while nothing is known. */
  distanceMs(wall: number): number | null {
    return frameMsAt(this.grid, wall);
  }

  /** Tells what has to be known now: often, as this also keeps it up to date. */
  want(wanted: WantedFrames | null): void {
    const before = this.wanted;
    this.wanted = wanted;
    if (before?.channel !== wanted?.channel || before?.quality !== wanted?.quality) this.forget();
    void this.go();
  }

  /** Segments that are listed and not in the grid: what is known of their time is out of date. Once for each. */
  doubt(listed: readonly Listed[]): void {
    const strange = listed.filter(({ path }) => path !== null && !this.starts.has(path) && !this.doubted.has(path));
    for (const { path, from, to } of strange) {
      this.doubted.add(path);
      this.known = without(this.known, [{ from, to }]);
    }
  }

  private forget(): void {
    this.grid = [];
    this.known = [];
    this.doubted.clear();
    this.failures = this.notBefore = 0;
  }

  private async go(): Promise<void> {
    if (this.asking || this.wanted === null || Date.now() < this.notBefore) return;
    const { channel, quality, stretches, recorded } = this.wanted;
    const question = nextQuestion(stretches, this.known, recorded);
    if (question === null) return;
    this.asking = true;
    try {
      const segments = await this.options.ask(channel, quality, question);
      const same = this.wanted?.channel === channel && this.wanted.quality === quality;
      if (same) this.learn(question, segments, recorded.to);
      this.failures = 0;
    } catch {
      // The picture goes on with the player's own dates; that the node does not answer is said by the line on top.
      this.failures += 1;
      this.notBefore = Date.now() + retryDelayMs(this.failures);
    } finally {
      this.asking = false;
    }
    if (this.failures === 0) void this.go();
  }

  private learn(question: Stretch, segments: readonly SegmentFrames[], newest: number): void {
    this.keepSmall();
    this.grid = mergeGrid(this.grid, question, segments);
    const last = framesIn(this.grid, question).at(-1) ?? null;
    const known = settled(question, newest, last);
    if (known) this.known = joined([...this.known, known]);
    else this.notBefore = Date.now() + 1000;
    this.options.onLearned();
  }

  private keepSmall(): void {
    if (this.grid.length < MOST_SEGMENTS || this.wanted === null) return;
    const { stretches } = this.wanted;
    const near = (each: Stretch) => stretches.some((wanted) => overlap(wanted, each) !== null);
    this.known = this.known.flatMap((each) => stretches.flatMap((wanted) => overlap(wanted, each) ?? []));
    this.grid = this.grid.filter(({ start, offsetsMs }) =>
      near({ from: start, to: start + (offsetsMs.at(-1) ?? 0) + 1 }),
    );
  }
}
