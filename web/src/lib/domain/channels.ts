/** What is recorded: channels, their qualities and the state of each. Times are Unix milliseconds, UTC. */

export type RecorderState = 'recording' | 'waiting' | 'error' | 'stopped';

export interface Quality {
  readonly name: string;
  /** Start of the earliest recorded segment; null if nothing is recorded. */
  readonly first: number | null;
  /** End of the newest recorded segment; null if nothing is recorded. */
  readonly last: number | null;
  readonly state: RecorderState;
  /** Why, in words, when the state needs it. */
  readonly message: string | null;
  /** The qualities that hold its sound, where that is recorded separately. */
  readonly audio?: readonly string[];
}

export interface Channel {
  readonly name: string;
  readonly qualities: readonly Quality[];
}

const URGENCY: readonly RecorderState[] = ['error', 'waiting', 'recording', 'stopped'];

/** The one state to show for a whole channel: the one that most needs a look. */
export function channelState(channel: Channel): RecorderState {
  return URGENCY.find((state) => channel.qualities.some((quality) => quality.state === state)) ?? 'stopped';
}

/** The channel asked for; without a name, the first that records, else the first. */
export function chooseChannel(channels: readonly Channel[], name: string | null): Channel | null {
  if (name !== null) return channels.find((channel) => channel.name === name) ?? null;
  return channels.find((channel) => channelState(channel) === 'recording') ?? channels[0] ?? null;
}

/** The quality asked for; `source` or the first when it is not there. */
export function chooseQuality(channel: Channel | null, name: string | null): Quality | null {
  const qualities = channel?.qualities ?? [];
  const named = (wanted: string | null) => qualities.find((quality) => quality.name === wanted);
  return named(name) ?? named('source') ?? qualities[0] ?? null;
}
