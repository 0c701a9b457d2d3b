/** The lines in which two texts differ, as Go's difflib (a port of Python's) tells them in messages. */

const CONTEXT = 3;
/** From this length on, lines that are everywhere do not begin a match. */
const LONG = 200;

interface Match {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

interface Change {
  readonly isEqual: boolean;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

/** A unified diff with three lines of context, without a head; each line ends in a line feed. */
export function unifiedDiff(before: string, after: string): string {
  const a = before.split('\n');
  const b = after.split('\n');
  return groupsOf(changesBetween(a, b))
    .map((group) => hunk(group, a, b))
    .join('');
}

/** What Kubernetes' `diff.Diff` tells of two objects that JSON shows. */
export function jsonDiff(before: unknown, after: unknown): string {
  return unifiedDiff(JSON.stringify(before, undefined, 1), JSON.stringify(after, undefined, 1));
}

function hunk(group: readonly Change[], a: readonly string[], b: readonly string[]): string {
  const first = group[0];
  const last = group.at(-1);
  if (first === undefined || last === undefined) return '';
  const lines = [`@@ -${range(first.from[0], last.from[1])} +${range(first.to[0], last.to[1])} @@`];
  for (const { isEqual, from, to } of group) {
    const removed = a.slice(...from);
    if (isEqual) lines.push(...removed.map((line) => ` ${line}`));
    else lines.push(...removed.map((line) => `-${line}`), ...b.slice(...to).map((line) => `+${line}`));
  }
  return `${lines.join('\n')}\n`;
}

function range(start: number, end: number): string {
  const length = end - start;
  if (length === 1) return `${start + 1}`;
  return `${length === 0 ? start : start + 1},${length}`;
}

/** The changes with their context, those apart that are far from each other. */
function groupsOf(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [];
  let group: Change[] = [];
  for (const [i, change] of changes.entries()) {
    const { isEqual, from, to } = change;
    if (!isEqual) {
      group.push(change);
      continue;
    }
    const length = from[1] - from[0];
    const head = Math.min(CONTEXT, length);
    if (i > 0 && i < changes.length - 1 && length <= 2 * CONTEXT) {
      group.push(change);
      continue;
    }
    if (i > 0) {
      group.push({ isEqual, from: [from[0], from[0] + head], to: [to[0], to[0] + head] });
      groups.push(group);
      group = [];
    }
    if (i < changes.length - 1) group.push({ isEqual, from: [from[1] - head, from[1]], to: [to[1] - head, to[1]] });
  }
  if (group.some(({ isEqual }) => !isEqual)) groups.push(group);
  return groups;
}

function changesBetween(a: readonly string[], b: readonly string[]): Change[] {
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  for (const match of [...matchesBetween(a, b), { a: a.length, b: b.length, size: 0 }]) {
    if (i < match.a || j < match.b) changes.push({ isEqual: false, from: [i, match.a], to: [j, match.b] });
    [i, j] = [match.a + match.size, match.b + match.size];
    if (match.size > 0) changes.push({ isEqual: true, from: [match.a, i], to: [match.b, j] });
  }
  return changes;
}

/** In order, adjacent ones as one. */
function matchesBetween(a: readonly string[], b: readonly string[]): Match[] {
  const places = placesOf(b);
  const found: Match[] = [];
  const open: (readonly [number, number, number, number])[] = [[0, a.length, 0, b.length]];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const match = longestMatch(a, b, places, part);
    if (match.size === 0) continue;
    const [aStart, aEnd, bStart, bEnd] = part;
    found.push(match);
    open.push([aStart, match.a, bStart, match.b], [match.a + match.size, aEnd, match.b + match.size, bEnd]);
  }
  found.sort((left, right) => left.a - right.a);
  const merged: Match[] = [];
  for (const match of found) {
    const last = merged.at(-1);
    const isNext = last !== undefined && last.a + last.size === match.a && last.b + last.size === match.b;
    if (isNext) merged[merged.length - 1] = { ...last, size: last.size + match.size };
    else merged.push(match);
  }
  return merged;
}

function placesOf(lines: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [i, line] of lines.entries()) {
    const known = places.get(line);
    if (known === undefined) places.set(line, [i]);
    else known.push(i);
  }
  if (lines.length < LONG) return places;
  const most = Math.floor(lines.length / 100) + 1;
  return new Map([...places].filter(([, at]) => at.length <= most));
}

/** Of the longest ones the first in `a`, of those the first in `b`. */
function longestMatch(
  a: readonly string[],
  b: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
  [aStart, aEnd, bStart, bEnd]: readonly [number, number, number, number],
): Match {
  let best: Match = { a: aStart, b: bStart, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = aStart; i < aEnd; i += 1) {
    const next = new Map<number, number>();
    for (const j of places.get(a[i] ?? '') ?? []) {
      if (j < bStart || j >= bEnd) continue;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  let { a: i, b: j, size } = best;
  while (i > aStart && j > bStart && a[i - 1] === b[j - 1]) [i, j, size] = [i - 1, j - 1, size + 1];
  while (i + size < aEnd && j + size < bEnd && a[i + size] === b[j + size]) size += 1;
  return { a: i, b: j, size };
}
