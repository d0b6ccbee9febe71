/** Marks on the timeline: where their blocks and handles are, and what dragging does to them. Wall times in Unix ms. */
export type Edge = 'in' | 'out';

/** A marked part. `out` is the time of the frame after its last one. */
export interface MarkView {
  readonly id: string;
  readonly in: number | null;
  readonly out: number | null;
  /** The one that keys and panels are about. */
  readonly active: boolean;
}
