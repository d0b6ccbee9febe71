/** The pointer on the timeline: what it points at, and what is done by pressing, dragging, pinching and turning. */
import type { Stretch } from '$lib/domain/stretch';
import {
  meansPlayhead,
  nextGesture,
  seeks,
  trembles,
  wheelMeans,
  type GestureEvent,
  type GestureState,
  type Wheel,
} from '$lib/domain/timeline_gesture';
import { momentAtX, pinched, xAt } from '$lib/domain/timeline_view';
import { BorderPan, type Frames } from './border_pan';
import type { TimelineView } from './timeline_view.svelte';

/** What is used of a PointerEvent; `x` in pixels from the left end of the timeline. */
export interface PointerAt {
  readonly id: number;
  readonly x: number;
  /** A finger. */
  readonly coarse: boolean;
}

export interface PointerOptions {
  readonly view: TimelineView;
  readonly width: () => number;
  readonly playhead: () => number | null;
  readonly onGo: (at: number) => void;
  readonly frames: Frames;
}

export class TimelinePointer {
  /** Where the pointer is, in pixels; null when it is elsewhere. */
  x = $state<number | null>(null);
  state = $state<GestureState>('idle');
  /** Over the playhead, so that pressing would take hold of it. */
  overPlayhead = $state(false);
  /** The moment pointed at, outside of what is recorded too. */
  readonly at = $derived.by(() => {
    const view = this.options.view.stretch;
    return view === null || this.x === null ? null : momentAtX(view, this.x, this.options.width());
  });
  /** What the playhead is dragged to; null while it is not. */
  readonly scrubbed = $derived.by(() => (this.state === 'scrubbing' ? this.at : null));

  /** Where each finger that is down is now. */
  private down: readonly PointerAt[] = [];
  private pressedAt = 0;
  /** What the view was when it was taken hold of; for a pinch, the moments under the two fingers. */
  private grabbed: Stretch | null = null;
  private readonly border: BorderPan;

  constructor(private readonly options: PointerOptions) {
    this.border = new BorderPan(options.width, (by) => options.view.pan(by), options.frames);
  }

  press(pointer: PointerAt): void {
    const second = this.down.some(({ id }) => id !== pointer.id);
    if (this.down.length >= 2) return;
    this.down = [...this.down.filter(({ id }) => id !== pointer.id), pointer];
    this.x = pointer.x;
    if (second) this.go('pressSecond');
    else this.go(this.isPlayhead(pointer) ? 'pressPlayhead' : 'press');
    this.options.view.held = true;
    if (this.state === 'pinching') this.grabbed = this.underFingers();
    else if (!second) this.grab(pointer.x);
  }

  move(pointer: PointerAt): void {
    this.x = pointer.x;
    this.overPlayhead = this.isPlayhead(pointer);
    if (!this.down.some(({ id }) => id === pointer.id)) return;
    this.down = this.down.map((each) => (each.id === pointer.id ? pointer : each));
    if (!trembles(this.pressedAt, pointer.x)) this.go('move');
    if (this.state === 'panning') this.panTo(pointer.x);
    if (this.state === 'pinching') this.pinch();
    this.border.drag(this.state === 'scrubbing' ? pointer.x : null);
  }

  lift(pointer: PointerAt): void {
    if (!this.down.some(({ id }) => id === pointer.id)) return;
    this.down = this.down.filter(({ id }) => id !== pointer.id);
    this.x = pointer.x;
    const at = seeks(this.state) && this.down.length === 0 ? this.at : null;
    this.go(this.down.length === 0 ? 'lift' : 'liftOne');
    this.rest();
    if (pointer.coarse) this.x = null;
    if (at !== null) this.options.onGo(at);
  }

  cancel(): void {
    this.down = [];
    this.go('cancel');
    this.rest();
    this.x = null;
  }

  leave(): void {
    if (this.state === 'idle') this.x = null;
    this.overPlayhead = false;
  }

  turn(wheel: Wheel, x: number): void {
    const [view, means] = [this.options.view.stretch, wheelMeans(wheel)];
    if (view === null) return;
    if ('pan' in means) this.options.view.pan(means.pan / this.options.width());
    else this.options.view.zoom(means.zoom, momentAtX(view, x, this.options.width()));
  }

  private isPlayhead({ x, coarse }: PointerAt): boolean {
    const [view, playhead] = [this.options.view.stretch, this.options.playhead()];
    const at = view === null || playhead === null ? null : xAt(view, playhead, this.options.width());
    return meansPlayhead(x, at, coarse);
  }

  private go(event: GestureEvent): void {
    this.state = nextGesture(this.state, event);
  }

  /** Nothing is dragged any more. */
  private rest(): void {
    this.border.drag(null);
    if (this.state === 'idle') this.options.view.held = false;
  }

  private grab(x: number): void {
    this.pressedAt = x;
    this.grabbed = this.options.view.stretch;
  }

  private panTo(x: number): void {
    if (this.grabbed === null) return;
    const by = ((this.pressedAt - x) / this.options.width()) * (this.grabbed.to - this.grabbed.from);
    this.options.view.zoomTo(this.grabbed.from + by, this.grabbed.to + by);
  }

  /** The moments under two fingers, the left one first. */
  private underFingers(): Stretch | null {
    const view = this.options.view.stretch;
    const [left, right] = this.fingers();
    if (view === null || left === undefined || right === undefined) return null;
    return { from: momentAtX(view, left, this.options.width()), to: momentAtX(view, right, this.options.width()) };
  }

  private fingers(): number[] {
    return this.down.map(({ x }) => x).sort((a, b) => a - b);
  }

  private pinch(): void {
    const [left, right] = this.fingers();
    if (this.grabbed === null || left === undefined || right === undefined) return;
    const width = this.options.width();
    this.options.view.change((_, reach) => pinched(this.grabbed as Stretch, left / width, right / width, reach));
  }
}
