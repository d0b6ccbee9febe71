/** Moves the view on while something is dragged into or over an end of the timeline. */
import { borderSpeed } from '$lib/domain/timeline_view';

/** A picture that came late counts for no more than this, so that the view never jumps. */
const LONGEST_S = 0.05;

export interface Frames {
  /** As `requestAnimationFrame` and `cancelAnimationFrame`: times in ms. */
  request(draw: (at: number) => void): number;
  cancel(id: number): void;
}

export class BorderPan {
  private x: number | null = null;
  private waiting: number | null = null;

  constructor(
    private readonly width: () => number,
    private readonly pan: (fraction: number) => void,
    private readonly frames: Frames,
  ) {}

  /** Tells where what is dragged is now, in pixels from the left end; null once it is let go. */
  drag(x: number | null): void {
    this.x = x;
    const moves = x !== null && borderSpeed(x, this.width()) !== 0;
    if (moves && this.waiting === null) this.wait(null);
    if (!moves) this.stop();
  }

  private wait(before: number | null): void {
    this.waiting = this.frames.request((at) => this.move(at, before));
  }

  private move(at: number, before: number | null): void {
    if (this.x === null) return;
    const seconds = before === null ? 0 : Math.min((at - before) / 1000, LONGEST_S);
    if (seconds > 0) this.pan(borderSpeed(this.x, this.width()) * seconds);
    this.wait(at);
  }

  private stop(): void {
    if (this.waiting !== null) this.frames.cancel(this.waiting);
    this.waiting = null;
  }
}
