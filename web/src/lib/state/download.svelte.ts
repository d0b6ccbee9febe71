/** One file on its way from the node to the viewer's disk, with how far it is. */
import { Refused, refusalOf } from '$lib/api/problem';
import { refusalWords, sizeWords } from '$lib/domain/cut_words';
import type { Saving, Sink } from './saving';

/** More than this is not kept in memory. */
const MOST_IN_MEMORY = 200_000_000;

export interface DownloadJob {
  /** What it is, at the beginning of a sentence: `The cut`. */
  readonly what: string;
  readonly url: string;
  readonly name: string;
  readonly type: string;
  /** About how big; null when nobody knows. */
  readonly estimate: number | null;
}

export type DownloadState =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'running';
      readonly bytes: number;
      readonly total: number | null;
      readonly perSecond: number | null;
    }
  | { readonly kind: 'done'; readonly bytes: number }
  /** The browser's own downloads have it. */
  | { readonly kind: 'handed' }
  | { readonly kind: 'failed'; readonly words: string; readonly holes: boolean };

export interface DownloadOptions {
  readonly saving: Saving;
  readonly now: () => number;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

export class Download {
  state = $state.raw<DownloadState>({ kind: 'idle' });
  private aborter: AbortController | null = null;

  constructor(private readonly options: DownloadOptions) {}

  /** Starts, if nothing is under way. */
  async start(job: DownloadJob): Promise<void> {
    if (this.state.kind === 'running') return;
    const big = job.estimate !== null && job.estimate > MOST_IN_MEMORY;
    const { saving } = this.options;
    if (big && saving.toChosenFile === null) {
      saving.byBrowser(job.url, job.name);
      this.state = { kind: 'handed' };
      return;
    }
    this.aborter = new AbortController();
    this.state = { kind: 'running', bytes: 0, total: job.estimate, perSecond: null };
    try {
      const toFile = big ? saving.toChosenFile : null;
      const sink = toFile ? await toFile(job.name, job.type) : saving.inMemory(job.name, job.type);
      await this.fill(sink, job, this.aborter.signal);
    } catch (error) {
      this.failed(error, job);
    }
  }

  cancel(): void {
    this.aborter?.abort();
    this.state = { kind: 'idle' };
  }

  private async fill(sink: Sink, job: DownloadJob, signal: AbortSignal): Promise<void> {
    try {
      const response = await this.options.fetch(job.url, { signal, cache: 'no-store' });
      if (!response.ok) throw await refusalOf(response);
      const bytes = await this.copy(response, sink, job, signal);
      await sink.close();
      this.state = { kind: 'done', bytes };
    } catch (error) {
      await sink.abort();
      throw error;
    }
  }

  private async copy(response: Response, sink: Sink, job: DownloadJob, signal: AbortSignal): Promise<number> {
    const length = Number(response.headers.get('content-length'));
    const total = length > 0 ? length : job.estimate;
    const began = this.options.now();
    const reader = response.body?.getReader();
    let bytes = 0;
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      await sink.write(next.value);
      signal.throwIfAborted();
      bytes += next.value.length;
      const seconds = (this.options.now() - began) / 1000;
      this.state = { kind: 'running', bytes, total, perSecond: seconds > 0 ? bytes / seconds : null };
    }
    return bytes;
  }

  private failed(error: unknown, job: DownloadJob): void {
    const { state } = this;
    if (error instanceof Error && error.name === 'AbortError') this.state = { kind: 'idle' };
    else if (error instanceof Refused) {
      this.state = { kind: 'failed', words: refusalWords(job.what, error), holes: error.status === 406 };
    } else {
      const got = state.kind === 'running' && state.bytes > 0 ? ` after ${sizeWords(state.bytes)}` : '';
      const words = `${job.what} broke off${got}: the node stopped it or is gone. Nothing was saved; try again.`;
      this.state = { kind: 'failed', words, holes: false };
    }
  }
}
