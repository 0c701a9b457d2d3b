import { canonicalElement, compareElements, type PathElement } from './path-element.ts';

/**
 * A set of fields in the form in which it travels (FieldsV1), so that nothing is converted on the way: a tree whose keys are
 * path elements in their order. Below the root, `{}` is a field that belongs to the set, and `.` among the keys says the same of
 * a field that has others of the set below it. Never changed once it is made: sets share their branches.
 *
 * The operations are those of structured-merge-diff's `fieldpath.Set`.
 */
export interface FieldSet {
  readonly [element: PathElement]: FieldSet;
}

type Draft = Record<PathElement, FieldSet>;

const SELF = '.';

/** The empty set. */
export const NOTHING: FieldSet = Object.freeze({});
/** A branch: a field of the set, with nothing below it. */
export const LEAF: FieldSet = Object.freeze({});

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

export function isMember(branch: FieldSet): boolean {
  return SELF in branch || isEmptySet(branch);
}

/** The elements below a branch or root, in their order. */
export function elementsOf(branch: FieldSet): PathElement[] {
  const elements = Object.keys(branch);
  if (elements[0] === SELF) elements.shift();
  return elements;
}

/** A branch from what is below it; `undefined`: nothing is left of it. */
export function branchOf(member: boolean, below: readonly (readonly [PathElement, FieldSet])[]): FieldSet | undefined {
  if (below.length === 0) return member ? LEAF : undefined;
  const branch: Draft = member ? { [SELF]: LEAF } : {};
  for (const [element, child] of below) branch[element] = child;
  return branch;
}

/** As `branchOf`, for what is not in order yet. */
export function sortedBranch(member: boolean, below: [PathElement, FieldSet][]): FieldSet | undefined {
  if (below.length > 1) below.sort(([a], [b]) => compareElements(a, b));
  return branchOf(member, below);
}

// ---- algebra

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return b;
  if (isEmptySet(b) || a === b) return a;
  return unionBelow(a, b, false) ?? NOTHING;
}

/** Of what stands below the root of two sets. */
export function unionBranch(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  return unionBelow(a, b, isMember(a) || isMember(b)) ?? LEAF;
}

function unionBelow(a: FieldSet, b: FieldSet, member: boolean): FieldSet | undefined {
  const below: [PathElement, FieldSet][] = [];
  const left = elementsOf(a);
  const right = elementsOf(b);
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const x = left[i];
    const y = right[j];
    const order = x === undefined ? 1 : y === undefined ? -1 : compareElements(x, y);
    const element = (order <= 0 ? x : y) as PathElement;
    if (order <= 0) i += 1;
    if (order >= 0) j += 1;
    const ours = order <= 0 ? a[element] : undefined;
    const theirs = order >= 0 ? b[y as PathElement] : undefined;
    const child = ours === undefined ? theirs : theirs === undefined ? ours : unionBranch(ours, theirs);
    if (child !== undefined) below.push([element, child]);
  }
  return branchOf(member, below);
}

/** What is in `a` and not in `b`. A field of `b` takes away that field only, not what is below it. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return isEmptySet(a) || isEmptySet(b) ? a : (without(a, b, false, false) ?? NOTHING);
}

/** As `difference`, but a field of `b` takes away what is below it too. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return isEmptySet(a) || isEmptySet(b) ? a : (without(a, b, false, true) ?? NOTHING);
}

function without(a: FieldSet, b: FieldSet, member: boolean, recursive: boolean): FieldSet | undefined {
  const below: [PathElement, FieldSet][] = [];
  let changed = false;
  for (const element of elementsOf(a)) {
    const ours = a[element] as FieldSet;
    const theirs = b[element];
    const kept = theirs === undefined ? ours : withoutBranch(ours, theirs, recursive);
    if (kept !== undefined) below.push([element, kept]);
    if (kept !== ours) changed = true;
  }
  return changed || member !== SELF in a ? branchOf(member, below) : a;
}

function withoutBranch(ours: FieldSet, theirs: FieldSet, recursive: boolean): FieldSet | undefined {
  const taken = isMember(theirs);
  if (recursive && taken) return undefined;
  const member = isMember(ours) && !taken;
  if (isEmptySet(ours)) return member ? ours : undefined;
  return without(ours, theirs, member, recursive);
}

/** The fields that are in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return common(a, b, false) ?? NOTHING;
}

function common(a: FieldSet, b: FieldSet, member: boolean): FieldSet | undefined {
  const below: [PathElement, FieldSet][] = [];
  for (const element of elementsOf(a)) {
    const theirs = b[element];
    if (theirs === undefined) continue;
    const ours = a[element] as FieldSet;
    const child = common(ours, theirs, isMember(ours) && isMember(theirs));
    if (child !== undefined) below.push([element, child]);
  }
  return branchOf(member, below);
}

export function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  let branch: FieldSet | undefined = set;
  for (const element of path) branch = branch?.[element];
  return branch !== undefined && path.length > 0 && isMember(branch);
}

export function setOfPaths(...paths: readonly (readonly PathElement[])[]): FieldSet {
  let set: FieldSet = NOTHING;
  for (const path of paths) {
    let branch: FieldSet = LEAF;
    for (const element of path.toReversed()) branch = { [element]: branch };
    set = union(set, branch);
  }
  return set;
}

/** Every field of the set, those of one level before those below them, as structured-merge-diff walks. */
export function pathsOf(set: FieldSet): PathElement[][] {
  const paths: PathElement[][] = [];
  const visit = (branch: FieldSet, prefix: readonly PathElement[]) => {
    const elements = elementsOf(branch);
    for (const element of elements) {
      if (isMember(branch[element] as FieldSet)) paths.push([...prefix, element]);
    }
    for (const element of elements) visit(branch[element] as FieldSet, [...prefix, element]);
  };
  visit(set, []);
  return paths;
}

/**
 * A set that a client wrote, in its one form.
 * @throws SyntaxError for what is no set
 */
export function readFieldSet(json: unknown): FieldSet {
  return readBranch(json, true) ?? NOTHING;
}

function readBranch(json: unknown, isRoot: boolean): FieldSet | undefined {
  if (json === null || json === undefined) return isRoot ? NOTHING : LEAF;
  if (typeof json !== 'object' || Array.isArray(json)) throw new SyntaxError('a set of fields must be an object');
  let member = false;
  const below = new Map<PathElement, FieldSet>();
  for (const [key, value] of Object.entries(json)) {
    if (key === SELF) {
      member = true;
      continue;
    }
    const element = canonicalElement(key);
    if (element === undefined) continue;
    const child = readBranch(value, false) ?? LEAF;
    const known = below.get(element);
    below.set(element, known === undefined ? child : unionBranch(known, child));
  }
  return sortedBranch((member || below.size === 0) && !isRoot, [...below]);
}
