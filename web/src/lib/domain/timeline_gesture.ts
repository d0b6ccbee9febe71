/** What pressing, moving and letting go on the timeline mean: one table, for mouse, pen and fingers. */

/**
 * `pressed`: may become a click. `held`: the same, on the playhead. `panning` moves the view, `scrubbing` the playhead,
 * `pinching` is two fingers. `spent`: fingers are still down, but mean nothing any more.
 */
export type GestureState = 'idle' | 'pressed' | 'held' | 'panning' | 'scrubbing' | 'pinching' | 'spent';

/** `move` is one beyond the tremble of a hand; `lift` of the last finger, `liftOne` of one of two. */
export type GestureEvent = 'press' | 'pressPlayhead' | 'pressSecond' | 'move' | 'lift' | 'liftOne' | 'cancel';

const TABLE: Record<GestureState, Partial<Record<GestureEvent, GestureState>>> = {
  idle: { press: 'pressed', pressPlayhead: 'held' },
  pressed: { pressSecond: 'pinching', move: 'panning', lift: 'idle', cancel: 'idle' },
  held: { pressSecond: 'pinching', move: 'scrubbing', lift: 'idle', cancel: 'idle' },
  panning: { pressSecond: 'pinching', lift: 'idle', cancel: 'idle' },
  scrubbing: { pressSecond: 'pinching', lift: 'idle', cancel: 'idle' },
  pinching: { liftOne: 'spent', cancel: 'idle' },
  spent: { pressSecond: 'pinching', lift: 'idle', cancel: 'idle' },
};

/** What comes after; an event that means nothing here changes nothing. */
export function nextGesture(state: GestureState, event: GestureEvent): GestureState {
  return TABLE[state][event] ?? state;
}

/** Whether letting go here goes to the moment under the pointer. */
export function seeks(state: GestureState): boolean {
  return state === 'pressed' || state === 'held' || state === 'scrubbing';
}

/** In pixels: a hand trembles by less. */
const TREMBLE = 4;
/** In pixels to either side of the playhead: what still means it, for a mouse and for a finger. */
const PLAYHEAD_NEAR = { fine: 6, coarse: 22 };

export function trembles(from: number, to: number): boolean {
  return Math.abs(to - from) < TREMBLE;
}

export function meansPlayhead(x: number, playhead: number | null, coarse: boolean): boolean {
  return playhead !== null && Math.abs(x - playhead) <= (coarse ? PLAYHEAD_NEAR.coarse : PLAYHEAD_NEAR.fine);
}

export interface Wheel {
  readonly deltaX: number;
  readonly deltaY: number;
  /** 0: pixels, 1: lines, 2: pages */
  readonly deltaMode: number;
  readonly shiftKey: boolean;
  /** Set by browsers while two fingers pinch on a touch pad. */
  readonly ctrlKey: boolean;
}

const PIXELS_PER_UNIT = [1, 30, 300];

/** Turning towards oneself shows more; sideways, or with Shift, moves along (in pixels, positive is later). */
export function wheelMeans(wheel: Wheel): { readonly zoom: number } | { readonly pan: number } {
  const unit = PIXELS_PER_UNIT[wheel.deltaMode] ?? 1;
  const [x, y] = [wheel.deltaX * unit, wheel.deltaY * unit];
  if (Math.abs(x) > Math.abs(y)) return { pan: x };
  if (wheel.shiftKey) return { pan: y };
  const strength = wheel.ctrlKey ? 100 : 400;
  return { zoom: 2 ** Math.min(1, Math.max(-1, y / strength)) };
}
