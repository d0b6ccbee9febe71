/** One <video> and the wall clock at its playhead. Knows nothing of channels or addresses. */
import { locate, wallRange, wallTimeAt, type Fragment, type Located, type Toward } from '$lib/domain/fragments';
import { betterFrameDuration, frameDuration, stepTarget, USUAL_FRAME_S } from '$lib/domain/frames';
import { retryDelayMs } from '$lib/domain/retry';
import type { Source } from '$lib/domain/seeking';
import type { Engine, MediaTrouble, OpenEngine } from '$lib/media/engine';
import type { Sound } from './sound.svelte';

interface Loaded {
  readonly url: string;
  readonly source: Source;
  readonly engine: Engine;
}

/** Corrections after a seek, once the true times of the fragment are known. More would be chasing noise. */
const MOST_CORRECTIONS = 3;
const EXACT_S = 0.0005;

export class Player {
  /** Wall time at the playhead, Unix ms; null while unknown. */
  wall = $state<number | null>(null);
  /** What is wanted: playing again after a load or a stall needs no further click. */
  playing = $state(false);
  /** Playing is wanted, but there is nothing to show yet. */
  stalled = $state(false);
  trouble = $state.raw<MediaTrouble | null>(null);
  /** Where the last seek led, when the wanted moment is not recorded. */
  landed = $state.raw<{ wanted: number; located: Located } | null>(null);
  loaded = $state.raw<Loaded | null>(null);

  onEnded: () => void = () => undefined;
  onTimeline: () => void = () => undefined;
  private video: HTMLVideoElement | null = null;
  private wanted: number | null = null;
  private corrections = 0;
  private failures = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private shownFrame: number | null = null;
  private frame: number | null = null;
  private opening = false;
  /** A load that came before there was a <video>. */
  private pending: (() => void) | null = null;

  constructor(
    private readonly open: OpenEngine,
    readonly sound: Sound,
  ) {}

  /** Takes the <video> over until the returned function is called. */
  attach(video: HTMLVideoElement): () => void {
    this.video = video;
    const aborter = new AbortController();
    const on = (name: keyof HTMLMediaElementEventMap, act: () => void) =>
      video.addEventListener(name, act, { signal: aborter.signal });
    on('loadeddata', () => (this.opening = false));
    for (const name of ['timeupdate', 'seeking', 'loadeddata'] as const) on(name, () => this.tick());
    on('seeked', () => this.arrived());
    on('waiting', () => (this.stalled = true));
    on('playing', () => (this.stalled = false));
    on('play', () => (this.playing = true));
    on('pause', () => this.pausedByBrowser());
    on('ended', () => this.onEnded());
    this.sound.attach(video);
    this.watchFrames(video, aborter.signal);
    this.pending?.();
    this.pending = null;
    return () => {
      aborter.abort();
      this.close();
      this.video = null;
    };
  }

  /** Plays a playlist from `wanted` on, or from the live edge when that is null. */
  load(url: string, source: Source, wanted: number | null, toward: Toward = 'next'): void {
    this.close();
    if (this.video === null) {
      this.pending = () => this.load(url, source, wanted, toward);
      return;
    }
    this.opening = true;
    this.wanted = this.wall = wanted;
    this.corrections = 0;
    this.shownFrame = this.frame = null;
    this.stalled = this.playing;
    const place = wanted === null ? null : (fragments: readonly Fragment[]) => this.land(fragments, wanted, toward);
    const engine = this.open(this.video, {
      url,
      place,
      onTimeline: () => this.timelineKnown(),
      onTrouble: (trouble) => this.failed(trouble),
    });
    this.loaded = { url, source, engine };
    if (this.playing) this.play();
  }

  close(): void {
    clearTimeout(this.retryTimer);
    this.loaded?.engine.close();
    this.loaded = null;
    this.trouble = this.landed = null;
  }

  play(): void {
    this.playing = true;
    this.video?.play().catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
      if (this.sound.silenced) {
        this.playing = false;
        return;
      }
      this.sound.silence();
      this.play();
    });
  }

  pause(): void {
    this.playing = this.stalled = false;
    this.video?.pause();
  }

  /** Seeks inside what is loaded. */
  seek(wall: number, toward: Toward = 'next'): void {
    const located = this.land(this.fragments, wall, toward);
    if (located === null) return;
    this.wanted = this.wall = located.wall;
    this.corrections = 0;
    this.moveTo(located.media);
  }

  /** Seeks by media time, which has no holes; false if that is outside of what is loaded. */
  skip(seconds: number): boolean {
    const listed = this.loaded?.engine.listed ?? [];
    const [first, last] = [listed[0], listed.at(-1)];
    if (!this.video || !first || !last || this.opening) return false;
    const target = this.video.currentTime + seconds;
    if (target < first.start || target >= last.start + last.duration) return false;
    this.wanted = this.landed = null;
    this.moveTo(target);
    return true;
  }

  seekToLive(): boolean {
    const edge = this.loaded?.engine.liveEdge ?? null;
    if (edge === null || this.opening) return false;
    this.wanted = this.landed = null;
    this.moveTo(edge);
    return true;
  }

  step(direction: 1 | -1): void {
    if (this.video === null) return;
    this.pause();
    this.wanted = null;
    // While a step is under way the frame on the screen is the one before it.
    const shown = this.video.seeking ? null : this.shownFrame;
    this.moveTo(stepTarget(this.video.currentTime, shown, this.frame ?? USUAL_FRAME_S, direction));
  }

  /** Tries again at once what waits for its turn. */
  retry(): void {
    clearTimeout(this.retryTimer);
    if (this.loaded === null || this.trouble === null) return;
    const { url, source, engine } = this.loaded;
    if (this.trouble.kind !== 'unplayable' && engine.resume()) return;
    this.load(url, source, source.kind === 'live' ? null : this.wall);
  }

  get fragments(): readonly Fragment[] {
    return this.loaded?.engine.fragments ?? [];
  }

  /** What the loaded playlist lists now, as wall times. */
  get listed(): { first: number; last: number } | null {
    return wallRange(this.loaded?.engine.listed ?? []);
  }

  private land(fragments: readonly Fragment[], wanted: number, toward: Toward): Located | null {
    const located = locate(fragments, wanted, toward);
    const elsewhere = located?.relation === 'hole' || located?.relation === 'before';
    this.landed = located && elsewhere ? { wanted, located } : null;
    if (this.landed) this.wanted = this.wall = this.landed.located.wall;
    return located;
  }

  private moveTo(media: number): void {
    if (this.video) this.video.currentTime = media;
    this.tick();
  }

  private timelineKnown(): void {
    if (this.trouble?.kind !== 'unplayable') this.trouble = null;
    this.failures = 0;
    this.correct();
    this.tick();
    this.onTimeline();
  }

  /** The times in a playlist are estimates until a fragment is loaded; then the seek is made exact. */
  private correct(): boolean {
    if (this.wanted === null || this.video === null || this.corrections >= MOST_CORRECTIONS) return false;
    if (this.video.readyState < 1 || this.video.buffered.length === 0) return false;
    const located = locate(this.fragments, this.wanted);
    if (located === null || Math.abs(located.media - this.video.currentTime) < EXACT_S) return false;
    this.corrections += 1;
    this.video.currentTime = located.media;
    return true;
  }

  private arrived(): void {
    if (!this.correct()) this.wanted = null;
    this.tick();
  }

  private tick(): void {
    if (this.video === null) return;
    if (this.wanted !== null) this.wall = this.wanted;
    else if (this.video.readyState >= 1 && !this.opening) {
      this.wall = wallTimeAt(this.fragments, this.video.currentTime) ?? this.wall;
    }
  }

  private failed(trouble: MediaTrouble): void {
    this.trouble = trouble;
    this.stalled = false;
    const passing = trouble.kind === 'unreachable' || (trouble.kind === 'refused' && trouble.status >= 500);
    if (!passing) return;
    this.failures += 1;
    this.retryTimer = setTimeout(() => this.retry(), retryDelayMs(this.failures));
  }

  private pausedByBrowser(): void {
    if (this.opening || this.video?.ended) return;
    this.playing = this.stalled = false;
    this.tick();
  }

  private watchFrames(video: HTMLVideoElement, signal: AbortSignal): void {
    if (!('requestVideoFrameCallback' in video)) return;
    const shown = (_: number, { mediaTime }: VideoFrameCallbackMetadata) => {
      if (signal.aborted) return;
      const seen = this.shownFrame === null ? null : frameDuration(this.shownFrame, mediaTime);
      this.frame = betterFrameDuration(this.frame, seen);
      this.shownFrame = mediaTime;
      this.tick();
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
  }
}
