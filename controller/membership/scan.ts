import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import { MANAGED_LABEL } from '../../apis/well-known.ts';
import { Lane } from '../clusters/lane.ts';
import type { Client } from '../kube/client.ts';
import type { ServedResource } from '../kube/discovery.ts';
import { isExpired, isForbidden, isMethodNotSupported, isNotFound } from '../kube/errors.ts';
import { groupResourceOf } from '../kube/resource.ts';
import { type Ownership, ownershipOf } from '../ownership/marks.ts';
import type { Clock } from '../time/clock.ts';
import type { PolicyRule } from './kinds.ts';
import { type GrantedType, grantsList } from './role.ts';

/** An object in a member that bears the marks of a federation. Its metadata only. */
export interface Marked {
  readonly resource: ServedResource;
  readonly object: DeepReadonly<KubeObject>;
  readonly ownership: Ownership;
}

export interface Scan {
  readonly marked: readonly Marked[];
  /** Kinds that may hold marked objects and cannot be listed. */
  readonly forbidden: readonly string[];
}

export interface ScanOptions {
  readonly kinds: readonly ServedResource[];
  /** Default: all. */
  readonly namespace?: string;
  readonly controlPlaneUid: string;
  /** Only what bears the managed label: quicker, and enough while there is some. Else every object is looked at. */
  readonly labelledOnly: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const PAGE = 500;
const LISTS_AT_ONCE = 8;
const EVENTS = new Set(['events', 'events.events.k8s.io']);

/**
 * Kinds that an unjoin has to look through: whatever the rules let be listed, and what was propagated. A control plane that is
 * limited to a namespace has left nothing outside of any.
 */
export function kindsToScan(
  served: readonly ServedResource[],
  rules: readonly PolicyRule[] | 'all',
  types: readonly GrantedType[],
  scope: 'Cluster' | 'Namespaced',
): ServedResource[] {
  return served.filter(
    (kind) =>
      kind.preferred &&
      (kind.namespaced || scope === 'Cluster') &&
      ['list', 'delete', 'patch'].every((verb) => kind.verbs.includes(verb)) &&
      !EVENTS.has(groupResourceOf(kind)) &&
      (rules === 'all' ||
        grantsList(rules, kind) ||
        types.some(({ group, plural }) => group === kind.group && plural === kind.plural)),
  );
}

/** Lists live, page by page, and keeps only what bears marks. */
export async function scanMember(member: Client, options: ScanOptions): Promise<Scan> {
  const { kinds, clock } = options;
  const lane = new Lane({ cluster: member.cluster, concurrency: LISTS_AT_ONCE, clock });
  const looks = await Promise.all(kinds.map((kind) => lane.submit(() => scanKind(member, kind, options))));
  return {
    marked: withoutDoubles(looks.flatMap((found) => found ?? [])),
    forbidden: kinds.filter((_, index) => looks[index] === undefined).map(groupResourceOf),
  };
}

/** `undefined` when the kind may not be listed. */
async function scanKind(member: Client, kind: ServedResource, options: ScanOptions): Promise<Marked[] | undefined> {
  try {
    return await pages(member, kind, options);
  } catch (error) {
    if (isForbidden(error)) return undefined;
    if (isNotFound(error) || isMethodNotSupported(error)) return [];
    if (!isExpired(error)) throw error;
    // The pages went out of date between two of them.
    const selection = { metadataOnly: true, ...selectionOf(options), signal: options.signal };
    const { items } = await member.listAll<KubeObject>(kind, selection);
    return items.flatMap((object) => marked(kind, object, options));
  }
}

async function pages(member: Client, kind: ServedResource, options: ScanOptions): Promise<Marked[]> {
  const found: Marked[] = [];
  let next: string | undefined;
  do {
    const page = await member.list<KubeObject>(kind, {
      metadataOnly: true,
      limit: PAGE,
      ...selectionOf(options),
      ...(next === undefined ? {} : { continue: next }),
      signal: options.signal,
    });
    found.push(...page.items.flatMap((object) => marked(kind, object, options)));
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
  return found;
}

function selectionOf({ namespace, labelledOnly }: ScanOptions): { namespace?: string; labelSelector?: string } {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelledOnly ? { labelSelector: MANAGED_LABEL } : {}),
  };
}

function marked(resource: ServedResource, object: KubeObject, options: ScanOptions): Marked[] {
  const ownership = ownershipOf(object.metadata, options.controlPlaneUid);
  return ownership === undefined ? [] : [{ resource, object, ownership }];
}

/** Some objects are served under two groups; they are one all the same. */
function withoutDoubles(objects: readonly Marked[]): Marked[] {
  const seen = new Set<string>();
  return objects.filter(({ object }) => {
    const uid = object.metadata.uid;
    if (uid === undefined) return true;
    return seen.size < seen.add(uid).size;
  });
}
