/** Small pictures of moments that somebody points at: asked for one at a time, and a few of them kept. */
import type { WantedPicture } from '$lib/domain/timeline_preview';

/** Somebody who points here for less than this only passes by. */
const REST_MS = 150;
/** A small picture is some kB. */
const MOST_KEPT = 60;

export interface PreviewsOptions {
  /** Where the picture is; null while nothing is watched. */
  readonly url: (wanted: WantedPicture) => string | null;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

export class Previews {
  /** The picture of what is wanted, as a URL of this page; while that is waited for, the one before. */
  shown = $state.raw<string | null>(null);
  waiting = $state(false);
  private wanted: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private aborter: AbortController | null = null;
  /** By the node's URL; the one used last comes last. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
  private readonly kept = new Map<string, string>();

  constructor(private readonly options: PreviewsOptions) {}

  /** Only the last that was wanted counts; null when nobody points any more. */
  want(picture: WantedPicture | null): void {
    const url = picture && this.options.url(picture);
    if (url === this.wanted) return;
    this.stop();
    this.wanted = url;
    const kept = url === null ? null : this.used(url);
    this.waiting = url !== null && kept === null;
    if (!this.waiting) this.shown = kept;
    if (url !== null && this.waiting) this.timer = setTimeout(() => void this.load(url), REST_MS);
  }

  /** Lets go of all pictures. */
  close(): void {
    this.want(null);
    for (const picture of this.kept.values()) URL.revokeObjectURL(picture);
    this.kept.clear();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.aborter?.abort();
    this.aborter = null;
  }

  private used(url: string): string | null {
    const picture = this.kept.get(url);
    if (picture === undefined) return null;
    this.kept.delete(url);
    this.kept.set(url, picture);
    return picture;
  }

  private async load(url: string): Promise<void> {
    const aborter = (this.aborter = new AbortController());
    const picture = await this.fetched(url, aborter.signal);
    if (aborter.signal.aborted) return;
    this.waiting = false;
    this.shown = picture && this.keep(url, URL.createObjectURL(picture));
  }

  /** The time alone is shown where there is no picture: why there is none, the picture above says when it is watched. */
  private async fetched(url: string, signal: AbortSignal): Promise<Blob | null> {
    const fetch = this.options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    try {
      const response = await fetch(url, { signal });
      const blob = response.ok ? await response.blob() : null;
      return blob?.type.startsWith('image/') ? blob : null;
    } catch {
      return null;
    }
  }

  private keep(url: string, picture: string): string {
    this.kept.set(url, picture);
    for (const [oldest, old] of this.kept) {
      if (this.kept.size <= MOST_KEPT) break;
      this.kept.delete(oldest);
      URL.revokeObjectURL(old);
    }
    return picture;
  }
}
