/** What the node says of itself, in words and numbers for people. Moments are Unix milliseconds, UTC. */
import type { components } from '$lib/api/openapi.gen';
import { isDoubtful, piecesWithin, type Piece } from './coverage';
import type { Stretch } from './stretch';
import { span } from './times';
import { momentWords, type Notation } from './words';

/** A node that is pulled from, as the status tells it. */
export type Peer = Required<components['schemas']['PeerInfo']>;

/** The node leaves nothing out of its answers, though it could. */
export type NodeStatus = Omit<components['schemas']['StatusAnswer'], 'recorders' | 'replication'> & {
  readonly recorders: readonly RecorderStatus[];
  /** null if the node pulls from no others. */
  readonly replication: { readonly peers: readonly Peer[] } | null;
};
export type RecorderStatus = Required<components['schemas']['RecorderStatus']>;
export type Trouble = components['schemas']['Trouble'];
type Disk = components['schemas']['DiskInfo'];

/** `good`: sleep; `calm`: it passes by itself; `broken`: somebody may have to look. */
export type Tone = 'good' | 'calm' | 'broken';

const CALM = new Set(['down', 'starting']);

export function toneOf(state: string): Tone {
  if (state === 'recording') return 'good';
  return CALM.has(state) ? 'calm' : 'broken';
}

const SINCE: Readonly<Record<string, string>> = {
  recording: 'recording',
  starting: 'starting',
  stalled: 'its segments do not come',
  down: 'the stream is down',
  refused: 'the site refuses, or has changed',
  unreachable: 'no answer from the source',
  paused: 'paused',
  unknown: 'not heard of',
  absent: 'not recorded by anybody',
};

/** `the stream is down since 14:02:10 UTC`. */
export function stateWords({ state, since }: Pick<RecorderStatus, 'state' | 'since'>, notation: Notation): string {
  const words = SINCE[state] ?? state;
  const at = Date.parse(since);
  return Number.isNaN(at) ? words : `${words} since ${momentWords(wholeSecond(at), notation)}`;
}

export const wholeSecond = (at: number) => Math.floor(at / 1000) * 1000;

/** ` since 14:02:10 UTC, 12 min ago`; nothing where that is not known. */
export function sinceWords(since: string | null | undefined, notation: Notation): string {
  if (!since) return '';
  const at = Date.parse(since);
  return ` since ${momentWords(wholeSecond(at), notation)}, for ${span(notation.now - at)}`;
}

export interface ChannelStatus {
  readonly name: string;
  readonly recorders: readonly RecorderStatus[];
}

/** In the node's order, so that nothing changes its place while somebody looks. */
export function byChannel(recorders: readonly RecorderStatus[]): ChannelStatus[] {
  const channels = new Map<string, RecorderStatus[]>();
  for (const recorder of recorders) {
    channels.set(recorder.channel, [...(channels.get(recorder.channel) ?? []), recorder]);
  }
  return [...channels].map(([name, each]) => ({ name, recorders: each }));
}

export interface Figure {
  readonly label: string;
  /** Always something, so that nothing moves: a dash for what is not known. */
  readonly words: string;
  /** Needs a look. */
  readonly odd: boolean;
  readonly explained: string;
}

const NONE = '–';
const SKEW_WORTH_A_WORD_S = 0.1;
const LITTLE_ROOM_H = 24;
const LATE_S = 30;

export function figure(label: string, words: string | null, explained: string, odd = false): Figure {
  return { label, words: words ?? NONE, odd, explained };
}

export const count = (value: number) => value.toLocaleString('en');

/** The figures of one recorder, always the same ones in the same order. */
export function figuresOf(recorder: RecorderStatus, now: number): Figure[] {
  const { lag_s: lag, bitrate_bps: rate, skew_s: skew, disk_hours: hours, segments } = recorder;
  const newest = recorder.last_segment_end ? now - Date.parse(recorder.last_segment_end) : null;
  const full = segments.full ?? 0;
  const all = Object.values(segments).reduce((sum, each) => sum + each, 0);
  return [
    figure('newest', newest === null ? null : `${roughSpan(newest)} ago`, 'how long ago the newest segment ends'),
    figure(
      'lag',
      typeof lag === 'number' ? `${lag.toFixed(1)} s` : null,
      'from the end of a segment to it being safe on the disk',
      (lag ?? 0) > LATE_S,
    ),
    figure('bitrate', rateWords(rate), 'of what was recorded in the last minute'),
    figure('full', count(full), 'whole segments, since the recorder started'),
    figure('doubtful', count(all - full), typesWords(segments), all > full),
    figure('missed', count(recorder.missed), countsWords(recorder.missed_because), recorder.missed > 0),
    figure('retries', count(recorder.retries), 'downloads that failed and were tried again'),
    figure('ads', count(recorder.ads), 'segments of ad breaks, which are left out'),
    figure(
      'skew',
      typeof skew === 'number' ? `${skew >= 0 ? '+' : '−'}${Math.abs(skew).toFixed(1)} s` : null,
      'so much later other nodes date the same content',
      Math.abs(skew ?? 0) >= SKEW_WORTH_A_WORD_S,
    ),
    figure('room', roomWords(hours), 'of recording, until the disk is full', (hours ?? Infinity) < LITTLE_ROOM_H),
  ];
}

/** `12 min`, `3 h`, `4 d`: one unit, rounded down. */
export function roughSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

function rateWords(bps: number | null | undefined): string | null {
  return typeof bps === 'number' ? `${(bps / 1e6).toFixed(1)} Mbit/s` : null;
}

/** `19 h`, `11 d`. */
export function roomWords(hours: number | null | undefined): string | null {
  if (typeof hours !== 'number') return null;
  if (hours >= 100) return `${Math.round(hours / 24)} d`;
  return `${hours < 10 ? hours.toFixed(1) : Math.round(hours)} h`;
}

function typesWords(segments: Readonly<Record<string, number>>): string {
  const doubtful = Object.entries(segments).filter(([type]) => type !== 'full');
  return `segments of which it is not sure that all is there${withCounts(Object.fromEntries(doubtful))}`;
}

function countsWords(counts: Readonly<Record<string, number>>): string {
  return `segments that were offered and could not be had${withCounts(counts)}`;
}

function withCounts(counts: Readonly<Record<string, number>>): string {
  const said = Object.entries(counts).map(([name, times]) => `${count(times)} ${name.replaceAll('_', ' ')}`);
  return said.length === 0 ? '' : `: ${said.join(', ')}`;
}

/** `1920×1080, 60 fps, twitch`: what is recorded, and how it is found. */
export function kindWords({ width, height, frame_rate: rate, source, important }: RecorderStatus): string {
  const parts = [
    width && height ? `${width}×${height}` : '',
    rate ? `${Number(rate.toFixed(2))} fps` : '',
    source,
    important ? 'important' : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

export function diskWords(disk: Disk): string {
  const free = typeof disk.free_bytes === 'number' ? `${sizeWords(disk.free_bytes)} free` : '';
  const room = roomWords(disk.hours);
  const parts = [free, room === null ? '' : `room for ${room} of recording`].filter((part) => part !== '');
  return parts.join(', ') || 'nothing known yet';
}

export function diskTone(disk: Disk): Tone {
  if (disk.trouble || disk.verdict === 'none') return 'broken';
  return disk.slow || disk.verdict === 'low' ? 'calm' : 'good';
}

/** `3.0 GiB`. */
export function sizeWords(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const size = bytes / 2 ** (10 * power);
  return `${size < 10 && power > 0 ? size.toFixed(1) : Math.round(size)} ${units[power]}`;
}

export interface CoverageBox {
  readonly kind: 'recorded' | 'doubtful' | 'hole';
  /** Parts of the whole bar, 0 to 1. */
  readonly left: number;
  readonly width: number;
  readonly title: string;
}

/** The picture of a stretch. What comes after `newest` of a stream that is recorded is not there yet: no hole. */
export function coverageBoxes(
  known: readonly Piece[],
  stretch: Stretch,
  newest: number | null,
  notation: Notation,
): CoverageBox[] {
  const length = stretch.to - stretch.from;
  return piecesWithin(known, { from: stretch.from, to: Math.min(stretch.to, newest ?? stretch.to) }).map((piece) => {
    const { from, to, reason } = piece;
    const words = `${reason ?? 'recorded'}: ${momentWords(wholeSecond(from), notation)}, ${span(to - from)}`;
    return { kind: kindOf(reason), left: (from - stretch.from) / length, width: (to - from) / length, title: words };
  });
}

function kindOf(reason: string | null): CoverageBox['kind'] {
  if (reason === null) return 'recorded';
  return isDoubtful(reason) ? 'doubtful' : 'hole';
}

/** The same for those who do not see it: `last hour: 52 min recorded, 2 holes, together 8 min`. */
export function coverageWords(boxes: readonly CoverageBox[], lengthMs: number): string {
  if (boxes.length === 0) return 'last hour: nothing known yet';
  const sum = (kind: CoverageBox['kind']) =>
    boxes.filter((box) => box.kind === kind).reduce((total, box) => total + box.width * lengthMs, 0);
  const number = boxes.filter((box) => box.kind === 'hole').length;
  const doubtful = sum('doubtful') > 0 ? `, ${span(sum('doubtful'))} doubtful` : '';
  const holes =
    number === 0 ? 'no hole' : `${number} ${number === 1 ? 'hole' : 'holes'}, together ${span(sum('hole'))}`;
  return `last hour: ${span(sum('recorded'))} recorded${doubtful}, ${holes}`;
}
