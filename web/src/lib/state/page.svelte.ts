/** All that the Watch page is made of, put together. The only place that builds things; opens nothing before `run`. */
import { Node } from '$lib/api/node';
import type { Stretch } from '$lib/domain/stretch';
import { pictureUrl } from '$lib/domain/timeline_preview';
import { openEngine } from '$lib/media/open';
import { keepAddress } from './address';
import { Channels } from './channels.svelte';
import { Clips } from './clips.svelte';
import { Coverage } from './coverage.svelte';
import { Frames, type Listed } from './frames.svelte';
import { MarkHoles } from './mark_holes.svelte';
import { Marks } from './marks.svelte';
import { NodeClock } from './node_clock.svelte';
import { Places } from './places';
import { Player } from './player.svelte';
import { Preferences } from './preferences.svelte';
import { Previews } from './previews.svelte';
import { Replay } from './replay.svelte';
import { browserSaving } from './saving';
import { Screen } from './screen.svelte';
import { Sound } from './sound.svelte';
import { StuckWatch } from './stuck.svelte';
import { Timeline } from './timeline.svelte';
import { Watch } from './watch.svelte';

/** The frames that are worth knowing: around the playhead and around edges of marks, in ms. */
const AROUND_PLAYHEAD_MS = 20_000;
const AROUND_EDGE_MS = 4000;
const DOUBTED_MS = 10_000;
/** The timeline shows single frames only when it shows less than this. */
const SHOWN_FRAMES_MS = 60_000;

const hidden = () => document.hidden;
const around = (at: number, ms: number): Stretch => ({ from: at - ms, to: at + ms });

export class Page {
  readonly clock = new NodeClock();
  readonly screen = new Screen();
  readonly preferences = new Preferences(localStorage);
  private readonly node = new Node(document.baseURI);
  readonly frames = new Frames({
    ask: (channel, quality, stretch) => this.node.frames(channel, quality, stretch),
    onLearned: () => {
      this.player.framesKnown();
      this.clips.framesKnown();
    },
  });
  readonly player: Player = new Player(openEngine, new Sound(this.preferences), this.frames);
  readonly channels = new Channels({
    ask: () => this.node.channels(),
    clock: this.clock,
    hidden,
    onAnswer: () => this.watch.channelsKnown(),
  });
  readonly watch: Watch = new Watch({
    node: this.node,
    channels: this.channels,
    clock: this.clock,
    player: this.player,
    preferences: this.preferences,
    stuckSince: () => this.stuck.since,
    onMove: () => this.address.moved(),
  });
  private readonly stuck: StuckWatch = new StuckWatch({
    player: this.player,
    excused: () => hidden() || this.channels.broken !== null,
    now: () => this.clock.now,
  });
  private readonly coverage = new Coverage({
    ask: (channel, quality, stretch) => this.node.coverage(channel, quality, stretch),
    hidden,
  });
  readonly timeline = new Timeline({ watch: this.watch, clock: this.clock, coverage: this.coverage });
  readonly previews = new Previews({
    url: (wanted) => {
      const { channel, quality } = this.watch;
      return channel && quality && pictureUrl(document.baseURI, channel.name, quality.name, wanted);
    },
  });
  readonly marks = new Marks({
    storage: localStorage,
    distanceMs: (at) => this.frames.distanceMs(at),
    nearestFrame: (at) => this.clips.nearestFrame(at),
  });
  private readonly replay = new Replay(this);
  private readonly holes = new MarkHoles({
    ask: (stretch) => {
      const { channel, quality } = this.watch;
      return channel && quality && this.node.coverage(channel.name, quality.name, stretch);
    },
  });
  readonly clips: Clips = new Clips({
    node: this.node,
    watch: this.watch,
    player: this.player,
    marks: this.marks,
    frames: this.frames,
    replay: this.replay,
    holes: this.holes,
    saving: browserSaving(window),
    address: () => location.href,
  });
  private readonly places = new Places({
    watch: this.watch,
    player: this.player,
    marks: this.marks,
    view: this.timeline.view,
    screen: this.screen,
    now: () => this.clock.now,
  });
  private readonly address = keepAddress(this.places);

  constructor() {
    this.player.onPicture = () => this.replay.shown();
  }

  /** Goes on until the returned function is called. */
  run(): () => void {
    const parts = [this.address, this.clock, this.channels, this.stuck, this.screen];
    const stops = parts.map((part) => part.run());
    return () => {
      stops.forEach((stop) => stop());
      this.previews.close();
    };
  }

  /** To be called after every answer of the node, and when something else is to be shown. */
  refresh(): void {
    this.places.channelKnown();
    this.timeline.refresh();
    this.wantFrames();
  }

  /** To be called again and again, and when marks change. */
  wantFrames(): void {
    const { channel, quality } = this.watch;
    if (channel === null || quality === null || quality.first === null || quality.last === null) {
      return this.frames.want(null);
    }
    const recorded = { from: quality.first, to: quality.last };
    this.frames.doubt(this.listedNear());
    this.frames.want({ channel: channel.name, quality: quality.name, stretches: this.lookedAt(), recorded });
  }

  /** The segments around the playhead, as the player knows them. */
  private listedNear(): Listed[] {
    const { fragments, wall } = this.player;
    const near = fragments.filter(({ programDateTime: at }) => wall !== null && Math.abs(at - wall) < DOUBTED_MS);
    return near.map(({ path, programDateTime, duration }) => {
      return { path, from: programDateTime, to: programDateTime + duration * 1000 };
    });
  }

  private lookedAt(): Stretch[] {
    const { wall } = this.player;
    const { stretch } = this.timeline.view;
    const edges = this.marks.list.marks.flatMap((mark) => [mark.in, mark.out]).filter((at) => at !== null);
    const shown = stretch !== null && stretch.to - stretch.from < SHOWN_FRAMES_MS ? [stretch] : [];
    return [
      ...(wall === null ? [] : [around(wall, AROUND_PLAYHEAD_MS)]),
      ...shown,
      ...edges.map((at) => around(at, AROUND_EDGE_MS)),
    ];
  }
}
