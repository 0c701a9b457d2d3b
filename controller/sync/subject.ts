import type { PropagatedVersionStatus } from '../../apis/core/v1alpha1/propagated-version.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { ClusterOverrides, FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import {
  ADOPT_ANNOTATION,
  DELETE_OPTION_ANNOTATION,
  ORPHAN_ANNOTATION,
  PAUSED_ANNOTATION,
  RECREATE_ANNOTATION,
  RETAIN_ANNOTATION,
  SYNC_FINALIZER,
} from '../../apis/well-known.ts';
import type { Hashes, ObjectRecord } from './ledger.ts';
import { type FederatedType, isProtectedNamespace, targetOf } from './member-object.ts';
import {
  type IsIn,
  isIgnored,
  namespacePlacementOf,
  type PlacementCluster,
  type PlacementResult,
  placementOf,
} from './placement/placement.ts';
import { selectsByLabels } from './render/overrides.ts';
import type { ObjectProblem } from './status/status.ts';
import { overridesVersion, templateVersion } from './versions/versions.ts';

/** One federated object and all that is decided for it as a whole, before any cluster is looked at. */
export interface Subject {
  readonly key: string;
  readonly federated: DeepReadonly<FederatedObject>;
  readonly target: { readonly name: string; readonly namespace?: string };
  readonly hashes: Hashes;
  /** What KubeFed's object of that kind records of it, whatever it was recorded for. */
  readonly propagatedVersion: DeepReadonly<PropagatedVersionStatus> | undefined;
  readonly placedOn: ReadonlySet<string>;
  readonly unknownClusters: readonly string[];
  /** Cordoned clusters that its placement selects, and where it is not. */
  readonly leftOut: readonly string[];
  /** Named by overrides, and not joined. */
  readonly unknownOverrides: readonly string[];
  /** Set when nothing may be written for it; everything stays as it is. */
  readonly problem: ObjectProblem | undefined;
  /** Not Fedmesh's to touch, nor to speak about. */
  readonly ignored: boolean;
  readonly deleting: boolean;
  /** Copies are released, not deleted: by annotation, or because the object is deleted only for its kind's sake. */
  readonly orphan: boolean;
  readonly hasFinalizer: boolean;
  /** Changes whenever a failed write deserves another try at once. */
  readonly attemptToken: string;
  /** Of the run that looks at it, for logs and events. */
  readonly reconcileId: string | undefined;
}

export interface SubjectInput {
  readonly key: string;
  readonly type: FederatedType;
  readonly federated: DeepReadonly<FederatedObject>;
  readonly record: ObjectRecord;
  readonly propagatedVersion?: DeepReadonly<PropagatedVersionStatus> | undefined;
  /** Every FederatedNamespace of the object's namespace. Empty for cluster-scoped types. */
  readonly federatedNamespaces: readonly DeepReadonly<FederatedObject>[];
  /** Joined and not leaving. */
  readonly clusters: readonly PlacementCluster[];
  /** Whether there is proof of the object in a cluster. */
  readonly isIn: IsIn;
  readonly kubefedNamespace: string;
  /** As in the sync's environment. */
  readonly targetNamespace?: string | undefined;
  readonly reconcileId?: string | undefined;
}

export function subjectOf(input: SubjectInput): Subject {
  const { federated, type } = input;
  const { metadata } = federated;
  const deleting = metadata.deletionTimestamp !== undefined;
  const target = targetOf(type, federated);
  const placement = placementFor(input);
  const annotations = metadata.annotations ?? {};
  const hashes = hashesOf(input, placement.clusters);
  return {
    key: input.key,
    federated,
    target,
    hashes,
    propagatedVersion: input.propagatedVersion,
    placedOn: placement.clusters,
    unknownClusters: placement.unknown,
    leftOut: placement.leftOut,
    unknownOverrides: unknownIn(federated.spec.overrides, input.clusters),
    problem: pausedBy(type, annotations) ?? placement.problem,
    ignored:
      type.isNamespace && (isProtectedNamespace(target.name, input.kubefedNamespace) || isIgnored(input.federated)),
    deleting,
    orphan: annotations[ORPHAN_ANNOTATION] === 'true' || input.record.leavesWithItsKind === true,
    reconcileId: input.reconcileId,
    hasFinalizer: metadata.finalizers?.includes(SYNC_FINALIZER) ?? false,
    attemptToken: [
      metadata.generation,
      hashes.overridesVersion,
      deleting,
      annotations[ADOPT_ANNOTATION],
      annotations[RETAIN_ANNOTATION],
      annotations[ORPHAN_ANNOTATION],
      annotations[DELETE_OPTION_ANNOTATION],
      annotations[RECREATE_ANNOTATION],
    ].join('|'),
  };
}

/**
 * Whether its problem forbids every write in the members. A deletion needs no placement, so one that cannot be told does
 * not hold it up.
 */
export function isFrozen({ problem, deleting }: Subject): boolean {
  if (problem === undefined) return false;
  return !deleting || (problem.reason !== 'NamespaceNotFederated' && problem.reason !== 'ComputePlacementFailed');
}

/** What the status records of the last writes, if it was recorded for this very template and these overrides. */
export function recordFor(subject: Subject): DeepReadonly<PropagatedVersionStatus> | undefined {
  return ifStillTrue(subject, subject.federated.status?.propagatedVersion);
}

/** What the PropagatedVersion records of the last writes, likewise. */
export function propagatedVersionFor(subject: Subject): DeepReadonly<PropagatedVersionStatus> | undefined {
  return ifStillTrue(subject, subject.propagatedVersion);
}

function ifStillTrue(
  { hashes }: Subject,
  recorded: DeepReadonly<PropagatedVersionStatus> | undefined,
): DeepReadonly<PropagatedVersionStatus> | undefined {
  return recorded?.templateVersion === hashes.templateVersion && recorded.overridesVersion === hashes.overridesVersion
    ? recorded
    : undefined;
}

/** Words that say of a cluster that the object is there, although not as it should be. */
const THERE: readonly (string | undefined)[] = [
  undefined,
  '',
  'UpdateFailed',
  'UpdateTimedOut',
  'FieldRetentionFailed',
];

/**
 * Whether the status proves that the object was written to a cluster: by the version of that write, or by a word that
 * nothing else explains; or KubeFed's object for it does. A record forgets a member that could not follow a change of the template; the words remember it.
 */
export function isRecordedIn(
  { status }: DeepReadonly<FederatedObject>,
  cluster: string,
  propagatedVersion?: DeepReadonly<PropagatedVersionStatus>,
): boolean {
  const records = [status?.propagatedVersion, propagatedVersion];
  if (records.some((each) => each?.clusterVersions?.some(({ clusterName }) => clusterName === cluster))) return true;
  return status?.clusters?.some((each) => each.name === cluster && THERE.includes(each.status)) ?? false;
}

const NONE: readonly string[] = [];

function unknownIn(
  overrides: DeepReadonly<ClusterOverrides[]> | undefined,
  clusters: readonly PlacementCluster[],
): readonly string[] {
  if (!overrides?.length) return NONE;
  const joined = new Set(clusters.map(({ name }) => name));
  return overrides.flatMap(({ clusterName }) => (clusterName && !joined.has(clusterName) ? [clusterName] : []));
}

interface PlacementDecision {
  readonly clusters: ReadonlySet<string>;
  readonly unknown: readonly string[];
  readonly leftOut: readonly string[];
  readonly problem?: ObjectProblem;
}

const NOWHERE: PlacementDecision = { clusters: new Set(), unknown: [], leftOut: [] };

function placementFor(input: SubjectInput): PlacementDecision {
  const { type, federated, clusters, isIn } = input;
  // One that is on its way out says nothing any more about where its namespace's contents belong.
  const namespaces = input.federatedNamespaces.filter(
    (each) => each.metadata.deletionTimestamp === undefined && !isIgnored(each),
  );
  if (type.isNamespace) {
    const superseded = supersededBy(federated, namespaces);
    if (superseded !== undefined) return { ...NOWHERE, problem: superseded };
    return decided(placementOf(federated, { clusters, isIn }));
  }
  if (!type.target.namespaced) return decided(placementOf(federated, { clusters, isIn }));
  const inEveryMember = input.targetNamespace !== undefined;
  const namespacePlacement = namespacePlacementOf(namespaces, { inEveryMember });
  if (namespacePlacement.kind === 'unlimited') return decided(placementOf(federated, { clusters, isIn }));
  if (namespacePlacement.kind === 'notFederated') {
    const namespace = federated.metadata.namespace ?? '';
    const message =
      `no FederatedNamespace in namespace "${namespace}": nothing is created, what is there stays; ` +
      `"fedctl federate namespace ${namespace}" makes one`;
    return { ...NOWHERE, problem: { reason: 'NamespaceNotFederated', message } };
  }
  if (namespacePlacement.kind === 'conflict') {
    return { ...NOWHERE, problem: conflictBetween(namespacePlacement.names) };
  }
  // Those that nobody federates are everywhere, and the one of a control plane that is limited to it.
  const everywhere = inEveryMember || isProtectedNamespace(federated.metadata.namespace ?? '', input.kubefedNamespace);
  const namespaceIsIn = (cluster: string) => everywhere || namespaces.some((each) => isRecordedIn(each, cluster));
  return decided(
    placementOf(federated, { clusters, namespacePlacement: namespacePlacement.placement, isIn, namespaceIsIn }),
  );
}

function decided(result: PlacementResult): PlacementDecision {
  if ('clusters' in result) return result;
  const { reason, message, unknown } = result;
  return { ...NOWHERE, unknown, problem: { reason, message } };
}

/** Several FederatedNamespaces in one namespace: the one that bears its name counts alone; the others must agree. */
function supersededBy(
  federated: DeepReadonly<FederatedObject>,
  namespaces: readonly DeepReadonly<FederatedObject>[],
): ObjectProblem | undefined {
  const { name, namespace, deletionTimestamp } = federated.metadata;
  const others = namespaces.filter((each) => each.metadata.name !== name);
  const heir = others[0]?.metadata.name;
  if (heir === undefined) return undefined;
  if (deletionTimestamp !== undefined) {
    return { reason: 'Superseded', message: `the FederatedNamespace "${heir}" goes on in its place` };
  }
  if (name === namespace) return undefined;
  if (namespaces.some((each) => each.metadata.name === namespace)) {
    const message = `the FederatedNamespace "${namespace}" bears its namespace's name and counts alone`;
    return { reason: 'Superseded', message };
  }
  const placement = namespacePlacementOf(namespaces);
  if (placement.kind === 'conflict') return conflictBetween(placement.names);
  const first = namespaces.map((each) => each.metadata.name ?? '').sort()[0];
  if (first === name) return undefined;
  return {
    reason: 'Superseded',
    message: `the FederatedNamespace "${first}" of this namespace says the same and acts`,
  };
}

function conflictBetween(names: readonly string[]): ObjectProblem {
  const message =
    `the FederatedNamespaces ${names.map((name) => `"${name}"`).join(' and ')} of this namespace disagree about ` +
    'its placement: nothing is written or deleted until one of them goes or they agree';
  return { reason: 'NamespacePlacementConflict', message };
}

function pausedBy(type: FederatedType, annotations: Readonly<Record<string, string>>): ObjectProblem | undefined {
  if (annotations[PAUSED_ANNOTATION] === 'true') {
    return { reason: 'Paused', message: `the sync of this object is paused by its annotation ${PAUSED_ANNOTATION}` };
  }
  if (!type.paused) return undefined;
  return { reason: 'Paused', message: `the FederatedTypeConfig ${type.name} is paused by ${PAUSED_ANNOTATION}` };
}

/**
 * Hashes are kept per generation: most reconciles find the template as it was. Which clusters an override selects by their
 * labels changes without one.
 */
function hashesOf({ record, federated, clusters }: SubjectInput, placedOn: ReadonlySet<string>): Hashes {
  const { generation } = federated.metadata;
  const known = generation !== undefined && record.hashes?.generation === generation ? record.hashes : undefined;
  const bySelector = selectsByLabels(federated.spec.overrides);
  if (known !== undefined && !bySelector) return known;
  const placed = bySelector ? clusters.filter(({ name }) => placedOn.has(name)) : [];
  const hashes = {
    generation,
    templateVersion: known?.templateVersion ?? templateVersion(federated),
    overridesVersion: overridesVersion(federated, placed),
  };
  record.hashes = hashes;
  return hashes;
}
