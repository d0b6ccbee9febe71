/** The node's HTTP API, as far as the pages use it. Holds no state. */
import type { Channel, Quality } from '$lib/domain/channels';
import type { CoverageAnswer } from '$lib/domain/coverage';
import type { Container } from '$lib/domain/cut_words';
import type { SegmentFrames } from '$lib/domain/grid';
import type { WholeMark } from '$lib/domain/marks';
import type { Playlist, Source } from '$lib/domain/seeking';
import type { Stretch } from '$lib/domain/stretch';
import type { NodeStatus } from '$lib/domain/node_status';
import { isoUtc, parseIso } from '$lib/domain/times';
import type { paths } from './openapi.gen';
import { isGateway, refusalOf, Unreachable } from './problem';

interface Gives<Answer> {
  readonly get: { readonly responses: { readonly 200: { readonly content: { readonly 'application/json': Answer } } } };
}
/** The paths that answer JSON to `GET`, as the node's OpenAPI document says; others take what is posted. */
type JsonPath = { [Path in keyof paths]: paths[Path] extends Gives<unknown> ? Path : never }[keyof paths];
type Json<Path extends JsonPath> = paths[Path] extends Gives<infer Answer> ? Answer : never;

export interface ChannelsAnswer {
  /** The node's clock, Unix ms. */
  readonly now: number;
  readonly channels: readonly Channel[];
}

export type CutRange = Pick<WholeMark, 'in' | 'out' | 'allowHoles'>;

type Fetch = (url: URL, init?: RequestInit) => Promise<Response>;

const TIMEOUT_MS = 8000;

const place = (channel: string, quality: string) => `${encodeURIComponent(channel)}/${encodeURIComponent(quality)}`;

export class Node {
  constructor(
    private readonly base: string,
    private readonly fetch: Fetch = (url, init) => globalThis.fetch(url, init),
  ) {}

  async channels(): Promise<ChannelsAnswer> {
    return channelsOf(await this.json('/api/v1/channels'));
  }

  /** Of every process and recorder. */
  async status(): Promise<NodeStatus> {
    return (await this.json('/api/v1/status')) as NodeStatus;
  }

  /** What of a stretch is recorded; the node answers for at most a week. */
  async coverage(channel: string, quality: string, { from, to }: Stretch): Promise<CoverageAnswer> {
    const query = { start: isoUtc(from), end: isoUtc(to) };
    return coverageOf(await this.json('/api/v1/coverage/{channel}/{quality}', { channel, quality }, query));
  }

  /** The times of all frames of a stretch; the node answers for at most ten minutes. */
  async frames(channel: string, quality: string, { from, to }: Stretch): Promise<SegmentFrames[]> {
    const query = { start: isoUtc(from), end: isoUtc(to) };
    return framesOf(await this.json('/api/v1/frames/{channel}/{quality}', { channel, quality }, query));
  }

  /** Of a quality alone; with the sound that is recorded beside it, if there is any. */
  playlist(channel: string, { name, audio = [] }: Pick<Quality, 'name' | 'audio'>, source: Source): Playlist {
    const separateSound = audio.length > 0;
    const query = separateSound ? [`quality=${encodeURIComponent(name)}`] : [];
    if (source.kind === 'past') query.push(`start=${isoUtc(source.start)}`);
    if (source.kind === 'past' && source.end !== null) query.push(`end=${isoUtc(source.end)}`);
    const path = separateSound ? encodeURIComponent(channel) : place(channel, name);
    const url = new URL(`playlist/${path}.m3u8${query.length === 0 ? '' : '?'}${query.join('&')}`, this.base);
    return { url: url.href, separateSound };
  }

  /** A cut exact to the frame: from the first frame at or after `in` to the last before `out`. */
  cutUrl(channel: string, quality: string, container: Container, { in: start, out, allowHoles }: CutRange): string {
    const query = new URLSearchParams({ start: isoUtc(start), end: isoUtc(out), type: 'smart' });
    if (allowHoles) query.set('allow_holes', 'true');
    return new URL(`cut/${place(channel, quality)}.${container}?${query.toString()}`, this.base).href;
  }

  /** The first frame at or after `at`, as a picture. */
  frameUrl(channel: string, quality: string, at: number): string {
    const query = new URLSearchParams({ timestamp: isoUtc(at) });
    return new URL(`frame/${place(channel, quality)}.png?${query.toString()}`, this.base).href;
  }

  private async json<Path extends JsonPath>(
    path: Path,
    places: Readonly<Record<string, string>> = {},
    query: Readonly<Record<string, string>> = {},
  ): Promise<Json<Path>> {
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(places[name] ?? ''));
    const url = new URL(filled.slice(1), this.base);
    url.search = new URLSearchParams(query).toString();
    return (await (await this.get(url)).json()) as Json<Path>;
  }

  private async get(url: URL): Promise<Response> {
    const init = { cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) } as const;
    const response = await this.fetch(url, init).catch((error: unknown) => {
      throw new Unreachable('the node does not answer', { cause: error });
    });
    if (isGateway(response.status)) throw new Unreachable('a proxy says that the node does not answer');
    if (!response.ok) throw await refusalOf(response);
    return response;
  }
}

function channelsOf(json: Json<'/api/v1/channels'>): ChannelsAnswer {
  const moment = (text: string | null) => (text === null ? null : Date.parse(text));
  return {
    now: Date.parse(json.now),
    channels: json.channels.map(({ name, qualities }) => ({
      name,
      qualities: qualities.map((quality): Quality => {
        return { ...quality, first: moment(quality.first), last: moment(quality.last) };
      }),
    })),
  };
}

function coverageOf(json: Json<'/api/v1/coverage/{channel}/{quality}'>): CoverageAnswer {
  const stretch = ({ start, end }: { start: string; end: string }) => ({
    from: Date.parse(start),
    to: Date.parse(end),
  });
  const recorded = json.spans.map((span) => ({ ...stretch(span), reason: null }));
  const holes = json.holes.map((hole) => ({ ...stretch(hole), reason: hole.reason }));
  return { ...stretch(json), pieces: [...recorded, ...holes].sort((a, b) => a.from - b.from) };
}

function framesOf({ segments }: Json<'/api/v1/frames/{channel}/{quality}'>): SegmentFrames[] {
  return segments.map(({ path, start, frame_us, offsets_us }) => ({
    path,
    start: start === null ? null : parseIso(start),
    frameMs: frame_us / 1000,
    offsetsMs: offsets_us.map((us) => us / 1000),
  }));
}
