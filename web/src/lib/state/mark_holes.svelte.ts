/** The holes inside of a mark, asked of the node once the mark rests. */
import { isDoubtful, type CoverageAnswer, type Piece } from '$lib/domain/coverage';
import type { WholeMark } from '$lib/domain/marks';
import type { Stretch } from '$lib/domain/stretch';

/** Somebody is still moving the edge. */
const REST_MS = 400;

export interface MarkHolesOptions {
  /** null while nothing is watched. */
  readonly ask: (stretch: Stretch) => Promise<CoverageAnswer> | null;
}

export class MarkHoles {
  private found = $state.raw<{ readonly of: Stretch; readonly holes: readonly Piece[] } | null>(null);
  private wanted: Stretch | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: MarkHolesOptions) {}

  /** Tells which mark is looked at. */
  want(mark: WholeMark | null): void {
    const same = mark !== null && this.wanted?.from === mark.in && this.wanted.to === mark.out;
    if (same) return;
    clearTimeout(this.timer);
    this.wanted = mark && { from: mark.in, to: mark.out };
    if (mark) this.timer = setTimeout(() => void this.ask(), REST_MS);
  }

  /** What is not recorded of a mark; null while unknown. */
  of(mark: WholeMark): readonly Piece[] | null {
    const { found } = this;
    return found !== null && found.of.from === mark.in && found.of.to === mark.out ? found.holes : null;
  }

  private async ask(): Promise<void> {
    const { wanted } = this;
    if (wanted === null) return;
    // Without an answer nothing is said: the cut itself is refused should there be a hole.
    const answer = await this.options.ask(wanted)?.catch(() => null);
    if (!answer || this.wanted !== wanted) return;
    const holes = answer.pieces.filter(({ reason }) => reason !== null && !isDoubtful(reason));
    this.found = { of: wanted, holes };
  }
}
