import { describe, expect, test } from 'vitest';
import {
  meansPlayhead,
  nextGesture,
  seeks,
  trembles,
  wheelMeans,
  type GestureEvent,
  type GestureState,
} from './timeline_gesture';

const after = (...events: GestureEvent[]) => events.reduce<GestureState>(nextGesture, 'idle');

describe('a gesture', () => {
  test.each<[string, GestureEvent[], GestureState, boolean]>([
    ['a press may become a click', ['press'], 'pressed', true],
    ['dragging what is empty moves the view', ['press', 'move', 'move'], 'panning', false],
    ['dragging the playhead moves it', ['pressPlayhead', 'move'], 'scrubbing', true],
    ['so may one close beside the playhead', ['pressPlayhead'], 'held', true],
    ['two fingers zoom', ['press', 'pressSecond', 'move'], 'pinching', false],
    ['also when the first was dragging already', ['press', 'move', 'pressSecond'], 'pinching', false],
    ['the finger that stays after a pinch does nothing', ['press', 'pressSecond', 'liftOne', 'move'], 'spent', false],
    ['until another comes', ['press', 'pressSecond', 'liftOne', 'pressSecond'], 'pinching', false],
    ['or it goes as well', ['press', 'pressSecond', 'liftOne', 'lift'], 'idle', false],
    ['the system can take it away', ['press', 'move', 'cancel'], 'idle', false],
    ['moving without pressing is none', ['move', 'lift'], 'idle', false],
  ])('%s', (_, events, state, goes) => {
    expect(after(...events)).toBe(state);
    expect(seeks(after(...events))).toBe(goes);
  });
});

test('a hand trembles, a drag does not', () => {
  expect(trembles(100, 103)).toBe(true);
  expect(trembles(100, 95)).toBe(false);
});

test('a finger needs to be less exact than a mouse', () => {
  expect(meansPlayhead(105, 100, false)).toBe(true);
  expect(meansPlayhead(110, 100, false)).toBe(false);
  expect(meansPlayhead(110, 100, true)).toBe(true);
  expect(meansPlayhead(110, null, true)).toBe(false);
});

describe('a wheel', () => {
  const wheel = { deltaX: 0, deltaY: 0, deltaMode: 0, shiftKey: false, ctrlKey: false };

  test('zooms: away from oneself is nearer', () => {
    expect(wheelMeans({ ...wheel, deltaY: -400 })).toEqual({ zoom: 0.5 });
    expect(wheelMeans({ ...wheel, deltaY: 100 })).toEqual({ zoom: 2 ** 0.25 });
    expect(wheelMeans({ ...wheel, deltaY: 9999 })).toEqual({ zoom: 2 });
    expect(wheelMeans({ ...wheel, deltaY: 50, ctrlKey: true })).toEqual({ zoom: 2 ** 0.5 });
  });

  test('moves along when turned sideways, or with Shift', () => {
    expect(wheelMeans({ ...wheel, deltaX: 30, deltaY: 10 })).toEqual({ pan: 30 });
    expect(wheelMeans({ ...wheel, deltaY: 2, deltaMode: 1, shiftKey: true })).toEqual({ pan: 60 });
  });
});
