/** Where a seek is going. Wall times in Unix ms. */

/** Corrections after a seek, once the true times of the fragment are known. More would be chasing noise. */
const MOST_CORRECTIONS = 3;

export class Target {
  /** The moment on its way to the screen; null when none is. */
  wanted: number | null = null;
  /** What the picture was last sent to, while it rests there: the grid may tell later which frame that is. */
  private aim: number | null = null;
  private corrections = 0;

  set(wall: number | null): void {
    this.wanted = this.aim = wall;
    this.corrections = 0;
  }

  arrived(): void {
    this.wanted = null;
  }

  /** The picture does not rest any more. */
  left(): void {
    this.aim = null;
  }

  /** Once more to where it rests; false if it does not. */
  again(): boolean {
    if (this.aim === null || this.wanted !== null) return false;
    this.set(this.aim);
    return true;
  }

  /** Counts a correction. */
  corrected(): void {
    this.corrections += 1;
  }

  get mayCorrect(): boolean {
    return this.corrections < MOST_CORRECTIONS;
  }
}
