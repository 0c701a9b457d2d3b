import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import { Lane } from '../clusters/lane.ts';
import type { Client } from '../kube/client.ts';
import type { ServedResource } from '../kube/discovery.ts';
import { isForbidden, isMethodNotSupported, isNotFound } from '../kube/errors.ts';
import { groupResourceOf } from '../kube/resource.ts';
import { type Clock, sleep } from '../time/clock.ts';
import { ownershipOf } from './marks.ts';
import { COUNTING_QUOTA, type Counted, NamespaceCount } from './namespace-count.ts';

/** An object that is expected in a namespace and is no reason to keep it. */
export interface Expected {
  /** `serviceaccounts`, `roles.rbac.authorization.k8s.io` */
  readonly resource: string;
  readonly name: string;
}

/** Something in a namespace that is not ours. */
export interface ForeignContent {
  readonly resource: string;
  /** Unknown where objects may be counted but not read. */
  readonly name?: string;
  readonly count?: number;
}

export interface NamespaceContents {
  /** Nothing is in it that is not ours, and nothing of ours is left either. */
  readonly empty: boolean;
  readonly foreign: readonly ForeignContent[];
  /** What could not be looked at, in words. As good as foreign. */
  readonly unknown: readonly string[];
  /** Some of it is being deleted, or are Pods, which take their time: another look may find less. */
  readonly mayGo: boolean;
}

export interface InspectOptions {
  readonly controlPlaneUid: string;
  readonly expected?: readonly Expected[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long to wait at the most for what we deleted, and what hung on it, to vanish. Milliseconds; default 90,000. */
  readonly settleMs?: number;
}

/** What every namespace gets, and what we put there to count. */
const IN_EVERY_NAMESPACE: readonly Expected[] = [
  { resource: 'configmaps', name: 'kube-root-ca.crt' },
  { resource: 'serviceaccounts', name: 'default' },
  { resource: 'resourcequotas', name: COUNTING_QUOTA },
];
const EVENTS = new Set(['events', 'events.events.k8s.io']);
/** Written by a controller for each Service, without an owner reference, and removed by it. */
const FOLLOWS_SERVICES = 'endpoints';
/** Pods that are told to stop have 30 s by default. */
const PODS = 'pods';
const SETTLE_MS = 90_000;
/** What does not change for so long, and is not on its way out as far as one can see, is there to stay. */
const QUIET_MS = 5_000;
const POLL_MS = 300;
const LISTS_AT_ONCE = 8;

/**
 * Whether a namespace holds anything that is not ours. What may be listed is looked at object by object; what may not be
 * read (and a member's role lets nobody read all its Secrets) is counted by the member itself, through a ResourceQuota
 * that limits nothing. What can be neither listed nor counted counts as foreign.
 *
 * Our own objects are to be deleted before. What hangs on them (ReplicaSets, Pods, EndpointSlices) goes a little later, so
 * whatever is not foreign beyond doubt is given the time to vanish.
 */
export async function inspectNamespace(
  client: Client,
  namespace: string,
  options: InspectOptions,
): Promise<NamespaceContents> {
  const { clock, signal } = options;
  const deadline = clock.monotonic() + (options.settleMs ?? SETTLE_MS);
  const expected = [...IN_EVERY_NAMESPACE, ...(options.expected ?? [])];
  const kinds = (await client.discovery.resources(signal)).filter(holdsContents);
  const unknown = client.discovery.unavailableGroups.map((group) => `${group}: its kinds cannot be read`);

  const first = await look(client, namespace, kinds, options);
  const count =
    first.forbidden.length === 0 ? undefined : await NamespaceCount.open(client, namespace, first.forbidden, options);
  try {
    const confirmed = await confirm(client, namespace, first.forbidden, expected, signal);
    let listed = first.listed;
    let seen = '';
    let changedAt = clock.monotonic();
    for (;;) {
      const counted = await count?.read(signal);
      const verdict = judge(listed, counted, { expected, confirmed }, options.controlPlaneUid);
      const foreign = [...verdict.foreign, ...verdict.pending];
      const contents = { foreign, unknown: [...unknown, ...verdict.uncounted], mayGo: verdict.mayGo };
      const empty = foreign.length === 0 && contents.unknown.length === 0;
      const now = clock.monotonic();
      if (describeContents(contents) !== seen) changedAt = now;
      seen = describeContents(contents);
      const isDecided = empty || unknown.length > 0 || verdict.foreign.length > 0;
      const isQuiet = !verdict.mayGo && now - changedAt >= QUIET_MS;
      if (isDecided || isQuiet || now >= deadline) return { ...contents, empty };
      await sleep(clock, POLL_MS, signal);
      listed = (await look(client, namespace, first.listable, options)).listed;
    }
  } finally {
    await count?.close();
  }
}

/** `3 secrets, pods "web-0"`: why a namespace stays, in one line. */
export function describeContents(contents: Pick<NamespaceContents, 'foreign' | 'unknown'>): string {
  const shown = contents.foreign
    .slice(0, 10)
    .map(({ resource, name, count }) =>
      name === undefined ? `${count ?? 'some'} ${resource}` : `${resource} "${name}"`,
    );
  const more = contents.foreign.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : []), ...contents.unknown].join(', ');
}

interface Listed {
  readonly resource: string;
  readonly objects: readonly DeepReadonly<KubeObject>[];
}

interface Look {
  readonly listed: readonly Listed[];
  readonly listable: readonly ServedResource[];
  readonly forbidden: readonly ServedResource[];
}

async function look(
  client: Client,
  namespace: string,
  kinds: readonly ServedResource[],
  { clock, signal }: InspectOptions,
): Promise<Look> {
  const lane = new Lane({ cluster: client.cluster, concurrency: LISTS_AT_ONCE, clock });
  const looks = await Promise.all(
    kinds.map((kind) =>
      lane.submit(async () => {
        try {
          const list = await client.listAll<KubeObject>(kind, { namespace, metadataOnly: true, signal });
          return { kind, objects: list.items };
        } catch (error) {
          if (isForbidden(error)) return { kind, objects: undefined };
          // Served no more, or never for a list: it holds nothing.
          if (isNotFound(error) || isMethodNotSupported(error)) return undefined;
          throw error;
        }
      }),
    ),
  );
  const found = looks.filter((one) => one !== undefined);
  return {
    listed: found.flatMap(({ kind, objects }) =>
      objects === undefined ? [] : [{ resource: groupResourceOf(kind), objects }],
    ),
    listable: found.flatMap(({ kind, objects }) => (objects === undefined ? [] : [kind])),
    forbidden: found.flatMap(({ kind, objects }) => (objects === undefined ? [kind] : [])),
  };
}

/**
 * Which of the expected objects are really there, of the kinds that are only counted: a number tells nobody whether the
 * one ConfigMap is the one that every namespace gets.
 */
async function confirm(
  client: Client,
  namespace: string,
  kinds: readonly ServedResource[],
  expected: readonly Expected[],
  signal: AbortSignal,
): Promise<Expected[]> {
  const answers = await Promise.all(
    expected.map(async (one) => {
      const kind = kinds.find((candidate) => groupResourceOf(candidate) === one.resource);
      if (kind === undefined) return undefined;
      try {
        await client.get<KubeObject>(kind, { namespace, name: one.name }, { signal });
        return one;
      } catch (error) {
        if (isNotFound(error) || isForbidden(error)) return undefined;
        throw error;
      }
    }),
  );
  return answers.filter((one) => one !== undefined);
}

function holdsContents(kind: ServedResource): boolean {
  return (
    kind.namespaced &&
    kind.preferred &&
    ['list', 'create', 'delete'].every((verb) => kind.verbs.includes(verb)) &&
    !EVENTS.has(groupResourceOf(kind))
  );
}

interface Judgement {
  /** Not ours beyond doubt. */
  readonly foreign: ForeignContent[];
  /** Ours, or it hangs on something and may be about to go with it. */
  readonly pending: ForeignContent[];
  readonly mayGo: boolean;
  readonly uncounted: string[];
}

function judge(
  listed: readonly Listed[],
  counted: readonly Counted[] | undefined,
  { expected, confirmed }: { expected: readonly Expected[]; confirmed: readonly Expected[] },
  controlPlaneUid: string,
): Judgement {
  const foreign: ForeignContent[] = [];
  const pending: ForeignContent[] = [];
  let mayGo = false;
  for (const { resource, objects } of listed) {
    for (const { metadata } of objects) {
      const name = metadata.name ?? '';
      if (expected.some((one) => one.resource === resource && one.name === name)) continue;
      const isGoing = metadata.deletionTimestamp !== undefined;
      const isPending =
        isGoing ||
        (metadata.ownerReferences ?? []).length > 0 ||
        resource === FOLLOWS_SERVICES ||
        ownershipOf(metadata, controlPlaneUid) === 'created';
      mayGo ||= isGoing || (isPending && resource === PODS);
      (isPending ? pending : foreign).push({ resource, name });
    }
  }
  for (const { resource, count } of counted ?? []) {
    const surplus = (count ?? 0) - confirmed.filter((one) => one.resource === resource).length;
    if (surplus <= 0) continue;
    // Nobody knows whose they are: they may hang on what was just deleted.
    pending.push({ resource, count: surplus });
    mayGo ||= resource === PODS;
  }
  const uncounted = (counted ?? []).filter(({ count }) => count === undefined);
  return {
    foreign,
    pending,
    mayGo,
    uncounted: uncounted.map(({ resource }) => `${resource}: can be neither listed nor counted`),
  };
}
