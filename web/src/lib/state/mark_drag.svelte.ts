/** A mark being dragged on the timeline, by an edge or as a whole. The marks themselves belong to the page. */
import type { Stretch } from '$lib/domain/stretch';
import { drawn, keyed, limits, settled, type FrameTimes, type Grip, type MarkView } from '$lib/domain/timeline_marks';
import { momentAtX } from '$lib/domain/timeline_view';
import { BorderPan, type Frames } from './border_pan';
import type { TimelineView } from './timeline_view.svelte';

export interface MarkDragOptions {
  readonly view: TimelineView;
  readonly width: () => number;
  readonly reach: () => Stretch | null;
  readonly marks: () => readonly MarkView[];
  readonly times: FrameTimes;
  /** What a dragged edge comes to rest at, where single frames are too small to be chosen. */
  readonly magnets: () => readonly (number | null)[];
  readonly onMark: (id: string, grip: Grip, at: number) => void;
  readonly onMarkDone: (id: string) => void;
  readonly frames: Frames;
}

interface Held {
  readonly id: string;
  readonly grip: Grip;
  /** From what is dragged to where it was taken hold of, in ms. */
  readonly offset: number;
  readonly x: number;
}

export class MarkDrag {
  held = $state.raw<Held | null>(null);
  private readonly border: BorderPan;

  constructor(private readonly options: MarkDragOptions) {
    const pan = (by: number) => {
      options.view.pan(by);
      this.apply();
    };
    this.border = new BorderPan(options.width, pan, options.frames);
  }

  /** Takes hold of a mark, `x` pixels from the left end of the timeline. */
  start(mark: MarkView, grip: Grip, x: number): void {
    const [at, under] = [timeOf(mark, grip), this.under(x)];
    if (at === null || under === null) return;
    this.options.view.held = true;
    this.held = { id: mark.id, grip, offset: under - at, x };
  }

  move(x: number): void {
    if (this.held === null || this.held.x === x) return;
    this.held = { ...this.held, x };
    this.border.drag(x);
    this.apply();
  }

  /** Lets go. */
  end(): void {
    const { held } = this;
    this.border.drag(null);
    this.held = null;
    this.options.view.held = false;
    if (held !== null) this.options.onMarkDone(held.id);
  }

  /** Moves an edge by key: by a frame, or with `shift` by a second. False for other keys. */
  key(mark: MarkView, grip: Grip, key: string, shift: boolean): boolean {
    const [at, reach] = [timeOf(mark, grip), this.options.reach()];
    const to = at === null ? null : keyed(at, key, shift, this.options.times);
    if (to === null || reach === null) return false;
    const within = limits(mark, grip, reach, this.options.times);
    this.options.onMark(mark.id, grip, settled(to, within, this.options.times));
    this.options.onMarkDone(mark.id);
    this.options.view.reveal(to);
    return true;
  }

  private under(x: number): number | null {
    const view = this.options.view.stretch;
    return view && momentAtX(view, x, this.options.width());
  }

  private apply(): void {
    const [view, reach, held] = [this.options.view.stretch, this.options.reach(), this.held];
    const mark = this.options.marks().find(({ id }) => id === held?.id);
    const under = held && this.under(held.x);
    if (!view || !reach || !held || !mark || under === null) return;
    const msPerPixel = (view.to - view.from) / this.options.width();
    const at = drawn(under - held.offset, held.grip === 'both' ? [] : this.options.magnets(), msPerPixel);
    const to = settled(at, limits(mark, held.grip, reach, this.options.times), this.options.times);
    if (to !== timeOf(mark, held.grip)) this.options.onMark(held.id, held.grip, to);
  }
}

/** The time of a grip; the whole block has that of its beginning. */
function timeOf(mark: MarkView, grip: Grip): number | null {
  return grip === 'out' ? mark.out : mark.in;
}
