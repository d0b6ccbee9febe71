/**
 * Moments as people write and read them. Inside, a moment is Unix milliseconds with a fraction: the times of frames are
 * whole microseconds, which a number of that size still holds (to 0.25 us).
 */

export type Zone = 'utc' | 'local';

export interface ClockParts {
  readonly date: string;
  readonly time: string;
  /** `.433` */
  readonly fraction: string;
}

export type ParsedMoment = { readonly at: number } | { readonly problem: string };

const DAY_MS = 86_400_000;
const two = (value: number) => String(value).padStart(2, '0');

const microseconds = (ms: number) => Math.round(ms * 1000);

/** `2026-11-24T04:16:03.433Z`, with six digits where the moment needs them: to the nearest microsecond. */
export function isoUtc(ms: number): string {
  const us = microseconds(ms);
  const whole = Math.floor(us / 1000);
  const iso = new Date(whole).toISOString();
  const rest = us - whole * 1000;
  return rest === 0 ? iso : `${iso.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}

/** Reads the node's own times: UTC, ISO 8601, to the microsecond (`Date.parse` stops at the millisecond). */
export function parseIso(text: string): number {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  return Date.parse(text.replace(/\.\d+/, '')) + fractionMs(fraction);
}

/** The digits behind the point, cut to microseconds. */
function fractionMs(digits: string): number {
  return Number(digits.slice(0, 6).padEnd(6, '0')) / 1000;
}

/** Cut to the millisecond, not rounded: the first frame at or after what is read here is then the one that was meant. */
export function clockParts(ms: number, zone: Zone): ClockParts {
  const moment = new Date(Math.floor(microseconds(ms) / 1000));
  const iso = zone === 'utc' ? moment.toISOString() : isoLocal(moment);
  return { date: iso.slice(0, 10), time: iso.slice(11, 19), fraction: iso.slice(19, 23) };
}

function isoLocal(moment: Date): string {
  const date = [moment.getFullYear(), two(moment.getMonth() + 1), two(moment.getDate())].join('-');
  const time = [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(two).join(':');
  return `${date}T${time}.${String(moment.getMilliseconds()).padStart(3, '0')}`;
}

/** `04:16:03`; with the date before it when that is another day than `now`. */
export function shortTime(ms: number, zone: Zone, now: number): string {
  const parts = clockParts(ms, zone);
  return parts.date === clockParts(now, zone).date ? parts.time : `${parts.date} ${parts.time}`;
}

/** What the local zone is called here, as `CET` or `GMT+1`. */
export function zoneName(ms: number): string {
  const parts = new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts(ms);
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? 'local';
}

/** `8 s`, `1 min 20 s`, `2 h 05 min`, `4 d 1 h`: two units, never more exact than it helps. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
  if (minutes === 0) return `${seconds} s`;
  if (hours === 0) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  if (days === 0) return `${hours} h ${two(minutes % 60)} min`;
  return `${days} d ${hours % 24} h`;
}

/** `1:01:01.500`: a length to the millisecond. */
export function lengthWords(ms: number): string {
  const whole = Math.max(0, Math.floor(microseconds(ms) / 1000));
  const [hours, minutes] = [Math.floor(whole / 3_600_000), Math.floor(whole / 60_000) % 60];
  const seconds = `${two(Math.floor(whole / 1000) % 60)}.${String(whole % 1000).padStart(3, '0')}`;
  return hours === 0 ? `${minutes}:${seconds}` : `${hours}:${two(minutes)}:${seconds}`;
}

const MOMENT =
  /^(?:(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[T ]+)?(?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?)?\s*(?<offset>Z|UTC|[+-]\d\d(?::?\d\d)?)?$/i;

/**
 * Reads `04:16:03.4`, `2026-11-24 04:16` or any ISO 8601 moment. A written offset counts; without one it is read in
 * `zone`. A time of day alone is the last such time that is not after `now`.
 */
export function parseMoment(text: string, zone: Zone, now: number): ParsedMoment {
  const groups = MOMENT.exec(text.trim())?.groups;
  if (groups === undefined) {
    return { problem: 'This is not a time. Write 04:16:03 or 2026-11-24T04:16:03.5Z.' };
  }
  const part = (name: string) => Number(groups[name] ?? 0);
  const [hour, minute, second] = [part('hour'), part('minute'), part('second')];
  if (hour > 23 || minute > 59 || second > 59) return { problem: 'No clock shows this: at most 23:59:59.' };
  const fraction = fractionMs(groups.fraction ?? '');
  const clock = [hour, minute, second] as const;
  const resolve = (year: number, month: number, day: number) =>
    momentOf(year, month, day, clock, groups.offset, zone) + fraction;
  if (groups.year === undefined) return { at: lastBefore(now, resolve) };
  const [year, month, day] = [part('year'), part('month'), part('day')];
  const calendar = new Date(Date.UTC(year, month - 1, day));
  if (calendar.getUTCMonth() !== month - 1 || calendar.getUTCDate() !== day) {
    return { problem: `No calendar has ${groups.year}-${groups.month}-${groups.day}.` };
  }
  return { at: resolve(year, month, day) };
}

type TimeOfDay = readonly [hour: number, minute: number, second: number];

function momentOf(
  year: number,
  month: number,
  day: number,
  clock: TimeOfDay,
  offset: string | undefined,
  zone: Zone,
): number {
  if (offset === undefined && zone === 'local') return new Date(year, month - 1, day, ...clock).getTime();
  return Date.UTC(year, month - 1, day, ...clock) - offsetMs(offset);
}

function offsetMs(offset: string | undefined): number {
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(offset ?? '');
  if (match === null) return 0;
  const size = (Number(match[2]) * 60 + Number(match[3] ?? 0)) * 60_000;
  return match[1] === '-' ? -size : size;
}

/** Of the days around now, the newest on which the time of day is not in the future. */
function lastBefore(now: number, resolve: (year: number, month: number, day: number) => number): number {
  const candidates = [2, 1, 0, -1, -2].map((days) => {
    const day = new Date(now + days * DAY_MS);
    return resolve(day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate());
  });
  return candidates.find((at) => at <= now) ?? now;
}
