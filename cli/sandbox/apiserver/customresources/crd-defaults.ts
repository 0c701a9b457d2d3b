import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { rfc3339 } from '../../../../controller/time/rfc3339.ts';
import type { Crd, CrdCondition } from './crd.ts';

/** Keeps a CRD that is being deleted until its objects are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

/** What was left out, in place. Kubernetes: `SetDefaults_CustomResourceDefinition`. */
export function setCrdDefaults(crd: Crd): void {
  const { spec } = crd;
  const { names } = spec;
  if (names.kind) {
    names.singular ||= names.kind.toLowerCase();
    names.listKind ||= `${names.kind}List`;
  }
  spec.conversion ??= { strategy: 'None' };
  if (!crd.status?.storedVersions?.length) {
    const stored = storageVersionOf(crd);
    if (stored !== undefined) crd.status = { ...emptyStatus(), ...crd.status, storedVersions: [stored] };
  }
}

/** The status of a CRD that nobody has looked at yet, whatever was sent. In place. */
export function prepareCrdForCreate(crd: Crd): void {
  const stored = storageVersionOf(crd);
  crd.status = { ...emptyStatus(), storedVersions: stored === undefined ? [] : [stored] };
}

/** The status that it has, and the version that is stored from now on. In place. */
export function prepareCrdForUpdate(crd: Crd, before: DeepReadonly<Crd>): void {
  const status = (before.status ?? emptyStatus()) as NonNullable<Crd['status']>;
  const stored = storageVersionOf(crd);
  const storedVersions = status.storedVersions ?? [];
  const isNew = stored !== undefined && !storedVersions.includes(stored);
  crd.status = isNew ? { ...status, storedVersions: [...storedVersions, stored] } : status;
}

/**
 * When deletion begins: a finalizer keeps it while its objects go, and a condition says so. In place. The deletion of a CRD
 * does not count as a change of it.
 */
export function prepareCrdForDelete(crd: Crd, before: number | undefined, now: Date): void {
  const { metadata } = crd;
  metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), CLEANUP_FINALIZER])];
  delete metadata.deletionGracePeriodSeconds;
  if (before !== undefined) metadata.generation = before;
  const terminating: CrdCondition = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: rfc3339(now),
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  const others = (crd.status?.conditions ?? []).filter(({ type }) => type !== 'Terminating');
  crd.status = { ...emptyStatus(), ...crd.status, conditions: [...others, terminating] };
}

function storageVersionOf(crd: DeepReadonly<Crd>): string | undefined {
  return crd.spec.versions?.find((version) => version.storage)?.name;
}

function emptyStatus(): NonNullable<Crd['status']> {
  return { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: null };
}
