/** The Watch page: which channel, which quality, which moment; and what the keys do to them. */
import type { Node } from '$lib/api/node';
import { chooseChannel, chooseQuality } from '$lib/domain/channels';
import type { Toward } from '$lib/domain/fragments';
import { nearestOf, type Nearest } from '$lib/domain/nearest';
import type { Place } from '$lib/domain/place';
import { nextSource, planSeek, slidesAway, type Source } from '$lib/domain/seeking';
import { nextSpeed } from '$lib/domain/speeds';
import { isoUtc, type Zone } from '$lib/domain/times';
import { pictureMessage } from '$lib/domain/words';
import type { Channels } from './channels.svelte';
import type { NodeClock } from './node_clock.svelte';
import type { Player } from './player.svelte';

/** That a seek led elsewhere is said until the picture is this far on. */
const LANDED_NEAR_MS = 10_000;
/** How far around a hole is looked for what is recorded: the node answers for at most a week. */
const SEARCH_MS = 3 * 86_400_000;

type WatchedPlayer = Pick<
  Player,
  | 'close'
  | 'landed'
  | 'listed'
  | 'load'
  | 'loaded'
  | 'moment'
  | 'neighbour'
  | 'onEnded'
  | 'onTimeline'
  | 'pause'
  | 'play'
  | 'playing'
  | 'retry'
  | 'seek'
  | 'seekToLive'
  | 'skip'
  | 'speed'
  | 'step'
  | 'trouble'
  | 'wall'
>;

/** What of a place is the picture's. */
export type WatchedPlace = Pick<Place, 'channel' | 'quality' | 'at'>;

export interface WatchOptions {
  readonly node: Pick<Node, 'coverage' | 'playlist'>;
  readonly channels: Pick<Channels, 'list'>;
  readonly clock: Pick<NodeClock, 'now'>;
  readonly player: WatchedPlayer;
  readonly preferences: { readonly zone: Zone };
  /** Since when the picture has not moved though it should; null when all is well. */
  readonly stuckSince: () => number | null;
  /** The place changed because somebody chose so: worth a step in the browser's history. */
  readonly onMove: () => void;
}

export class Watch {
  /** Playing at the live edge, and wanting to stay there. */
  following = $state(true);
  private channelName = $state<string | null>(null);
  private qualityName = $state<string | null>(null);
  /** What is recorded around a wanted moment that is not there. */
  private nearest = $state.raw<Nearest | null>(null);
  /** What was asked for last; null for live. */
  private asked: number | null = null;
  private opened: string | null = null;

  readonly channel = $derived.by(() => chooseChannel(this.options.channels.list ?? [], this.channelName));
  readonly quality = $derived.by(() => chooseQuality(this.channel, this.qualityName));
  /** A channel was asked for that the node does not have. */
  readonly unknownChannel = $derived.by(() =>
    this.options.channels.list !== null && this.channel === null ? this.channelName : null,
  );
  readonly message = $derived.by(() => {
    if (this.channel === null || this.quality === null) return null;
    const { landed, trouble, wall } = this.options.player;
    const near = landed !== null && wall !== null && Math.abs(wall - landed.located.wall) < LANDED_NEAR_MS;
    return pictureMessage({
      channel: this.channel.name,
      quality: this.quality,
      now: this.options.clock.now,
      zone: this.options.preferences.zone,
      stuckSince: this.options.stuckSince(),
      wanted: this.following ? null : wall,
      trouble,
      nearest: this.nearest,
      landed: near ? { wanted: landed.wanted, wall: landed.located.wall } : null,
    });
  });

  constructor(private readonly options: WatchOptions) {
    options.player.onEnded = () => this.goOn();
    options.player.onTimeline = () => this.keepPaused();
  }

  get place(): WatchedPlace {
    const at = this.following ? null : (this.options.player.moment ?? this.asked);
    return { channel: this.channel?.name ?? this.channelName, quality: this.quality?.name ?? this.qualityName, at };
  }

  /** Shows a place of the address bar; a live one is always played. */
  open(place: WatchedPlace, playing = true): void {
    this.channelName = place.channel;
    this.qualityName = place.quality;
    this.following = place.at === null;
    this.asked = place.at;
    this.opened = null;
    this.options.player.playing = playing || this.following;
    this.channelsKnown();
  }

  /** New facts of the node: open what was waiting for them, or what could not be opened before. */
  channelsKnown(): void {
    const { player } = this.options;
    if (this.channel === null || this.quality === null) return;
    const wanted = `${this.channel.name}/${this.quality.name}`;
    if (this.opened !== wanted && this.quality.last !== null) {
      this.opened = wanted;
      if (this.asked === null) this.loadLive();
      else this.load(this.asked);
    } else if (this.following && this.quality.state === 'recording' && player.trouble?.kind !== 'unplayable') {
      if (player.trouble !== null) player.retry();
    } else if (player.trouble?.kind === 'unreachable') player.retry();
  }

  choose(channel: string, quality: string | null): void {
    const same = channel === this.channel?.name;
    const at = same ? this.place.at : null;
    const { playing } = this.options.player;
    this.options.player.close();
    this.options.player.wall = null;
    this.open({ channel, quality, at }, playing || !same);
    this.options.onMove();
  }

  goLive(): void {
    const { player } = this.options;
    player.playing = true;
    player.speed.set(1);
    this.following = true;
    this.asked = null;
    this.options.onMove();
    if (player.loaded?.source.kind === 'live' && player.trouble === null && player.seekToLive()) player.play();
    else this.loadLive();
  }

  /** Goes to a moment that somebody named. */
  goTo(wall: number): void {
    this.move(wall, 'next');
    if (!this.following) this.options.onMove();
  }

  private move(wall: number, toward: Toward): void {
    const { player } = this.options;
    const newest = this.quality?.last ?? null;
    const source = player.trouble === null ? (player.loaded?.source ?? null) : null;
    const plan = planSeek({ wall, toward, newest, source, listed: player.listed });
    if (plan.do === 'live') return this.goLive();
    this.following = false;
    this.asked = wall;
    this.nearest = null;
    if (plan.do === 'seek') player.seek(wall, toward);
    else this.start(plan.source, wall, toward);
  }

  goToFirst(): void {
    const first = this.quality?.first ?? null;
    if (first !== null) this.goTo(first);
  }

  skip(seconds: number): void {
    const { player } = this.options;
    if (player.wall === null) return;
    const { first, last } = { first: this.quality?.first ?? null, last: this.quality?.last ?? null };
    const wall = player.wall + seconds * 1000;
    if (first !== null && wall < first) return this.move(first, 'next');
    const plan = planSeek({ wall, newest: last, source: player.loaded?.source ?? null, listed: player.listed });
    // Forward to the edge is live; back is always back, also where live itself is near the edge.
    if (seconds > 0 && (plan.do === 'live' || this.following)) return this.goLive();
    if (plan.do !== 'load' && player.skip(seconds)) this.following = false;
    else this.move(wall, seconds < 0 ? 'previous' : 'next');
  }

  step(direction: 1 | -1): void {
    const { player } = this.options;
    this.following = false;
    const at = player.neighbour(direction);
    const outside = at !== null && player.listed !== null && at < player.listed.first;
    if (!outside) return player.step(direction);
    player.pause();
    this.move(at, 'previous');
  }

  toggle(): void {
    const { player } = this.options;
    if (player.playing) {
      this.following = false;
      return player.pause();
    }
    player.play();
  }

  /** Faster than live there is nothing; whoever is slower falls behind it. */
  setSpeed(times: number): void {
    if (this.following && times >= 1) return this.options.player.speed.set(1);
    this.following = false;
    this.options.player.speed.set(times);
  }

  changeSpeed(direction: 1 | -1): void {
    this.setSpeed(nextSpeed(this.options.player.speed.times, direction));
  }

  /** The moment shown, as text for other tools. */
  get moment(): string {
    const { moment } = this.options.player;
    return moment === null ? '' : isoUtc(moment);
  }

  private loadLive(): void {
    this.start({ kind: 'live' }, null);
  }

  private load(wall: number): void {
    const newest = this.quality?.last ?? null;
    const plan = planSeek({ wall, newest, source: null, listed: null });
    if (plan.do === 'load') this.start(plan.source, wall);
    else this.goLive();
  }

  private start(source: Source, wall: number | null, toward: Toward = 'next'): void {
    if (this.channel === null || this.quality === null) return;
    this.nearest = null;
    const playlist = this.options.node.playlist(this.channel.name, this.quality, source);
    this.options.player.load(playlist, source, wall, toward);
  }

  /** A bounded playlist was played to its end: go on with the next. */
  private goOn(): void {
    const { player } = this.options;
    const end = player.listed?.last;
    if (!player.loaded || end === undefined) return;
    const source = nextSource(player.loaded.source, end, this.quality?.last ?? null);
    if (source) this.start(source, end);
  }

  /** A picture paused at live stays there: before its fragments leave the live playlist, another one takes over. */
  private keepPaused(): void {
    const { player } = this.options;
    const { wall } = player;
    if (player.playing || wall === null || !slidesAway(player.loaded?.source ?? null, wall, player.listed)) return;
    // Not while the engine is in the middle of telling us.
    queueMicrotask(() => this.load(wall));
  }

  /** Looks for what is recorded around a moment that turned out not to be. */
  async findNearest(wanted: number): Promise<void> {
    const [channel, quality] = [this.channel?.name, this.quality];
    if (this.following || channel === undefined || quality?.last === undefined || quality.last === null) return;
    const from = Math.max(quality.first ?? wanted, wanted - SEARCH_MS);
    const to = Math.min(quality.last, wanted + SEARCH_MS);
    if (from >= to) return;
    const answer = await this.options.node.coverage(channel, quality.name, { from, to }).catch(() => null);
    this.nearest = answer && nearestOf(answer.pieces, wanted);
  }
}
