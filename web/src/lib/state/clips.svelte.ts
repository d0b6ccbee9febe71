/** What keys and buttons do with marks: set them to the frame, go to them, play them, take them. */
import type { Node } from '$lib/api/node';
import { commandFor, estimatedBytes, fileName, momentName, type Container } from '$lib/domain/cut_words';
import { frameCount, isWhole, markOf, type Mark, type WholeMark } from '$lib/domain/marks';
import { linkTo } from '$lib/domain/place';
import type { Edge, MarkView } from '$lib/domain/timeline_marks';
import { Download } from './download.svelte';
import type { Frames } from './frames.svelte';
import type { MarkHoles } from './mark_holes.svelte';
import type { Marks } from './marks.svelte';
import type { Player } from './player.svelte';
import type { Replay } from './replay.svelte';
import type { Saving } from './saving';
import type { Watch } from './watch.svelte';

const USUAL_FRAME_MS = 1000 / 30;
const TYPES: Record<Container, string> = { mp4: 'video/mp4', ts: 'video/mp2t' };

export interface ClipsOptions {
  readonly node: Pick<Node, 'cutUrl' | 'frameUrl'>;
  readonly watch: Pick<Watch, 'channel' | 'goTo' | 'quality'>;
  readonly player: Pick<Player, 'bytesPerSecond' | 'frame' | 'moment' | 'pause'>;
  readonly marks: Marks;
  readonly frames: Pick<Frames, 'after' | 'at' | 'before' | 'distanceMs' | 'snap'>;
  readonly replay: Replay;
  readonly holes: MarkHoles;
  readonly saving: Saving;
  /** The page's own address. */
  readonly address: () => string;
}

export class Clips {
  /** The picture of a frame, on its way. */
  readonly picture: Download;
  /** The time of the frame that was saved last. */
  pictured = $state<number | null>(null);
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- what changes in it is the downloads' own state
  private readonly downloads = new Map<string, Download>();
  /** Edges that were set while the time of the frame shown was not known. */
  private loose: { readonly id: string; readonly edge: Edge; readonly at: number; readonly shown: number }[] = [];

  constructor(private readonly options: ClipsOptions) {
    this.picture = this.newDownload();
  }

  get marks(): Marks {
    return this.options.marks;
  }

  get replay(): Replay {
    return this.options.replay;
  }

  get holes(): MarkHoles {
    return this.options.holes;
  }

  /** The marks as the timeline draws them. */
  get views(): readonly MarkView[] {
    const { marks, active } = this.marks.list;
    return marks.map((mark) => ({ id: mark.id, in: mark.in, out: mark.out, active: mark.id === active }));
  }

  /** Begin with the frame shown, or end with it: then out is the time of the frame after it. */
  setEdge(edge: Edge): void {
    const { moment: shown, frame } = this.options.player;
    if (shown === null) return;
    const at = edge === 'in' ? shown : this.afterShown(shown);
    this.marks.setEdge(edge, at);
    if (frame === null) this.note(edge, at, shown);
  }

  private note(edge: Edge, at: number, shown: number): void {
    const { active } = this.marks;
    if (active) this.loose.push({ id: active.id, edge, at, shown });
  }

  /** More frames are known: edges that were set before get the times of the frames that were shown. */
  framesKnown(): void {
    this.loose = this.loose.filter(({ id, edge, at, shown }) => {
      const frame = this.options.frames.at(shown);
      const still = markOf(this.marks.list, id)?.[edge] === at;
      if (frame !== null && still) this.marks.refine(id, edge, edge === 'in' ? frame.at : frame.until);
      return frame === null && still;
    });
  }

  begin(): void {
    const { moment, frame } = this.options.player;
    if (moment === null) return;
    this.marks.begin(moment);
    if (frame === null) this.note('in', moment, moment);
  }

  remove(): void {
    const { active } = this.marks;
    if (active) this.marks.remove(active.id);
  }

  /** Moves an edge by one frame, and shows it. */
  nudge(id: string, edge: Edge, direction: 1 | -1): void {
    const { frames } = this.options;
    const at = markOf(this.marks.list, id)?.[edge] ?? null;
    if (at === null) return;
    const distance = frames.distanceMs(at) ?? USUAL_FRAME_MS;
    const next = direction === 1 ? (frames.at(at)?.until ?? at + distance) : (frames.before(at)?.at ?? at - distance);
    this.marks.setEdge(edge, next, id);
    if (this.replay.what === null) this.goTo(edge, id);
  }

  /** Shows the first or the last marked frame. */
  goTo(edge: Edge, id: string | null = this.marks.list.active): void {
    const { player, watch } = this.options;
    const at = markOf(this.marks.list, id)?.[edge] ?? null;
    if (at === null) return;
    this.replay.stop();
    player.pause();
    watch.goTo(edge === 'in' ? at : this.replay.lastBefore(at));
  }

  playMarked(id: string | null = this.marks.list.active): void {
    if (id !== null) this.replay.toggle({ kind: 'part', id });
  }

  loop(edge: Edge, id: string | null = this.marks.list.active): void {
    if (id !== null) this.replay.toggle({ kind: 'loop', id, edge });
  }

  /** A typed time becomes that of a frame, as a cut would take it. */
  typed(id: string, edge: Edge, at: number): void {
    this.marks.setEdge(edge, this.options.frames.snap(at, 'next') ?? at, id);
  }

  nearestFrame(at: number): number {
    return this.options.frames.snap(at, 'nearest') ?? at;
  }

  /** How long, and how many frames are recorded of it; null while it is not whole. */
  lengthOf(mark: Mark): { ms: number; frames: number | null } | null {
    if (!isWhole(mark)) return null;
    const ms = mark.out - mark.in;
    const missing = (this.holes.of(mark) ?? []).reduce((sum, { from, to }) => sum + to - from, 0);
    return { ms, frames: frameCount(ms - missing, this.options.frames.distanceMs(mark.in)) };
  }

  estimate(mark: WholeMark): number | null {
    return estimatedBytes(mark, this.options.player.bytesPerSecond);
  }

  downloadOf(id: string): Download {
    const known = this.downloads.get(id) ?? this.newDownload();
    this.downloads.set(id, known);
    return known;
  }

  download(mark: WholeMark, container: Container): void {
    const place = this.place;
    if (place === null) return;
    void this.downloadOf(mark.id).start({
      what: 'The cut',
      url: this.options.node.cutUrl(place.channel, place.quality, container, mark),
      name: `${fileName(place.channel, mark)}.${container}`,
      type: TYPES[container],
      estimate: this.estimate(mark),
    });
  }

  saveFrame(): void {
    const { moment } = this.options.player;
    const place = this.place;
    if (place === null || moment === null) return;
    const job = {
      what: 'The picture',
      url: this.options.node.frameUrl(place.channel, place.quality, moment),
      name: `${momentName(place.channel, moment)}.png`,
      type: 'image/png',
      estimate: null,
    };
    void this.picture.start(job).then(() => {
      if (this.picture.state.kind === 'done') this.pictured = moment;
    });
  }

  command(mark: WholeMark, container: Container): string {
    return this.place === null ? '' : commandFor(this.place, mark, container);
  }

  /** A link to a mark, or to the moment shown, that stays. */
  link(mark: Mark | null): string {
    const at = mark?.in ?? mark?.out ?? this.options.player.moment;
    const range = { in: mark?.in ?? null, out: mark?.out ?? null };
    return linkTo(this.options.address(), { ...this.place, at, ...range });
  }

  private get place() {
    const { channel, quality } = this.options.watch;
    return channel && quality ? { channel: channel.name, quality: quality.name } : null;
  }

  private afterShown(moment: number): number {
    const { frames, player } = this.options;
    return player.frame?.until ?? moment + (frames.distanceMs(moment) ?? USUAL_FRAME_MS);
  }

  private newDownload(): Download {
    return new Download({
      saving: this.options.saving,
      now: () => performance.now(),
      fetch: (url, init) => fetch(url, init),
    });
  }
}
