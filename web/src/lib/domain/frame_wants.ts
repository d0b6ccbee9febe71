/** Which stretches of the frame grid have to be asked of the node: around what is looked at, and no more. */
import { overlap, type Stretch } from './stretch';

/** The node answers for at most ten minutes at once; this comes soon. */
const LONGEST_MS = 120_000;
/** Whatever is this near to the newest may still be added to. */
const UNSETTLED_MS = 15_000;
/** What is shorter than this is not worth a question: the next one brings more. */
const SHORTEST_MS = 500;

/** Stretches in order, joined where they touch. */
export function joined(stretches: readonly Stretch[]): Stretch[] {
  const found: Stretch[] = [];
  for (const each of [...stretches].sort((a, b) => a.from - b.from)) {
    const last = found.at(-1);
    if (last && each.from <= last.to) found[found.length - 1] = { from: last.from, to: Math.max(last.to, each.to) };
    else found.push({ from: each.from, to: each.to });
  }
  return found;
}

/** What of `stretches` is not in `others`. */
export function without(stretches: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  return stretches.flatMap(({ from, to }) => {
    const left: Stretch[] = [];
    let at = from;
    for (const other of joined(others)) {
      if (other.to <= at || other.from >= to) continue;
      if (other.from > at) left.push({ from: at, to: other.from });
      at = other.to;
    }
    if (at < to) left.push({ from: at, to });
    return left;
  });
}

/** The next question: the first wanted stretch of which something is recorded and not known; null if all is known. */
export function nextQuestion(wanted: readonly Stretch[], known: readonly Stretch[], recorded: Stretch): Stretch | null {
  for (const each of wanted) {
    const there = overlap(each, recorded);
    const missing = there && without([there], known).find(({ from, to }) => to - from >= SHORTEST_MS);
    if (missing) return { from: missing.from, to: Math.min(missing.to, missing.from + LONGEST_MS) };
  }
  return null;
}

/** What is known for good after an answer: near the newest, only to the end of what it told. */
export function settled(asked: Stretch, newest: number, lastFrame: number | null): Stretch | null {
  const to = asked.to < newest - UNSETTLED_MS ? asked.to : Math.min(asked.to, lastFrame ?? asked.from);
  return to > asked.from ? { from: asked.from, to } : null;
}
