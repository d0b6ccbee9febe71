/** The nodes that this one pulls from, in words and numbers for people. Moments are Unix milliseconds, UTC. */
import { count, figure, roughSpan, sizeWords, wholeSecond, type Figure, type Peer, type Tone } from './node_status';
import { momentWords, type Notation } from './words';

/** The node leaves nothing out of its answers, though it could. */
export type { Peer };

const GOOD = new Set(['idle', 'pulling']);

export function peerTone(state: string): Tone {
  if (GOOD.has(state)) return 'good';
  return state === 'starting' ? 'calm' : 'broken';
}

const MEANS: Readonly<Record<string, string>> = {
  idle: 'nothing to pull',
  unreachable: 'it does not answer',
  refused: 'it answers, but does not give what it has',
  itself: 'it is this very node',
  unknown: 'the process that pulls says nothing',
};

/** `unreachable: it does not answer since 14:02:10 UTC`. */
export function peerStateWords({ state, since }: Pick<Peer, 'state' | 'since'>, notation: Notation): string {
  const words = Object.hasOwn(MEANS, state) ? `${state}: ${MEANS[state]}` : state;
  const at = Date.parse(since);
  return Number.isNaN(at) ? words : `${words} since ${momentWords(wholeSecond(at), notation)}`;
}

/** What there was to do when it was most. */
export interface Most {
  readonly hours: number;
  readonly segments: number;
}

/** For each peer by its name, since it last had nothing to do. What is not known changes nothing. */
export function mostToDo(before: Readonly<Record<string, Most>>, peers: readonly Peer[]): Record<string, Most> {
  const most: Record<string, Most> = {};
  for (const { name, hours_to_do: hours, segments_to_do: segments } of peers) {
    const was = before[name];
    if (hours === null || segments === null) {
      if (was) most[name] = was;
    } else if (hours > 0 || segments > 0) {
      most[name] = { hours: Math.max(was?.hours ?? 0, hours), segments: Math.max(was?.segments ?? 0, segments) };
    }
  }
  return most;
}

export interface ToDo {
  readonly words: string;
  /** Of what it was when it was most, 0 to 1; null if nobody knows. */
  readonly left: number | null;
}

/** Segments are known of the hours at work alone, so that they tell how far it is only in the last hour. */
export function toDoOf(peer: Peer, most: Most | undefined): ToDo {
  const { hours_to_do: hours, segments_to_do: segments, state } = peer;
  if (hours === null || segments === null || (hours + segments === 0 && !GOOD.has(state))) {
    return { words: 'to do: not known', left: null };
  }
  if (hours + segments === 0) return { words: 'to do: nothing', left: 0 };
  const differ = hours === 1 ? '1 hour differs' : `${count(hours)} hours differ`;
  const now = segments === 1 ? '1 segment' : `${count(segments)} segments`;
  const words = `to do: ${differ}${segments > 0 ? `, ${now} to pull now` : ''}`;
  return { words, left: partOf({ hours, segments }, most) };
}

function partOf({ hours, segments }: Most, most: Most | undefined): number {
  const [left, whole] = (most?.hours ?? 0) > 1 ? [hours, most?.hours ?? 0] : [segments, most?.segments ?? 0];
  return whole > 0 ? Math.min(1, left / whole) : 1;
}

/** The figures of one peer, always the same ones in the same order. */
export function peerFigures(peer: Peer, now: number): Figure[] {
  const { chat, extras, second_names: seconds, tombstones, last_pass: last, pass_s: took } = peer;
  const others = chat + extras + seconds + tombstones;
  const failed = sum(peer.failed);
  return [
    figure(
      'last pass',
      last === null ? null : `${roughSpan(now - Date.parse(last))} ago`,
      `when it was last compared to the end${took === null ? '' : `; that took ${took.toFixed(1)} s`}`,
    ),
    figure('segments', count(peer.pulled), 'pulled from it, since the process started'),
    figure('bytes', sizeWords(peer.bytes), 'of all files that came from it'),
    figure(
      'others',
      count(others),
      `besides segments: ${count(chat)} chat batches, ${count(extras)} extra files, ${count(seconds)} second names, ${count(tombstones)} tombstones`,
    ),
    figure('skipped', count(sum(peer.skipped)), `names that need not be pulled${reasons(peer.skipped)}`),
    figure('failed', count(failed), `what could not be had${reasons(peer.failed)}`, failed > 0),
  ];
}

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, each) => all + each, 0);

function reasons(counts: Readonly<Record<string, number>>): string {
  const said = Object.entries(counts).map(([reason, times]) => `${count(times)} ${reason}`);
  return said.length === 0 ? '' : `: ${said.join(', ')}`;
}

/** That all is well, in a sentence. */
export function wellWords(streams: number, peers: number): string {
  if (streams === 0 && peers > 0) {
    return `All is well: nothing is set to be recorded, and ${peers} ${peers === 1 ? 'peer is' : 'peers are'} asked for what is lacking.`;
  }
  return `All is well: ${streams} ${streams === 1 ? 'stream is' : 'streams are'} recorded.`;
}
