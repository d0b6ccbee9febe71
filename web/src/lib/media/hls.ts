/**
 * Playing through hls.js: its light build, or the full one where sound is separate, which is fetched only then. Nothing
 * here has subtitles or DRM.
 */
import Hls, { ErrorDetails, ErrorTypes, Events, type ErrorData, type LevelDetails } from 'hls.js/light';
import type { Fragment as HlsFragment } from 'hls.js';
import { isGateway } from '$lib/api/problem';
import { mergeFragments, pathOf, type Fragment } from '$lib/domain/fragments';
import type { Engine, EngineOptions, MediaTrouble } from './engine';

/** Fragments remembered after a live playlist dropped them; about the length of the back buffer. */
const REMEMBERED = 150;
const MEDIA_RECOVERIES = 2;
const GONE = [404, 410];

export const hlsSupported = () => Hls.isSupported();

export class HlsEngine implements Engine {
  fragments: Fragment[] = [];
  listed: Fragment[] = [];
  private hls: Hls | null = null;
  private closed = false;
  /** Addresses of what was listed and is not there. */
  private readonly gone = new Set<string>();
  private loaded = { bytes: 0, seconds: 0 };
  private placed = false;
  private recoveries = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly options: EngineOptions,
  ) {
    if (!options.playlist.separateSound) this.start(Hls);
    else void this.fetchFull();
  }

  private async fetchFull(): Promise<void> {
    try {
      const { default: Full } = await import('hls.js');
      if (!this.closed) this.start(Full);
    } catch {
      if (!this.closed) this.options.onTrouble({ kind: 'unreachable' });
    }
  }

  private start(Build: typeof Hls): void {
    const hls = new Build({
      // Loading starts when the playlist is known, since only it tells where the wanted moment is.
      autoStartLoad: false,
      backBufferLength: 120,
      maxBufferLength: 20,
      liveSyncDurationCount: 3,
      // Never jump to live by itself: whoever went back wants to stay there.
      liveMaxLatencyDurationCount: Infinity,
      enableWorker: false,
    });
    this.hls = hls;
    // A master playlist: its media playlists are loaded only once loading starts, which begins anew at the right place.
    if (this.options.playlist.separateSound) hls.on(Events.MANIFEST_PARSED, () => hls.startLoad());
    hls.on(Events.LEVEL_UPDATED, (_, { details }) => this.updated(details));
    hls.on(Events.FRAG_BUFFERED, (_, { frag, stats }) => this.buffered(frag, stats.loaded));
    hls.on(Events.ERROR, (_, data) => this.failed(data));
    hls.attachMedia(this.video);
    hls.loadSource(this.options.playlist.url);
  }

  get liveEdge(): number | null {
    return this.hls?.liveSyncPosition ?? null;
  }

  get bytesPerSecond(): number | null {
    return this.loaded.seconds === 0 ? null : this.loaded.bytes / this.loaded.seconds;
  }

  resume(): boolean {
    if (!this.placed) return false;
    this.hls?.startLoad();
    return true;
  }

  close(): void {
    this.closed = true;
    this.hls?.destroy();
  }

  /** Separate sound takes bytes, but no time of its own. */
  private buffered(fragment: HlsFragment, bytes: number): void {
    const seconds = fragment.type === 'audio' ? 0 : fragment.duration;
    this.loaded = { bytes: this.loaded.bytes + bytes, seconds: this.loaded.seconds + seconds };
    this.refresh();
  }

  private updated(details: LevelDetails): void {
    this.take(details.fragments);
    if (!this.placed) {
      this.placed = true;
      this.hls?.startLoad(this.options.place?.(this.listed)?.media ?? -1);
    }
    this.options.onTimeline();
  }

  private refresh(): void {
    const details = this.hls?.latestLevelDetails;
    if (details) this.take(details.fragments);
    this.options.onTimeline();
  }

  private take(fragments: readonly HlsFragment[]): void {
    this.listed = fragments.filter(({ url }) => !this.gone.has(url)).flatMap(timed);
    this.fragments = mergeFragments(this.fragments, this.listed, REMEMBERED);
  }

  private failed(data: ErrorData): void {
    if (data.details === ErrorDetails.LEVEL_EMPTY_ERROR && !this.placed) {
      this.hls?.stopLoad();
      this.options.onTrouble({ kind: 'empty' });
    } else if (data.fatal && data.type === ErrorTypes.MEDIA_ERROR && this.recoveries < MEDIA_RECOVERIES) {
      this.recoveries += 1;
      this.hls?.recoverMediaError();
    } else if (data.frag && GONE.includes(data.response?.code ?? 0)) {
      this.passOver(data.frag, data.fatal);
    } else if (data.fatal) {
      this.options.onTrouble(troubleOf(data));
    }
  }

  /** A segment that is listed but not there any more is passed over, like a hole. */
  private passOver(fragment: HlsFragment, stopped: boolean): void {
    this.gone.add(fragment.url);
    this.refresh();
    const next = this.listed.find(({ start }) => start > fragment.end - 0.1);
    if (next === undefined) return this.options.onTrouble({ kind: 'empty' });
    this.options.onGone();
    if (stopped) this.hls?.startLoad(next.start);
  }
}

/**
 * A fragment begins where its picture begins: once it is loaded hls.js knows that, and the sound may begin earlier.
 * Fragments without a date are left out; the node dates them all.
 */
function timed(fragment: HlsFragment): Fragment[] {
  const { programDateTime, duration, elementaryStreams, url } = fragment;
  if (programDateTime === null) return [];
  const picture = elementaryStreams.video ?? elementaryStreams.audiovideo;
  return [{ start: picture?.startPTS ?? fragment.start, duration, programDateTime, path: pathOf(url) }];
}

function troubleOf(data: ErrorData): MediaTrouble {
  if (data.type !== ErrorTypes.NETWORK_ERROR) return { kind: 'unplayable', detail: data.error.message || data.details };
  const status = data.response?.code ?? 0;
  return status >= 400 && !isGateway(status) ? { kind: 'refused', status } : { kind: 'unreachable' };
}
