/**
 * One <video> and the wall clock at its playhead. Knows nothing of channels or addresses.
 *
 * Where the node's frame grid is known, seeks lead to a frame and the frame on the screen has its time; where it is
 * not, the dates of the playlist have to do.
 */
import {
  gapAt,
  gapBegins,
  overGap,
  wallRange,
  wallTimeAt,
  type Fragment,
  type Located,
  type Toward,
} from '$lib/domain/fragments';
import { stepTarget, USUAL_FRAME_S } from '$lib/domain/frames';
import type { Frame } from '$lib/domain/grid';
import { retryDelayMs } from '$lib/domain/retry';
import type { Playlist, Source } from '$lib/domain/seeking';
import type { Engine, MediaTrouble, OpenEngine } from '$lib/media/engine';
import { Placing, type KnownFrames } from './placing';
import { ShownFrame } from './shown_frame';
import type { Sound } from './sound.svelte';
import { Speed } from './speed.svelte';
import { Target } from './target';

interface Loaded {
  readonly playlist: Playlist;
  readonly source: Source;
  readonly engine: Engine;
}

const EXACT_S = 0.0005;
/** Nearer than this to the end of what is recorded, playing faster only means waiting. */
const CAUGHT_UP_MS = 3000;
const NONE: readonly Fragment[] = [];

export class Player {
  /** Wall time at the playhead, Unix ms; null while unknown. */
  wall = $state<number | null>(null);
  /** The frame on the screen; null while the node has not told its time. */
  frame = $state.raw<Frame | null>(null);
  /** What is wanted: playing again after a load or a stall needs no further click. */
  playing = $state(false);
  /** Playing is wanted, but there is nothing to show yet. */
  stalled = $state(false);
  trouble = $state.raw<MediaTrouble | null>(null);
  /** Where the last seek led, when the wanted moment is not recorded. */
  landed = $state.raw<{ wanted: number; located: Located } | null>(null);
  loaded = $state.raw<Loaded | null>(null);
  readonly speed = new Speed();

  onEnded: () => void = () => undefined;
  /** Another frame is on the screen, or the playhead moved. */
  onPicture: () => void = () => undefined;
  onTimeline: () => void = () => undefined;
  private video: HTMLVideoElement | null = null;
  private readonly target = new Target();
  /** It rests somewhere in a frame, not where a seek to that frame leads: near its end, any rounding shows another. */
  private loose = false;
  private failures = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly shown = new ShownFrame();
  private readonly placing: Placing;
  private opening = false;
  /** A load that came before there was a <video>. */
  private pending: (() => void) | null = null;

  constructor(
    private readonly open: OpenEngine,
    readonly sound: Sound,
    frames: KnownFrames,
  ) {
    this.placing = new Placing(frames);
  }

  /** Takes the <video> over until the returned function is called. */
  attach(video: HTMLVideoElement): () => void {
    this.video = video;
    const aborter = new AbortController();
    const on = (name: keyof HTMLMediaElementEventMap, act: () => void) =>
      video.addEventListener(name, act, { signal: aborter.signal });
    on('loadeddata', () => (this.opening = false));
    for (const name of ['timeupdate', 'seeking', 'loadeddata'] as const) on(name, () => this.tick());
    on('seeked', () => this.arrived());
    on('waiting', () => this.waits());
    on('playing', () => (this.stalled = false));
    on('play', () => (this.playing = true));
    on('pause', () => this.pausedByBrowser());
    on('ended', () => this.onEnded());
    this.sound.attach(video);
    this.shown.watch(video, aborter.signal, () => this.tick());
    this.speed.attach(video);
    this.pending?.();
    this.pending = null;
    return () => {
      aborter.abort();
      this.close();
      this.video = null;
    };
  }

  /** Plays a playlist from `wanted` on, or from the live edge when that is null. */
  load(playlist: Playlist, source: Source, wanted: number | null, toward: Toward = 'next'): void {
    this.close();
    if (this.video === null) {
      this.pending = () => this.load(playlist, source, wanted, toward);
      return;
    }
    this.opening = true;
    this.target.set(wanted);
    this.loose = false;
    this.wall = wanted;
    this.frame = null;
    this.shown.forget();
    this.stalled = this.playing;
    const place = wanted === null ? null : (fragments: readonly Fragment[]) => this.land(fragments, wanted, toward);
    const engine = this.open(this.video, {
      playlist,
      place,
      onTimeline: () => this.timelineKnown(),
      onTrouble: (trouble) => this.failed(trouble),
      onGone: () => this.gone(),
    });
    this.loaded = { playlist, source, engine };
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
    this.target.left();
    this.loose = false;
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

  /** Seeks inside what is loaded: to the first frame at or after `wall`. */
  seek(wall: number, toward: Toward = 'next'): void {
    const located = this.land(this.loaded?.engine.fragments ?? NONE, wall, toward);
    if (located !== null) this.send(located);
  }

  /** Seeks by media time, which has no holes; false if that is outside of what is loaded. */
  skip(seconds: number): boolean {
    const listed = this.loaded?.engine.listed ?? [];
    const [first, last] = [listed[0], listed.at(-1)];
    if (!this.video || !first || !last || this.opening) return false;
    const target = this.video.currentTime + seconds;
    if (target < first.start || target >= last.start + last.duration) return false;
    this.target.set(null);
    this.landed = null;
    this.loose = !this.playing;
    this.moveTo(target);
    return true;
  }

  seekToLive(): boolean {
    const edge = this.loaded?.engine.liveEdge ?? null;
    if (edge === null || this.opening) return false;
    this.target.set(null);
    this.landed = null;
    this.moveTo(edge);
    return true;
  }

  /** The frame before or after the one shown, or the one that is being sought; null while unknown. */
  neighbour(direction: 1 | -1): number | null {
    const at = this.target.wanted ?? this.frame?.at;
    if (at === undefined) return null;
    const { frames } = this.placing;
    return (direction === 1 ? frames.after(at) : frames.before(at))?.at ?? null;
  }

  step(direction: 1 | -1): void {
    if (this.video === null) return;
    this.pause();
    const next = this.neighbour(direction);
    if (next !== null) return this.seek(next);
    this.target.set(null);
    this.loose = true;
    // While a step is under way the frame on the screen is the one before it.
    const { currentTime, seeking } = this.video;
    const shown = seeking ? null : this.shown.near(currentTime);
    const frame = this.shown.duration ?? USUAL_FRAME_S;
    this.moveTo(overGap(this.fragments, stepTarget(currentTime, shown, frame, direction), frame, direction));
  }

  /** Tries again at once what waits for its turn. */
  retry(): void {
    clearTimeout(this.retryTimer);
    if (this.loaded === null || this.trouble === null) return;
    const { playlist, source, engine } = this.loaded;
    if (this.trouble.kind !== 'unplayable' && engine.resume()) return;
    this.load(playlist, source, source.kind === 'live' ? null : this.wall);
  }

  /** Opens the same anew, at the same place. */
  rebuild(): void {
    if (this.loaded === null) return;
    const { playlist, source } = this.loaded;
    this.load(playlist, source, this.moment);
  }

  /** The grid knows more: a picture that rests goes to the frame it was sent to. */
  framesKnown(): void {
    if (!this.playing && this.target.again() && !this.correct()) this.target.arrived();
    this.tick();
    this.settle();
  }

  /** The time of the frame on the screen, as well as it is known. */
  get moment(): number | null {
    return this.frame?.at ?? this.wall;
  }

  get fragments(): readonly Fragment[] {
    return this.placing.dates(this.loaded?.engine.fragments ?? NONE);
  }

  get bytesPerSecond(): number | null {
    return this.loaded?.engine.bytesPerSecond ?? null;
  }

  /** What the loaded playlist lists now, as wall times. */
  get listed(): { first: number; last: number } | null {
    return wallRange(this.loaded?.engine.listed ?? NONE);
  }

  private land(fragments: readonly Fragment[], wanted: number, toward: Toward): Located | null {
    const located = this.placing.locate(fragments, wanted, toward);
    const elsewhere = located?.relation === 'hole' || located?.relation === 'before';
    this.landed = located && elsewhere ? { wanted, located } : null;
    if (this.landed) this.target.wanted = this.wall = this.landed.located.wall;
    return located;
  }

  /** What was listed is gone: whoever seeks there or waits for it goes on behind it. */
  private gone(): void {
    const { wanted } = this.target;
    const fragments = this.loaded?.engine.fragments ?? NONE;
    if (wanted !== null) {
      const first = this.landed?.wanted ?? wanted;
      const located = this.land(fragments, wanted, 'next');
      if (this.landed) this.landed = { ...this.landed, wanted: first };
      if (located?.relation === 'hole') this.send(located);
    } else if (this.stalled) this.passOver();
  }

  /** Over what is not there any more, once the playhead has come to it. */
  private passOver(): void {
    const gap = this.video && gapAt(this.fragments, this.video.currentTime);
    if (!gap || this.target.wanted !== null) return;
    const located: Located = { relation: 'hole', media: gap.after.start, wall: gap.after.programDateTime };
    this.landed = { wanted: gapBegins(gap), located };
    this.send(located);
  }

  private send({ media, wall }: Located): void {
    this.loose = false;
    this.target.set(wall);
    this.wall = wall;
    this.moveTo(media);
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
    const { wanted, mayCorrect } = this.target;
    if (wanted === null || this.video === null || !mayCorrect) return false;
    if (this.video.readyState < 1 || this.video.buffered.length === 0) return false;
    const located = this.placing.locate(this.loaded?.engine.fragments ?? NONE, wanted, 'next');
    if (located === null || Math.abs(located.media - this.video.currentTime) < EXACT_S) return false;
    this.target.corrected();
    this.video.currentTime = located.media;
    return true;
  }

  private arrived(): void {
    if (!this.correct()) this.target.arrived();
    this.tick();
    this.settle();
  }

  /** A picture that rests loosely goes to where its frame is sought, once that is known. */
  private settle(): void {
    if (!this.loose || this.target.wanted !== null || this.frame === null || this.video?.seeking) return;
    this.loose = false;
    this.seek(this.frame.at);
  }

  private tick(): void {
    if (this.video === null) return;
    const { currentTime, readyState } = this.video;
    const fragments = this.loaded?.engine.fragments ?? NONE;
    const { wanted } = this.target;
    if (wanted !== null) {
      this.wall = wanted;
      this.frame = this.placing.frameFor(wanted);
    } else if (readyState >= 1 && !this.opening) {
      this.wall = wallTimeAt(this.fragments, currentTime) ?? this.wall;
      this.frame = this.placing.frameShown(fragments, this.shown.near(currentTime) ?? currentTime);
    }
    this.onPicture();
  }

  private failed(trouble: MediaTrouble): void {
    this.trouble = trouble;
    this.stalled = false;
    const passing = trouble.kind === 'unreachable' || (trouble.kind === 'refused' && trouble.status >= 500);
    if (!passing) return;
    this.failures += 1;
    this.retryTimer = setTimeout(() => this.retry(), retryDelayMs(this.failures));
  }

  /** Who played faster than it is recorded has caught up. */
  private waits(): void {
    this.stalled = true;
    this.passOver();
    const rest = this.wall === null || this.listed === null ? Infinity : this.listed.last - this.wall;
    if (this.speed.times > 1 && rest < CAUGHT_UP_MS) this.speed.set(1);
  }

  private pausedByBrowser(): void {
    if (this.opening || this.video?.ended) return;
    this.playing = this.stalled = false;
    this.tick();
  }
}
