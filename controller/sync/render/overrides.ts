import isEqual from 'lodash/isEqual.js';
import { validateLabelSelector } from '../../../apis/meta/label-selector.ts';
import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import type { ClusterOverride, ClusterOverrides } from '../../../apis/types/v1beta1/federated-object.ts';
import { OVERRIDE_OPERATIONS, UNOVERRIDABLE_PATHS } from '../../../apis/types/v1beta1/federated-object-validation.ts';
import { matches } from '../../kube/label-selector.ts';
import {
  childOf,
  indexIn,
  isJsonObject,
  parsePointer,
  pointerOf,
  withMember,
  withoutMember,
} from '../json/json-pointer.ts';

export type Labels = Readonly<Record<string, string>>;

type Operation = (typeof OVERRIDE_OPERATIONS)[number];

/** The overrides of one cluster, in the order in which they are applied. */
export type OverrideList = readonly DeepReadonly<ClusterOverride>[];

/** The value as it is now, or why the operation does not apply. */
type Outcome = { readonly value: unknown } | { readonly fault: string };

/**
 * What is wrong with the overrides of an object as a whole, or `undefined`. Such a fault counts for all clusters, as in
 * KubeFed: it is an error of writing, and whose entry was meant is anybody's guess.
 */
export function validateOverrides(overrides: DeepReadonly<ClusterOverrides[]> | undefined): string | undefined {
  const clusters = new Set<string>();
  for (const [index, entry] of (overrides ?? []).entries()) {
    const { clusterName = '', clusterSelector, clusterOverrides } = entry;
    const [fault] = clusterSelector ? validateLabelSelector(clusterSelector, 'clusterSelector') : [];
    if (fault !== undefined) return `overrides[${index}].${fault.path}: ${fault.message}`;
    if (clusterSelector && clusterName !== '')
      return `overrides[${index}]: it names the cluster "${clusterName}" and has a clusterSelector: only one of them can be meant`;
    if (!clusterSelector && clusters.has(clusterName))
      return `overrides: cluster "${clusterName}" appears more than once`;
    clusters.add(clusterSelector ? '' : clusterName);
    const faulty = validateList(clusterOverrides ?? []);
    if (faulty !== undefined) return `overrides: ${nameOf(entry, index)}: ${faulty}`;
  }
  return undefined;
}

function validateList(overrides: OverrideList): string | undefined {
  const paths = new Set<string>();
  for (const { op, path } of overrides) {
    if (UNOVERRIDABLE_PATHS.includes(path)) return `${op || 'replace'} "${path}": this field cannot be overridden`;
    if (paths.has(path)) return `${op || 'replace'} "${path}": the path appears more than once`;
    paths.add(path);
  }
  return undefined;
}

/**
 * The overrides of one cluster: of all entries that name it or select it by its labels, in their order. Of two entries
 * that change the same path the later one wins, whatever the operations: the earlier one is left out.
 */
export function overridesFor(
  overrides: DeepReadonly<ClusterOverrides[]> | undefined,
  cluster: string,
  labels: Labels,
): OverrideList {
  const own = (overrides ?? []).filter((entry) => concerns(entry, cluster, labels));
  if (own.length < 2) return own[0]?.clusterOverrides ?? [];
  return own.flatMap(({ clusterOverrides = [] }, index) => {
    const later = pathsOf(own.slice(index + 1));
    return clusterOverrides.filter(({ path }) => !later.has(path));
  });
}

/** Paths that several entries change in one cluster, differently: which entry wins there, and over which. */
export function conflictsIn(
  overrides: DeepReadonly<ClusterOverrides[]> | undefined,
  cluster: string,
  labels: Labels,
): string[] {
  const winners = new Map<string, { index: number; override: DeepReadonly<ClusterOverride> }>();
  const conflicts: string[] = [];
  for (const [index, entry] of (overrides ?? []).entries()) {
    if (!concerns(entry, cluster, labels)) continue;
    for (const override of entry.clusterOverrides ?? []) {
      const { path } = override;
      if (isAppend(path)) continue;
      const before = winners.get(path);
      winners.set(path, { index, override });
      if (before === undefined || isEqual(before.override, override)) continue;
      conflicts.push(`${cluster}: "${path}" of overrides[${index}] wins over overrides[${before.index}]`);
    }
  }
  return conflicts;
}

/** Whether a change of labels may change what a cluster is to have. */
export function selectsByLabels(overrides: DeepReadonly<ClusterOverrides[]> | undefined): boolean {
  return overrides?.some(({ clusterSelector }) => clusterSelector) ?? false;
}

export function concerns(entry: DeepReadonly<ClusterOverrides>, cluster: string, labels: Labels): boolean {
  return entry.clusterSelector ? matches(entry.clusterSelector, labels) : entry.clusterName === cluster;
}

function pathsOf(entries: readonly DeepReadonly<ClusterOverrides>[]): ReadonlySet<string> {
  const paths = entries.flatMap(({ clusterOverrides = [] }) => clusterOverrides.map(({ path }) => path));
  return new Set(paths.filter((path) => !isAppend(path)));
}

/** Each adds an element of its own: no two of them contradict each other. */
function isAppend(path: string): boolean {
  return path.endsWith('/-');
}

function nameOf({ clusterName = '', clusterSelector }: DeepReadonly<ClusterOverrides>, index: number): string {
  return clusterSelector ? `entry ${index}` : `cluster "${clusterName}"`;
}

/**
 * Applies the overrides of one cluster in their order, all or none. The result shares with the input what was not
 * changed. The operations are those of RFC 6902 as KubeFed's library understands them (evanphx/json-patch v4):
 * `op` defaults to `replace`, `replace` of an object member that is missing adds it as long as its parent exists, negative
 * indices count from the end, and a missing `value` is `null`.
 */
export function applyOverrides(
  object: DeepReadonly<KubeObject>,
  overrides: OverrideList,
  cluster: string,
): { readonly object: KubeObject } | { readonly error: string } {
  let value: unknown = object;
  for (const override of overrides) {
    const outcome = applyOne(value, override);
    if ('fault' in outcome) {
      const operation = override.op || 'replace';
      return { error: `overrides: cluster "${cluster}": ${operation} "${override.path}": ${outcome.fault}` };
    }
    value = outcome.value;
  }
  return { object: value as KubeObject };
}

function applyOne(root: unknown, override: DeepReadonly<ClusterOverride>): Outcome {
  const operation = OVERRIDE_OPERATIONS.find((each) => each === (override.op || 'replace'));
  if (operation === undefined) return { fault: `the operation is none of ${OVERRIDE_OPERATIONS.join(', ')}` };
  const tokens = parsePointer(override.path);
  if (tokens === undefined) return { fault: 'the path is not a JSON pointer, such as /spec/replicas' };
  if (tokens.length === 0) return { fault: 'the whole object cannot be overridden' };
  return descend(root, tokens, 0, (parent, token) => change(parent, token, operation, override.value ?? null));
}

/** Walks to the parent of what the path names, lets `edit` change it, and copies the containers on the way back. */
function descend(
  node: unknown,
  tokens: readonly string[],
  depth: number,
  edit: (parent: unknown, token: string) => Outcome,
): Outcome {
  const token = tokens[depth] ?? '';
  if (depth === tokens.length - 1) return edit(node, token);
  const child = childOf(node, token);
  if (!Array.isArray(child) && !isJsonObject(child)) {
    return { fault: `there is no "${pointerOf(tokens.slice(0, depth + 1))}" to hold it` };
  }
  const outcome = descend(child, tokens, depth + 1, edit);
  if ('fault' in outcome) return outcome;
  if (isJsonObject(node)) return { value: withMember(node, token, outcome.value) };
  const list = node as readonly unknown[];
  return { value: list.with(indexIn(list.length, token) ?? 0, outcome.value) };
}

function change(parent: unknown, token: string, operation: Operation, value: unknown): Outcome {
  if (Array.isArray(parent)) return changeList(parent, token, operation, value);
  if (!isJsonObject(parent)) return { fault: 'its parent is neither an object nor a list' };
  if (operation !== 'remove') return { value: withMember(parent, token, value) };
  if (!Object.hasOwn(parent, token)) return { fault: 'there is nothing to remove' };
  return { value: withoutMember(parent, token) };
}

function changeList(list: readonly unknown[], token: string, operation: Operation, value: unknown): Outcome {
  if (operation === 'add') {
    // One more place than there are elements: behind the last one, which is also what -1 means here.
    const index = token === '-' ? list.length : indexIn(list.length + 1, token);
    return index === undefined ? outOfRange(list) : { value: list.toSpliced(index, 0, value) };
  }
  const index = indexIn(list.length, token);
  if (index === undefined) return outOfRange(list);
  return { value: operation === 'remove' ? list.toSpliced(index, 1) : list.with(index, value) };
}

function outOfRange(list: readonly unknown[]): Outcome {
  return { fault: `the list has ${list.length} elements and no such index` };
}
