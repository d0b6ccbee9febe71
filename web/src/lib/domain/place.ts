/** What the address bar holds: channel, quality and moment. The only place that reads or writes it. */
import { isoUtc, parseMoment } from './times';

export interface Place {
  readonly channel: string | null;
  readonly quality: string | null;
  /** A moment (Unix ms), or null for live. */
  readonly at: number | null;
}

export function readPlace(search: string): Place {
  const query = new URLSearchParams(search);
  const at = query.get('at');
  const parsed = at === null ? null : parseMoment(at, 'utc', 0);
  return {
    channel: query.get('channel'),
    quality: query.get('quality'),
    at: parsed !== null && 'at' in parsed ? parsed.at : null,
  };
}

/** The query part, with its question mark; colons stay readable. */
export function writePlace(place: Place): string {
  const query = new URLSearchParams();
  if (place.channel !== null) query.set('channel', place.channel);
  if (place.quality !== null) query.set('quality', place.quality);
  if (place.at !== null) query.set('at', isoUtc(place.at));
  return `?${query.toString().replaceAll('%3A', ':')}`;
}
