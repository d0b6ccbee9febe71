/** What plays a playlist in a <video>: hls.js, or the browser itself. One engine plays one playlist, then is closed. */
import type { Fragment, Located } from '$lib/domain/fragments';
import type { Playlist } from '$lib/domain/seeking';

/** Why it cannot go on. What is done next differs for each. */
export type MediaTrouble =
  /** The playlist lists nothing. */
  | { readonly kind: 'empty' }
  /** The node answered with an error status. */
  | { readonly kind: 'refused'; readonly status: number }
  /** The node did not answer. */
  | { readonly kind: 'unreachable' }
  /** The browser cannot decode it. */
  | { readonly kind: 'unplayable'; readonly detail: string };

export interface EngineOptions {
  readonly playlist: Playlist;
  /** Where to begin, once the playlist is known; null for the live edge. */
  readonly place: ((fragments: readonly Fragment[]) => Located | null) | null;
  /** The fragments became known, or known better. */
  readonly onTimeline: () => void;
  readonly onTrouble: (trouble: MediaTrouble) => void;
  /** A listed segment is not there any more. It has been taken from the fragments, like what was never recorded. */
  readonly onGone: () => void;
}

export interface Engine {
  /** All fragments whose times are known, also those a live playlist no longer lists. */
  readonly fragments: readonly Fragment[];
  /** Those the playlist lists now. */
  readonly listed: readonly Fragment[];
  /** Media time at which live is played without stalling; null while unknown. */
  readonly liveEdge: number | null;
  /** How much a second of what was loaded takes; null while nothing was. */
  readonly bytesPerSecond: number | null;
  /** Go on after a trouble; false if it must be opened anew. */
  resume(): boolean;
  close(): void;
}

export type OpenEngine = (video: HTMLVideoElement, options: EngineOptions) => Engine;
