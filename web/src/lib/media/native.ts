/**
 * Playing through the browser's own HLS, where hls.js cannot run (iPhones before iOS 17.1).
 * The browser tells only the date of the beginning, so behind a hole the clock is off by the hole.
 */
import type { Fragment } from '$lib/domain/fragments';
import type { Engine, EngineOptions } from './engine';

/** Safari's own: the date of media time 0. */
interface DatedVideo extends HTMLVideoElement {
  getStartDate?: () => Date;
}

export const nativeSupported = (video: HTMLVideoElement) => video.canPlayType('application/vnd.apple.mpegurl') !== '';

export class NativeEngine implements Engine {
  private readonly aborter = new AbortController();

  constructor(
    private readonly video: DatedVideo,
    options: EngineOptions,
  ) {
    const { signal } = this.aborter;
    const begin = () => {
      const located = options.place?.(this.fragments);
      if (located) video.currentTime = located.media;
      options.onTimeline();
    };
    const failed = () => {
      const unreachable = video.error?.code === MediaError.MEDIA_ERR_NETWORK;
      options.onTrouble(
        unreachable
          ? { kind: 'unreachable' }
          : { kind: 'unplayable', detail: video.error?.message ?? 'unknown reason' },
      );
    };
    video.addEventListener('loadedmetadata', begin, { once: true, signal });
    video.addEventListener('error', failed, { signal });
    video.src = options.playlist.url;
  }

  get fragments(): readonly Fragment[] {
    const date = this.video.getStartDate?.().getTime() ?? NaN;
    if (Number.isNaN(date)) return [];
    const { start, end } = this.seekable();
    return [{ start, duration: end - start, programDateTime: date + start * 1000, path: null }];
  }

  get listed(): readonly Fragment[] {
    return this.fragments;
  }

  get liveEdge(): number | null {
    return this.seekable().end || null;
  }

  get bytesPerSecond(): null {
    return null;
  }

  resume(): boolean {
    return false;
  }

  close(): void {
    this.aborter.abort();
    this.video.removeAttribute('src');
    this.video.load();
  }

  private seekable(): { start: number; end: number } {
    const ranges = this.video.seekable;
    return ranges.length === 0 ? { start: 0, end: 0 } : { start: ranges.start(0), end: ranges.end(ranges.length - 1) };
  }
}
