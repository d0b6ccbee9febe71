/** The node's clock, as told by its last answer and carried on by ours. */
const TICK_MS = 500;

export class NodeClock {
  /** Unix ms on the node. */
  now: number;
  private offset = 0;

  constructor(private readonly local: () => number = Date.now) {
    this.now = $state(local());
  }

  /** The node said `now`; `sent` is our time when it was asked. It is taken to be of the middle of the way. */
  adjust(now: number, sent: number): void {
    this.offset = now - (sent + this.local()) / 2;
    this.tick();
  }

  tick(): void {
    this.now = this.local() + this.offset;
  }

  /** Ticks until the returned function is called. */
  run(): () => void {
    const timer = setInterval(() => this.tick(), TICK_MS);
    return () => clearInterval(timer);
  }
}
