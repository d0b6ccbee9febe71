/** The node's HTTP API, as far as the pages use it. Holds no state. */
import type { Channel, Quality, RecorderState } from '$lib/domain/channels';
import type { Source } from '$lib/domain/seeking';
import { isoUtc } from '$lib/domain/times';
import { refusalOf, Unreachable } from './problem';

/** `GET /api/v1/channels`, as the node writes it. */
interface ChannelsJson {
  now: string;
  channels: {
    name: string;
    qualities: {
      name: string;
      first: string | null;
      last: string | null;
      state: RecorderState;
      message: string | null;
    }[];
  }[];
}

export interface ChannelsAnswer {
  /** The node's clock, Unix ms. */
  readonly now: number;
  readonly channels: readonly Channel[];
}

type Fetch = (url: URL, init?: RequestInit) => Promise<Response>;

const TIMEOUT_MS = 8000;
/** A segment's own tag is near the top of a playlist; more than this is not read for it. */
const LONGEST_HEAD = 65_536;

export class Node {
  constructor(
    private readonly base: string,
    private readonly fetch: Fetch = (url, init) => globalThis.fetch(url, init),
  ) {}

  async channels(): Promise<ChannelsAnswer> {
    const response = await this.get(new URL('api/v1/channels', this.base));
    return fromJson((await response.json()) as ChannelsJson);
  }

  playlistUrl(channel: string, quality: string, source: Source): string {
    const path = `playlist/${encodeURIComponent(channel)}/${encodeURIComponent(quality)}.m3u8`;
    if (source.kind === 'live') return new URL(path, this.base).href;
    const end = source.end === null ? '' : `&end=${isoUtc(source.end)}`;
    return new URL(`${path}?start=${isoUtc(source.start)}${end}`, this.base).href;
  }

  /** The first recorded moment at or after `wall`; null if there is none. Reads only the head of the playlist. */
  async recordedFrom(channel: string, quality: string, wall: number): Promise<number | null> {
    const url = this.playlistUrl(channel, quality, { kind: 'past', start: wall, end: null });
    const aborter = new AbortController();
    const response = await this.get(new URL(url), aborter.signal);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let head = '';
    while (reader && head.length < LONGEST_HEAD) {
      const { done, value } = await reader.read();
      head += value ?? '';
      const tag = /#EXT-X-PROGRAM-DATE-TIME:(\S+)\s/.exec(head);
      if (tag?.[1] !== undefined || done) {
        aborter.abort();
        return tag?.[1] === undefined ? null : Date.parse(tag[1]);
      }
    }
    aborter.abort();
    return null;
  }

  private async get(url: URL, signal?: AbortSignal): Promise<Response> {
    const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])];
    const init = { cache: 'no-store', signal: AbortSignal.any(signals) } as const;
    const response = await this.fetch(url, init).catch((error: unknown) => {
      throw new Unreachable('the node does not answer', { cause: error });
    });
    if (!response.ok) throw await refusalOf(response);
    return response;
  }
}

function fromJson(json: ChannelsJson): ChannelsAnswer {
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
