/** How much of the screen the picture has: the usual page, full screen, or a wall with picture and clock alone. */

/** After this long without a move of the pointer, what lies over the picture goes away. */
const IDLE_MS = 3000;
/** A screen this big, which nobody touches or points at, hangs on a wall. */
const WALL = '(min-width: 2600px) and (min-height: 1400px) and (hover: none)';

export class Screen {
  full = $state(false);
  wall = $state(false);
  /** Nobody has moved the pointer or pressed a key for a while. */
  idle = $state(false);
  private timer: ReturnType<typeof setTimeout> | undefined;

  run(): () => void {
    const aborter = new AbortController();
    const { signal } = aborter;
    const changed = () => (this.full = document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', changed, { signal });
    for (const name of ['pointermove', 'pointerdown', 'keydown'] as const) {
      addEventListener(name, () => this.moved(), { signal });
    }
    this.moved();
    return () => {
      aborter.abort();
      clearTimeout(this.timer);
    };
  }

  /** Shows picture and clock alone, where that is asked for or the screen hangs on a wall. */
  show(wall: boolean): void {
    this.wall = wall || matchMedia(WALL).matches;
  }

  /** The whole page, so that keys, timeline and messages stay. */
  toggleFull(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void document.documentElement.requestFullscreen?.();
  }

  toggleWall(): void {
    this.wall = !this.wall;
  }

  leaveWall(): void {
    this.wall = false;
  }

  private moved(): void {
    this.idle = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.idle = true), IDLE_MS);
  }
}
