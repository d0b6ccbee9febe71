/** What the pages say about states and troubles: what happened, what it means, what to do. */
import type { Quality, RecorderState } from './channels';
import { clockParts, shortTime, span } from './times';

export const STATE_WORDS: Record<RecorderState, string> = {
  recording: 'Recording',
  waiting: 'Waiting for the stream',
  error: 'Not recording',
  stopped: 'Stopped',
};

/** The line under a quality's name: `since 04:16:03`. How much of it is recorded, only its holes tell. */
export function recordedWords(quality: Quality, now: number): string {
  if (quality.first === null || quality.last === null) return 'nothing recorded yet';
  const from = shortTime(quality.first, 'utc', now);
  if (quality.state === 'recording') return `since ${from}`;
  const to = shortTime(quality.last, 'utc', Math.abs(now - quality.last) < 43_200_000 ? quality.last : now);
  return `${from} to ${to}`;
}

/** `8 s behind live`; null where it says nothing. */
export function behindWords(wall: number | null, now: number): string | null {
  if (wall === null) return null;
  return now - wall < 500 ? 'at live' : `${span(now - wall)} behind live`;
}

/** A moment in a sentence: `04:16:03.433 UTC`, with the date if that is not today. */
export function momentWords(at: number, now: number): string {
  const { fraction } = clockParts(at, 'utc');
  return `${shortTime(at, 'utc', now)}${fraction === '.000' ? '' : fraction} UTC`;
}

/** Why the picture is not there; the kinds of `MediaTrouble`, less what only the player needs. */
export type PictureTrouble =
  | { readonly kind: 'empty' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'unplayable'; readonly detail: string };

export interface PictureFacts {
  readonly channel: string;
  readonly quality: Quality;
  readonly now: number;
  /** The wanted moment; null when following live. */
  readonly wanted: number | null;
  readonly trouble: PictureTrouble | null;
  /** The first recorded moment after the wanted one, if it has been looked for and found. */
  readonly nearest: number | null;
  /** Set when the last seek led into a hole: what was wanted, and where it landed. */
  readonly landed: { readonly wanted: number; readonly wall: number } | null;
}

export interface PictureMessage {
  /** `error`: there is no picture; `note`: there is one, but not what was asked for or not the newest. */
  readonly tone: 'error' | 'note';
  readonly text: string;
  readonly offer: { readonly words: string; readonly at: number | null } | null;
}

/** The line over the picture; null when all is well. */
export function pictureMessage(facts: PictureFacts): PictureMessage | null {
  const { trouble, landed, now } = facts;
  if (trouble !== null) return troubleMessage(facts, trouble);
  if (landed !== null) {
    const [from, to] = [momentWords(landed.wanted, now), momentWords(landed.wall, now)];
    return {
      tone: 'note',
      text: `Not recorded at ${from}. This is the ${landed.wall > landed.wanted ? 'next' : 'last before it'} that is, ${to}.`,
      offer: null,
    };
  }
  return facts.wanted === null ? notLiveMessage(facts) : null;
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

function error(text: string, offer: PictureMessage['offer'] = null): PictureMessage {
  return { tone: 'error', text, offer };
}

function nothingThere(facts: PictureFacts): PictureMessage {
  const { channel, quality, wanted, nearest, now } = facts;
  if (quality.first === null || quality.last === null) return error(nothingYet(channel, quality));
  if (wanted === null)
    return notLiveMessage(facts) ?? error(`There is no live picture of ${channel}. It is asked for again soon.`);
  const text = `Nothing is recorded at ${momentWords(wanted, now)}.`;
  if (wanted < quality.first) return error(text, offerOf('first', quality.first, now));
  if (nearest !== null) return error(text, offerOf('next', nearest, now));
  return error(text, { words: 'Go to the newest', at: null });
}

function offerOf(which: string, at: number, now: number): PictureMessage['offer'] {
  return { words: `Go to the ${which} that is, ${momentWords(at, now)}`, at };
}

function nothingYet(channel: string, { state, message }: Quality): string {
  const why = message === null ? '' : ` (${message})`;
  if (state === 'recording') return `Nothing of ${channel} is recorded yet. The picture comes with the first segment.`;
  if (state === 'waiting') return `The stream of ${channel} is not there yet${why}. The picture comes when it is.`;
  if (state === 'error') return `${channel} is not being recorded${why}. Nothing of it can be watched.`;
  return `Nothing of ${channel} is recorded, and nobody records it now.`;
}

/** Following live, of a stream that is not being recorded. */
function notLiveMessage({ channel, quality, now }: PictureFacts): PictureMessage | null {
  const { state, last, message } = quality;
  if (state === 'recording') return null;
  if (last === null) return error(nothingYet(channel, quality));
  const why = message === null ? '' : ` (${message})`;
  const since = `since ${shortTime(last, 'utc', now)} UTC, ${span(now - last)} ago`;
  if (state === 'waiting') {
    return {
      tone: 'note',
      text: `The stream has been down ${since}${why}. It goes on by itself when it is back.`,
      offer: null,
    };
  }
  if (state === 'error') {
    return error(`${channel} has not been recorded ${since}${why}. What was recorded before can be watched.`);
  }
  return {
    tone: 'note',
    text: `Nobody has recorded ${channel} ${since}. What was recorded can be watched.`,
    offer: null,
  };
}
