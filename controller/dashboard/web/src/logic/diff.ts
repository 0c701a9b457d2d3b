/** One line of two texts side by side. Line numbers count from 1. */
export interface DiffRow {
  readonly kind: 'same' | 'changed' | 'removed' | 'added';
  readonly left?: { readonly line: number; readonly text: string };
  readonly right?: { readonly line: number; readonly text: string };
}

/** Beyond so many differing lines they are shown as one block: finding the least difference would hold the page up. */
const MOST_EDITS = 2_000;

/** The least lines to remove and add (Myers' O(ND)), with removed and added ones that meet in one row. */
export function diffLines(left: readonly string[], right: readonly string[]): DiffRow[] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  let leftEnd = left.length;
  let rightEnd = right.length;
  while (leftEnd > start && rightEnd > start && left[leftEnd - 1] === right[rightEnd - 1]) {
    leftEnd--;
    rightEnd--;
  }
  const kept = commonLines(left.slice(start, leftEnd), right.slice(start, rightEnd));
  const pairs = [
    ...Array.from({ length: start }, (_, index) => [index, index] as const),
    ...kept.map(([a, b]) => [a + start, b + start] as const),
    ...Array.from({ length: left.length - leftEnd }, (_, index) => [leftEnd + index, rightEnd + index] as const),
  ];
  return rowsOf(left, right, pairs);
}

type Pair = readonly [left: number, right: number];

function rowsOf(left: readonly string[], right: readonly string[], pairs: readonly Pair[]): DiffRow[] {
  const rows: DiffRow[] = [];
  let a = 0;
  let b = 0;
  for (const [nextA, nextB] of [...pairs, [left.length, right.length] as const]) {
    while (a < nextA || b < nextB) {
      const removed = a < nextA ? { line: a + 1, text: left[a] ?? '' } : undefined;
      const added = b < nextB ? { line: b + 1, text: right[b] ?? '' } : undefined;
      if (removed && added) rows.push({ kind: 'changed', left: removed, right: added });
      else if (removed) rows.push({ kind: 'removed', left: removed });
      else if (added) rows.push({ kind: 'added', right: added });
      if (removed) a++;
      if (added) b++;
    }
    if (a < left.length && b < right.length) {
      const text = left[a] ?? '';
      rows.push({ kind: 'same', left: { line: a + 1, text }, right: { line: b + 1, text } });
      a++;
      b++;
    }
  }
  return rows;
}

function commonLines(left: readonly string[], right: readonly string[]): Pair[] {
  const most = Math.min(left.length + right.length, MOST_EDITS);
  const furthest = new Map<number, number>([[1, 0]]);
  const trail: Map<number, number>[] = [];
  for (let edits = 0; edits <= most; edits++) {
    trail.push(new Map(furthest));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = startOf(furthest, diagonal, edits);
      while (x < left.length && x - diagonal < right.length && left[x] === right[x - diagonal]) x++;
      furthest.set(diagonal, x);
      if (x >= left.length && x - diagonal >= right.length) return walkBack(trail, left.length, right.length);
    }
  }
  return [];
}

/** The diagonal that a path of one edit less came from: below, by a line added; above, by one removed. */
function cameFrom(furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): number {
  const added = furthest.get(diagonal + 1) ?? -1;
  const removed = furthest.get(diagonal - 1) ?? -1;
  return diagonal === -edits || (diagonal !== edits && removed < added) ? diagonal + 1 : diagonal - 1;
}

function startOf(furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): number {
  const from = cameFrom(furthest, diagonal, edits);
  const x = furthest.get(from) ?? 0;
  return from > diagonal ? x : x + 1;
}

function walkBack(trail: readonly Map<number, number>[], leftLength: number, rightLength: number): Pair[] {
  const pairs: Pair[] = [];
  let x = leftLength;
  let y = rightLength;
  for (let edits = trail.length - 1; edits >= 0; edits--) {
    const before = trail[edits] ?? new Map<number, number>();
    const diagonal = x - y;
    const start = startOf(before, diagonal, edits);
    while (x > start) pairs.push([--x, --y]);
    if (edits === 0) break;
    const from = cameFrom(before, diagonal, edits);
    x = before.get(from) ?? 0;
    y = x - from;
  }
  return pairs.reverse();
}
