/** Which picture shows the moment under the pointer: few different ones from afar, the very frame from near. */
import type { Stretch } from './stretch';
import { isoUtc } from './times';

export interface WantedPicture {
  /** Unix ms */
  readonly at: number;
  /** The frame of just that moment; otherwise the keyframe before will do, which costs the node less. */
  readonly exact: boolean;
}

/** In pixels: pictures of moments nearer to each other than this are not told apart. */
const APART = 8;
const STEPS_MS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200].map((s) => s * 1000);

/**
 * @param at the moment pointed at
 * @param msPerPixel how far from each other neighbours are
 * @param piece what is recorded without a hole around it: the picture is of a moment inside
 */
export function pictureFor(at: number, msPerPixel: number, { from, to }: Stretch): WantedPicture {
  const apart = msPerPixel * APART;
  const step = STEPS_MS.find((each) => each >= apart) ?? apart;
  const round = Math.round(at / step) * step;
  return { at: Math.max(from, round < to ? round : Math.floor(to / step) * step), exact: false };
}

/** Where the node has a picture for that; `base` is where its pages are. */
export function pictureUrl(base: string, channel: string, quality: string, { at, exact }: WantedPicture): string {
  const path = `frame/${encodeURIComponent(channel)}/${encodeURIComponent(quality)}.jpg`;
  const keyframe = exact ? '' : '&keyframe=true';
  return new URL(`${path}?timestamp=${isoUtc(at)}&width=240${keyframe}`, base).href;
}
