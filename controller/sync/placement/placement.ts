import { validateLabelSelector } from '../../../apis/meta/label-selector.ts';
import type { DeepReadonly, LabelSelector } from '../../../apis/meta/v1.ts';
import type { FederatedObject, Placement } from '../../../apis/types/v1beta1/federated-object.ts';
import { IGNORED_ANNOTATION } from '../../../apis/well-known.ts';
import { matches } from '../../kube/label-selector.ts';

/** A member that objects can be placed on. Members on their way out are not handed in. */
export interface PlacementCluster {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Selectors bring nothing new there: what is there stays, and what names it goes there. */
  readonly cordoned?: boolean;
}

/** Whether something is in a cluster already, by proof. Asked for cordoned clusters only. */
export type IsIn = (cluster: string) => boolean;

/** Where a namespace goes, and with it, at most, everything in it. */
export type NamespacePlacement =
  | { readonly kind: 'placement'; readonly placement: DeepReadonly<Placement> }
  | { readonly kind: 'notFederated' }
  /** It is in every member, and nothing says that its contents are not to be. */
  | { readonly kind: 'unlimited' }
  /** FederatedNamespaces of these names say different things: whoever acts on one of them may be wrong. */
  | { readonly kind: 'conflict'; readonly names: readonly [string, string] };

/**
 * The members an object belongs in, or why nobody can say. In the second case there is no set, so that it cannot be taken
 * for "nowhere": deleting needs proof, and whatever copies there are stay as they are.
 */
export type PlacementResult =
  | {
      readonly clusters: ReadonlySet<string>;
      readonly unknown: readonly string[];
      /** Where it would be as well if they were not cordoned. */
      readonly leftOut: readonly string[];
    }
  | {
      /** KubeFed's words for it. */
      readonly reason: 'NamespaceNotFederated' | 'ComputePlacementFailed';
      readonly message: string;
      /** Names in the object's own placement that no member bears. */
      readonly unknown: readonly string[];
    };

/**
 * The members that a federated object is placed on: its own placement, and for a namespaced target only those of its
 * namespace's. Without `namespacePlacement` nothing is crossed: cluster-scoped targets, and namespaces themselves.
 *
 * A cordoned cluster counts for a selector only where the object is already (`isIn`), and for the selector of a namespace
 * also where the namespace is (`namespaceIsIn`). So a cordon never takes anything away, and what names a cluster goes there
 * all the same, as a Pod with a nodeName does.
 */
export function placementOf(
  federated: DeepReadonly<FederatedObject>,
  options: {
    readonly namespacePlacement?: DeepReadonly<Placement> | 'notFederated';
    readonly clusters: readonly PlacementCluster[];
    readonly isIn?: IsIn;
    readonly namespaceIsIn?: IsIn;
  },
): PlacementResult {
  const { namespacePlacement, clusters, isIn = NOWHERE, namespaceIsIn = NOWHERE } = options;
  const placement = federated.spec.placement ?? {};
  const unknown = unknownNames(placement, clusters);

  const own = selected(placement, clusters);
  if ('fault' in own) return { reason: 'ComputePlacementFailed', message: `spec.placement.${own.fault}`, unknown };
  const stays = own.names.filter((name) => !own.held.has(name) || isIn(name));
  if (namespacePlacement === undefined) return placed(own.names, stays, unknown);

  if (namespacePlacement === 'notFederated') {
    const message = `there is no FederatedNamespace in the namespace "${federated.metadata.namespace ?? ''}"`;
    return { reason: 'NamespaceNotFederated', message, unknown };
  }
  const ofNamespace = selected(namespacePlacement, clusters);
  if ('fault' in ofNamespace) {
    const message = `the namespace's own spec.placement.${ofNamespace.fault}`;
    return { reason: 'ComputePlacementFailed', message, unknown };
  }
  const allowed = new Set(ofNamespace.names);
  const open = (name: string) => !ofNamespace.held.has(name) || isIn(name) || namespaceIsIn(name);
  return placed(
    own.names.filter((name) => allowed.has(name)),
    stays.filter((name) => allowed.has(name) && open(name)),
    unknown,
  );
}

const NOWHERE: IsIn = () => false;

function placed(wanted: readonly string[], given: readonly string[], unknown: readonly string[]): PlacementResult {
  const clusters = new Set(given);
  return { clusters, unknown, leftOut: wanted.filter((name) => !clusters.has(name)) };
}

/**
 * What the FederatedNamespaces in one namespace say about it. The target is the namespace they live in, whatever their
 * names. One that bears the namespace's name counts alone, as it does in KubeFed; others have to agree.
 *
 * @param inEveryMember KubeFed's rule for a control plane that is limited to one namespace: joining a member sees to it that
 * the namespace is there, so a FederatedNamespace limits where its contents go, and without one nothing does.
 */
export function namespacePlacementOf(
  federatedNamespaces: readonly DeepReadonly<FederatedObject>[],
  { inEveryMember = false }: { readonly inEveryMember?: boolean } = {},
): NamespacePlacement {
  const candidates = federatedNamespaces
    .filter((each) => !isIgnored(each))
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const namesake = candidates.find((each) => nameOf(each) === each.metadata.namespace);
  const first = namesake ?? candidates[0];
  if (first === undefined) return { kind: inEveryMember ? 'unlimited' : 'notFederated' };
  const placement = first.spec.placement ?? {};
  if (namesake !== undefined) return { kind: 'placement', placement };
  const meaning = meaningOf(placement);
  const dissenter = candidates.find((each) => meaningOf(each.spec.placement ?? {}) !== meaning);
  return dissenter === undefined
    ? { kind: 'placement', placement }
    : { kind: 'conflict', names: [nameOf(first), nameOf(dissenter)] };
}

/** A FederatedNamespace that counts for nothing: it bears another name than its namespace, and somebody has said so. */
export function isIgnored({ metadata }: DeepReadonly<FederatedObject>): boolean {
  return metadata.annotations?.[IGNORED_ANNOTATION] === 'true' && metadata.name !== metadata.namespace;
}

/**
 * KubeFed's rule: a list of clusters wins even when it is empty; without one the selector decides; without either,
 * nowhere. A selector that the API would refuse is a fault, not an empty selection.
 */
function selected(
  placement: DeepReadonly<Placement>,
  clusters: readonly PlacementCluster[],
):
  | {
      readonly names: readonly string[];
      /** Those that take nothing new by this. */
      readonly held: ReadonlySet<string>;
    }
  | { readonly fault: string } {
  const { clusters: references, clusterSelector } = placement;
  if (references) {
    const named = new Set(references.map((reference) => reference.name));
    return { names: clusters.map((cluster) => cluster.name).filter((name) => named.has(name)), held: NONE };
  }
  if (!clusterSelector) return { names: [], held: NONE };
  const [error] = validateLabelSelector(clusterSelector, 'clusterSelector');
  if (error !== undefined) return { fault: `${error.path}: ${error.message}` };
  const matching = clusters.filter((cluster) => matches(clusterSelector, cluster.labels ?? {}));
  const cordoned = matching.filter((cluster) => cluster.cordoned === true);
  return {
    names: matching.map((cluster) => cluster.name),
    held: cordoned.length === 0 ? NONE : new Set(cordoned.map((cluster) => cluster.name)),
  };
}

const NONE: ReadonlySet<string> = new Set();

function unknownNames(placement: DeepReadonly<Placement>, clusters: readonly PlacementCluster[]): string[] {
  const known = new Set(clusters.map((cluster) => cluster.name));
  return [...new Set(placement.clusters?.map((reference) => reference.name))].filter((name) => !known.has(name));
}

/** Two placements of the same meaning give the same text, however they are written down. */
function meaningOf(placement: DeepReadonly<Placement>): string {
  const { clusters, clusterSelector } = placement;
  if (clusters) return JSON.stringify([...new Set(clusters.map((reference) => reference.name))].sort());
  return clusterSelector ? JSON.stringify(requirementsOf(clusterSelector)) : '[]';
}

function requirementsOf(selector: DeepReadonly<LabelSelector>): { all: string[] } {
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => [key, 'In', [value]]);
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) => [
    key,
    operator,
    [...new Set(values)].sort(),
  ]);
  return { all: [...labels, ...expressions].map((requirement) => JSON.stringify(requirement)).sort() };
}

function nameOf(object: DeepReadonly<FederatedObject>): string {
  return object.metadata.name ?? '';
}
