/** What the pages say about states and troubles: what happened, what it means, what to do. */
import type { Quality, RecorderState } from './channels';
import type { Nearest } from './nearest';
import { clockParts, shortTime, span, zoneName, type Zone } from './times';

export const STATE_WORDS: Record<RecorderState, string> = {
  recording: 'Recording',
  waiting: 'Waiting for the stream',
  error: 'Not recording',
  stopped: 'Stopped',
};

/** The line under a quality's name: `since 04:16:03`. How much of it is recorded, only its holes tell. */
export function recordedWords(quality: Quality, zone: Zone, now: number): string {
  if (quality.first === null || quality.last === null) return 'nothing recorded yet';
  const from = shortTime(quality.first, zone, now);
  if (quality.state === 'recording') return `since ${from}`;
  const to = shortTime(quality.last, zone, Math.abs(now - quality.last) < 43_200_000 ? quality.last : now);
  return `${from} to ${to}`;
}

/** `8 s behind live`; null where it says nothing. */
export function behindWords(wall: number | null, now: number): string | null {
  if (wall === null) return null;
  return now - wall < 500 ? 'at live' : `${span(now - wall)} behind live`;
}

/** A moment in a sentence: `04:16:03.433 UTC`, with the date if that is not today. */
export function momentWords(at: number, { zone, now }: Notation): string {
  const { fraction } = clockParts(at, zone);
  return `${secondsWords(at, { zone, now })}${fraction === '.000' ? '' : fraction} ${zoneWords(at, zone)}`;
}

const secondsWords = (at: number, { zone, now }: Notation) => shortTime(at, zone, now);

/** `UTC`, or what the local zone is called. */
export function zoneWords(at: number, zone: Zone): string {
  return zone === 'utc' ? 'UTC' : zoneName(at);
}

/** How times are written: in which zone, and which day needs no date. */
export interface Notation {
  readonly zone: Zone;
  readonly now: number;
}

/** Why the picture is not there; the kinds of `MediaTrouble`, less what only the player needs. */
export type PictureTrouble =
  | { readonly kind: 'empty' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'unplayable'; readonly detail: string };

export interface PictureFacts extends Notation {
  readonly channel: string;
  readonly quality: Quality;
  /** The wanted moment; null when following live. */
  readonly wanted: number | null;
  readonly trouble: PictureTrouble | null;
  /** What is recorded before and after the wanted moment, once that has been looked for. */
  readonly nearest: Nearest | null;
  /** Set when the last seek led into a hole: what was wanted, and where it landed. */
  readonly landed: { readonly wanted: number; readonly wall: number } | null;
  /** Since when the picture has not moved though it should, Unix ms. */
  readonly stuckSince: number | null;
}

export interface Offer {
  readonly words: string;
  /** A moment, or null for the newest. */
  readonly at: number | null;
}

export interface PictureMessage {
  /** `error`: there is no picture; `note`: there is one, but not what was asked for or not the newest. */
  readonly tone: 'error' | 'note';
  readonly text: string;
  readonly offers: readonly Offer[];
}

/** The line over the picture; null when all is well. */
export function pictureMessage(facts: PictureFacts): PictureMessage | null {
  const { trouble, landed, stuckSince } = facts;
  if (trouble !== null) return troubleMessage(facts, trouble);
  if (stuckSince !== null) {
    const since = span(facts.now - stuckSince);
    return note(`The picture has not moved for ${since}. It is opened anew at the same place.`);
  }
  if (landed !== null) return landedMessage(facts, landed);
  return facts.wanted === null ? notLiveMessage(facts) : null;
}

function landedMessage(facts: PictureFacts, landed: { wanted: number; wall: number }): PictureMessage {
  const which = landed.wall > landed.wanted ? 'next' : 'last before it';
  const text = `${holeWords(facts, landed.wanted)} This is the ${which} that is, ${momentWords(landed.wall, facts)}.`;
  const { before, after } = facts.nearest ?? { before: null, after: null };
  const other = which === 'next' ? offerOf('last before it', before, facts) : offerOf('next', after, facts);
  return note(text, other);
}

/** `Not recorded at 14:02:12 UTC: the hole goes from 14:02:10 to 14:02:18.` */
function holeWords(facts: PictureFacts, at: number): string {
  const hole = facts.nearest?.hole ?? null;
  const extent =
    hole === null ? '' : `: the hole is from ${secondsWords(hole.from, facts)} to ${secondsWords(hole.to, facts)}`;
  return `Nothing is recorded at ${momentWords(at, facts)}${extent}.`;
}

function troubleMessage(facts: PictureFacts, trouble: PictureTrouble): PictureMessage {
  switch (trouble.kind) {
    case 'empty':
      return nothingThere(facts);
    case 'unreachable':
      return error('The node does not answer. What is loaded stays; it goes on by itself when the node is back.');
    case 'unplayable':
      return error(`This browser cannot play the recording (${trouble.detail}). Another quality may work.`);
    case 'refused':
      if (trouble.status === 404) return nothingThere(facts);
      if (trouble.status >= 500) return error(`The node is busy (status ${trouble.status}). It is asked again soon.`);
      return error(`The node refused the playlist (status ${trouble.status}). Choose another time or channel.`);
  }
}

function error(text: string, offers: readonly Offer[] = []): PictureMessage {
  return { tone: 'error', text, offers };
}

function note(text: string, offers: readonly Offer[] = []): PictureMessage {
  return { tone: 'note', text, offers };
}

function nothingThere(facts: PictureFacts): PictureMessage {
  const { channel, quality, wanted, nearest } = facts;
  if (quality.first === null || quality.last === null) return error(nothingYet(channel, quality));
  if (wanted === null)
    return notLiveMessage(facts) ?? error(`There is no live picture of ${channel}. It is asked for again soon.`);
  const text = holeWords(facts, wanted);
  if (wanted < quality.first) return error(text, offerOf('first', quality.first, facts));
  const after = nearest?.after ?? null;
  const newest: Offer = { words: 'Go to the newest', at: null };
  return error(text, [
    ...offerOf('last before it', nearest?.before ?? null, facts),
    ...(after === null ? [newest] : offerOf('next', after, facts)),
  ]);
}

function offerOf(which: string, at: number | null, facts: Notation): readonly Offer[] {
  return at === null ? [] : [{ words: `Go to the ${which} that is, ${momentWords(at, facts)}`, at }];
}

function nothingYet(channel: string, { state, message }: Quality): string {
  const why = message === null ? '' : ` (${message})`;
  if (state === 'recording') return `Nothing of ${channel} is recorded yet. The picture comes with the first segment.`;
  if (state === 'waiting') return `The stream of ${channel} is not there yet${why}. The picture comes when it is.`;
  if (state === 'error') return `${channel} is not being recorded${why}. Nothing of it can be watched.`;
  return `Nothing of ${channel} is recorded, and nobody records it now.`;
}

/** Longer than any segment: what is not there by then is late. */
const LATE_MS = 15_000;

/** The recorder has not noticed yet that nothing comes any more. */
function lateMessage(facts: PictureFacts): PictureMessage | null {
  const { quality, now, zone } = facts;
  if (quality.last === null || now - quality.last < LATE_MS) return null;
  const since = `${secondsWords(quality.last, facts)} ${zoneWords(quality.last, zone)}, ${span(now - quality.last)} ago`;
  return note(`Nothing new has come since ${since}. It goes on by itself when the stream is back.`);
}

/** Following live, of a stream that is not being recorded. */
function notLiveMessage(facts: PictureFacts): PictureMessage | null {
  const { channel, quality, now, zone } = facts;
  const { state, last, message } = quality;
  if (state === 'recording') return lateMessage(facts);
  if (last === null) return error(nothingYet(channel, quality));
  const why = message === null ? '' : ` (${message})`;
  const since = `since ${secondsWords(last, facts)} ${zoneWords(last, zone)}, ${span(now - last)} ago`;
  if (state === 'waiting') {
    return note(`The stream has been down ${since}${why}. It goes on by itself when it is back.`);
  }
  if (state === 'error') {
    return error(`${channel} has not been recorded ${since}${why}. What was recorded before can be watched.`);
  }
  return note(`Nobody has recorded ${channel} ${since}. What was recorded can be watched.`);
}
