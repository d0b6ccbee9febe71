/** The marked parts of what is watched, with undo, kept on this machine by channel and quality. */
import { begun, redone, replaced, stepped, undone, type History } from '$lib/domain/history';
import {
  added,
  changed,
  dropped,
  markOf,
  NO_MARKS,
  removed,
  withDraggedEdge,
  withEdge,
  withMoved,
  type Mark,
  type MarkList,
} from '$lib/domain/marks';
import type { Edge } from '$lib/domain/timeline_marks';

const KEY = 'longtake.marks';
/** Without a known grid, an edge stops this far before the other, in ms. */
const LEAST_MS = 40;

export interface MarksOptions {
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  /** The distance of two frames near a moment; null while unknown. */
  readonly distanceMs: (at: number) => number | null;
  readonly nearestFrame: (at: number) => number;
}

export class Marks {
  private history = $state.raw<History<MarkList>>(begun(NO_MARKS));
  private key: string | null = null;
  private dragging = false;

  readonly list = $derived(this.history.present);
  readonly active = $derived(markOf(this.list));
  readonly canUndo = $derived(this.history.past.length > 0);
  readonly canRedo = $derived(this.history.future.length > 0);

  constructor(private readonly options: MarksOptions) {}

  /** Shows the marks of another recording. */
  open(channel: string, quality: string): void {
    const key = `${KEY}/${channel}/${quality}`;
    if (key === this.key) return;
    this.key = key;
    this.dragging = false;
    this.history = begun(this.read());
  }

  /** Makes sure that a part which somebody linked to is among the marks, and the active one. */
  show(start: number | null, end: number | null): void {
    if (start === null && end === null) return;
    const same = this.list.marks.find((mark) => mark.in === start && mark.out === end);
    if (same) return this.activate(same.id);
    this.step(added(this.list, { in: start, out: end }));
  }

  setEdge(edge: Edge, at: number, id: string | null = this.list.active): void {
    this.step(withEdge(this.list, edge, at, id));
  }

  /** The exact time of an edge that was set before it was known. */
  refine(id: string, edge: Edge, at: number): void {
    this.replace(changed(this.list, id, { [edge]: at }));
  }

  /** A new mark, from `at` on. */
  begin(at: number): void {
    this.step(added(this.list, { in: at }));
  }

  remove(id: string): void {
    if (markOf(this.list, id) !== null) this.step(removed(this.list, id));
  }

  /** Names and choices, which undo leaves alone: the browser's own undo is for what is typed. */
  describe(id: string, change: Partial<Pick<Mark, 'name' | 'allowHoles'>>): void {
    this.replace(changed(this.list, id, change));
  }

  activate(id: string): void {
    this.replace({ ...this.list, active: id });
  }

  /** Part of a drag; all of it is undone as one. */
  drag(id: string, edge: Edge | 'both', at: number): void {
    const { distanceMs, nearestFrame } = this.options;
    const next =
      edge === 'both'
        ? withMoved(this.list, id, at, nearestFrame)
        : withDraggedEdge(this.list, id, edge, at, distanceMs(at) ?? LEAST_MS);
    if (this.dragging) this.replace(next);
    else this.step(next);
    this.dragging = true;
  }

  drop(id: string): void {
    this.dragging = false;
    this.replace(dropped(this.list, id));
  }

  undo(): void {
    this.take(undone(this.history));
  }

  redo(): void {
    this.take(redone(this.history));
  }

  private step(next: MarkList): void {
    this.dragging = false;
    this.take(stepped(this.history, next));
  }

  private replace(next: MarkList): void {
    this.take(replaced(this.history, next));
  }

  private take(history: History<MarkList>): void {
    this.history = history;
    if (this.key === null) return;
    try {
      this.options.storage.setItem(this.key, JSON.stringify(history.present));
    } catch {
      // Full or forbidden storage: the marks last as long as the page.
    }
  }

  private read(): MarkList {
    try {
      return listOf(JSON.parse(this.options.storage.getItem(this.key ?? '') ?? 'null'));
    } catch {
      return NO_MARKS;
    }
  }
}

/** What was kept, as far as it is what we would keep. */
function listOf(kept: unknown): MarkList {
  if (typeof kept !== 'object' || kept === null) return NO_MARKS;
  const { marks, active } = kept as { marks?: unknown; active?: unknown };
  const list = (Array.isArray(marks) ? marks : []).reduce<MarkList>(
    (all, each) => added(all, fieldsOf(each)),
    NO_MARKS,
  );
  const wanted = typeof active === 'string' ? positionOf(marks, active) : -1;
  return { ...list, active: list.marks[wanted]?.id ?? null };
}

const positionOf = (marks: unknown, id: string) =>
  Array.isArray(marks) ? marks.findIndex((each: { id?: unknown } | null) => each?.id === id) : -1;

function fieldsOf(kept: unknown): Partial<Mark> {
  const { in: start, out, name, allowHoles } = (kept ?? {}) as Record<string, unknown>;
  const moment = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
  return {
    in: moment(start),
    out: moment(out),
    name: typeof name === 'string' ? name : '',
    allowHoles: allowHoles === true,
  };
}
