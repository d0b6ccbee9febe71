/** Which playlist shows a wanted moment, and whether the one that is loaded will do. Wall times in Unix ms. */

import type { Toward } from './fragments';

/** A playlist to play from: the sliding live one, or one from `start` on, growing while `end` is null. */
export type Source =
  { readonly kind: 'live' } | { readonly kind: 'past'; readonly start: number; readonly end: number | null };

/** Where it is, and whether it is a master playlist, of pictures and the sound that is recorded beside them. */
export interface Playlist {
  readonly url: string;
  readonly separateSound: boolean;
}

export type SeekPlan =
  { readonly do: 'seek' } | { readonly do: 'live' } | { readonly do: 'load'; readonly source: Source };

export interface SeekQuestion {
  readonly wall: number;
  /** `previous` when stepping back: the playlist then reaches over holes of some minutes. */
  readonly toward?: Toward;
  /** What is recorded to, as far as is known. */
  readonly newest: number | null;
  readonly source: Source | null;
  /** What the loaded playlist lists now. */
  readonly listed: { readonly first: number; readonly last: number } | null;
}

/** Room before the wanted moment, so that small steps back need no new playlist. */
const LEAD_MS = 30_000;
const LEAD_BACK_MS = 600_000;
/** A past playlist is at most this long: a growing one is fetched again every few seconds, all of it. */
const SPAN_MS = 30 * 60_000;
/** The live playlist drops its oldest segments; this close to its beginning they may go before they are fetched. */
const SLIDING_MARGIN_MS = 8_000;
/** Nearer to the newest segment than this, a player cannot be without stalling. */
const EDGE_MS = 4_000;

export function pastSource(wall: number, newest: number | null, lead = LEAD_MS): Source {
  const end = wall + SPAN_MS;
  return { kind: 'past', start: wall - lead, end: newest !== null && end < newest ? end : null };
}

export function planSeek({ wall, toward = 'next', newest, source, listed }: SeekQuestion): SeekPlan {
  if (newest !== null && wall > newest - EDGE_MS) return { do: 'live' };
  if (source !== null && listed !== null) {
    const margin = source.kind === 'live' ? SLIDING_MARGIN_MS : 0;
    if (wall >= listed.first + margin && wall < listed.last) return { do: 'seek' };
  }
  return { do: 'load', source: pastSource(wall, newest, toward === 'previous' ? LEAD_BACK_MS : LEAD_MS) };
}

/** When a bounded playlist has been played to its end, the one that goes on from there. */
export function nextSource(source: Source, end: number, newest: number | null): Source | null {
  if (source.kind === 'live' || source.end === null) return null;
  return pastSource(end, newest, 0);
}

/** Whether the live playlist is about to drop what the paused player shows. */
export function slidesAway(source: Source | null, wall: number | null, listed: { first: number } | null): boolean {
  if (source?.kind !== 'live' || wall === null || listed === null) return false;
  return wall < listed.first + SLIDING_MARGIN_MS / 2;
}
