/** Between moments and media times, to the frame where the node's grid is known, by the playlist's dates elsewhere. */
import { dated, locate, wallTimeAt, type Fragment, type Located, type Toward } from '$lib/domain/fragments';
import type { Frame } from '$lib/domain/grid';
import type { Frames } from './frames.svelte';

/** A seek lands this part of a frame inside it: no rounding then shows another. */
const INSIDE = 0.25;
/** Media times of frames are rounded by what muxes them. */
const ROUNDING_S = 0.001;

export type KnownFrames = Pick<Frames, 'after' | 'at' | 'before' | 'grid' | 'snap' | 'startOf'>;

export class Placing {
  private cached: { readonly of: readonly Fragment[]; readonly grid: unknown; readonly dates: Fragment[] } | null =
    null;

  constructor(readonly frames: KnownFrames) {}

  /** Fragments with the node's dates; the same list again is not dated again. */
  dates(fragments: readonly Fragment[]): readonly Fragment[] {
    const { grid } = this.frames;
    if (this.cached?.of !== fragments || this.cached.grid !== grid) {
      const dates = dated(fragments, (path) => this.frames.startOf(path));
      this.cached = { of: fragments, grid, dates };
    }
    return this.cached.dates;
  }

  /** Where to seek to for a moment: a little inside of the first frame at or after it. */
  locate(fragments: readonly Fragment[], wanted: number, toward: Toward): Located | null {
    const frame = this.frameFor(wanted);
    if (frame === null) return locate(this.dates(fragments), wanted, toward);
    const located = locate(this.dates(fragments), frame.at + (frame.until - frame.at) * INSIDE, toward);
    return located?.relation === 'inside' ? { ...located, wall: frame.at } : located;
  }

  /** The first frame at or after a moment; null while unknown. */
  frameFor(wanted: number): Frame | null {
    const at = this.frames.snap(wanted, 'next');
    return at === null ? null : this.frames.at(at);
  }

  /** The frame that is shown at a media time; null while unknown. */
  frameShown(fragments: readonly Fragment[], media: number): Frame | null {
    const wall = wallTimeAt(this.dates(fragments), media + ROUNDING_S);
    return wall === null ? null : this.frames.at(wall);
  }
}
