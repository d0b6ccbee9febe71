import { describe, expect, test } from 'vitest';
import { channelState, chooseChannel, chooseQuality, type Channel, type RecorderState } from './channels';

function channel(name: string, ...states: RecorderState[]): Channel {
  const qualities = states.map((state, index) => ({
    name: index === 0 ? '360p' : 'source',
    first: null,
    last: null,
    state,
    message: null,
  }));
  return { name, qualities };
}

describe('the state of a channel', () => {
  test.each<[RecorderState[], RecorderState]>([
    [['recording', 'recording'], 'recording'],
    [['recording', 'waiting'], 'waiting'],
    [['waiting', 'error'], 'error'],
    [['stopped', 'recording'], 'recording'],
    [[], 'stopped'],
  ])('%j is shown as %s', (states, shown) => {
    expect(channelState(channel('a', ...states))).toBe(shown);
  });
});

describe('what is chosen', () => {
  const channels = [channel('a', 'stopped'), channel('b', 'recording', 'recording')];

  test('without a name, the first channel that records', () => {
    expect(chooseChannel(channels, null)?.name).toBe('b');
  });

  test('an unknown name gives nothing, not another channel', () => {
    expect(chooseChannel(channels, 'c')).toBeNull();
  });

  test('source, when the quality is not named or not there', () => {
    const chosen = channels[1] ?? null;
    expect(chooseQuality(chosen, null)?.name).toBe('source');
    expect(chooseQuality(chosen, '4k')?.name).toBe('source');
    expect(chooseQuality(chosen, '360p')?.name).toBe('360p');
    expect(chooseQuality(null, null)).toBeNull();
  });
});
