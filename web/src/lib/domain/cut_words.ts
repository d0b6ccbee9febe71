/** What is said about a cut: how long it is, how big, what its file is called, how the same is done by command. */
import type { Refused } from '$lib/api/problem';
import type { Mark, WholeMark } from './marks';
import { isoUtc } from './times';

export type Container = 'mp4' | 'ts';

/** What a cut is of. */
export interface CutPlace {
  readonly channel: string;
  readonly quality: string;
}

/** `1.5 MB`, in steps of 1000 as browsers and disks count. */
export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[step - 1]}`;
}

/** About how big a cut gets; null while it is not known how much a second takes. */
export function estimatedBytes({ in: start, out }: WholeMark, bytesPerSecond: number | null): number | null {
  return bytesPerSecond === null ? null : ((out - start) / 1000) * bytesPerSecond;
}

/** A name without what file systems refuse; without one of its own, channel and time: `demo 2026-11-24T08-00-00.000Z`. */
export function fileName(channel: string, mark: Pick<Mark, 'in' | 'name'>): string {
  const own = mark.name.replace(/[/\\:*?"<>|\p{Cc}]/gu, '-').trim();
  return own === '' ? momentName(channel, mark.in ?? 0) : own;
}

/** The name of what is of one moment. */
export function momentName(channel: string, at: number): string {
  return `${channel} ${isoUtc(at).replaceAll(':', '-')}`;
}

/** The same cut by command, for a terminal. `DIR` is for who types it: the page does not know where the store is. */
export function commandFor({ channel, quality }: CutPlace, mark: WholeMark, container: Container): string {
  const file = `${fileName(channel, mark)}.${container}`;
  const words = ['longtake', 'cut', channel, isoUtc(mark.in), isoUtc(mark.out), '-o', file];
  const options = [
    '--store',
    'DIR',
    '--quality',
    quality,
    '--kind',
    'smart',
    ...(mark.allowHoles ? ['--allow-holes'] : []),
  ];
  return [...words, ...options].map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w.:/@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Why a cut or a picture did not come, what that means, what to do. */
export function refusalWords(what: string, { status, message }: Refused): string {
  if (status === 406) return `Not all of it is recorded (${message}).`;
  if (status === 503) return `The node is busy (${message}). Nothing was saved; try again in a moment.`;
  if (status === 404) return `${what} is not on this node any more (${message}).`;
  return `The node refused it (${message}). Nothing was saved.`;
}
