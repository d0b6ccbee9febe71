/** What the address bar holds: channel, quality, moment, marked part and zoom. The only place that reads or writes it. */
import type { Stretch } from './stretch';
import { isoUtc, parseMoment } from './times';

export interface Place {
  readonly channel: string | null;
  readonly quality: string | null;
  /** A moment (Unix ms), or null for live. */
  readonly at: number | null;
  /** The marked part, as far as it is marked. */
  readonly in: number | null;
  readonly out: number | null;
  /** What the timeline shows; null for its usual view. */
  readonly view: PlaceView | null;
  /** Picture and clock alone. */
  readonly wall: boolean;
}

/** A stretch; or, at live, the newest so many seconds, which go on. */
export type PlaceView = Stretch | { readonly newestS: number };

export const NOWHERE: Place = { channel: null, quality: null, at: null, in: null, out: null, view: null, wall: false };

export function readPlace(search: string): Place {
  const query = new URLSearchParams(search);
  const moment = (name: string) => {
    const text = query.get(name);
    const parsed = text === null ? null : parseMoment(text, 'utc', 0);
    return parsed !== null && 'at' in parsed ? parsed.at : null;
  };
  const [channel, quality] = [query.get('channel'), query.get('quality')];
  const view = viewOf(moment('from'), moment('to'), Number(query.get('span')));
  const [start, end] = [moment('in'), moment('out')];
  const wall = query.get('view') === 'wall';
  return { channel, quality, at: moment('at') ?? start, in: start, out: end, view, wall };
}

function viewOf(from: number | null, to: number | null, span: number): PlaceView | null {
  if (from !== null && to !== null && from < to) return { from, to };
  return span > 0 ? { newestS: span } : null;
}

/** The query part, with its question mark; colons stay readable. */
export function writePlace(place: Place): string {
  const query = new URLSearchParams();
  if (place.channel !== null) query.set('channel', place.channel);
  if (place.quality !== null) query.set('quality', place.quality);
  for (const name of ['at', 'in', 'out'] as const) {
    const at = place[name];
    if (at !== null) query.set(name, isoUtc(at));
  }
  writeView(query, place.view);
  if (place.wall) query.set('view', 'wall');
  return `?${query.toString().replaceAll('%3A', ':')}`;
}

/** The timeline's ends to the millisecond: nobody sees more of them. */
function writeView(query: URLSearchParams, view: PlaceView | null): void {
  if (view === null) return;
  if ('newestS' in view) return query.set('span', String(Number(view.newestS.toFixed(3))));
  query.set('from', isoUtc(Math.round(view.from)));
  query.set('to', isoUtc(Math.round(view.to)));
}

/** The address of a place that stays: without what only concerns this page's look. */
export function linkTo(page: string, place: Partial<Place>): string {
  return new URL(writePlace({ ...NOWHERE, ...place }), page).href;
}
