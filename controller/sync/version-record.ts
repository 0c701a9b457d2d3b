import type { PropagatedVersionStatus } from '../../apis/core/v1alpha1/propagated-version.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Hashes, ObjectRecord } from './ledger.ts';
import type { Subject } from './subject.ts';
import { recordOf } from './versions/versions.ts';

/**
 * The record of versions that the status should carry: what is remembered of this run's writes over what was recorded
 * for the same template. A cluster drops out once it has confirmed that the object is gone.
 *
 * A kind without generations changes its version with its status too. Then only memory follows, and the record goes out
 * with the next status that has something to say: a pod's heartbeat in a member is no reason to write on the host.
 */
export function mergedRecord(
  subject: Subject,
  record: ObjectRecord,
  recorded: DeepReadonly<PropagatedVersionStatus> | undefined,
): PropagatedVersionStatus | undefined {
  const versions = new Map((recorded?.clusterVersions ?? []).map((each) => [each.clusterName, each.version]));
  let news = false;
  for (const [cluster, each] of record.clusters) {
    const before = versions.get(cluster);
    if (each.confirmedGone) {
      news ||= versions.delete(cluster);
    } else if (each.written !== undefined && sameHashes(each.written, subject.hashes)) {
      versions.set(cluster, each.written.version);
      news ||= before !== each.written.version && !(each.written.onlySeen && before !== undefined);
    }
  }
  if (!news && recorded !== undefined) return recorded as PropagatedVersionStatus;
  // Nothing is recorded for this template yet: what was recorded for an earlier one still says where copies are.
  if (!news) {
    const { federated, propagatedVersion } = subject;
    return (federated.status?.propagatedVersion ?? propagatedVersion) as PropagatedVersionStatus | undefined;
  }
  return recordOf(subject.hashes, versions);
}

/** The version that was last written to this cluster for this very template and these overrides, if that is known. */
export function recordedVersion(
  subject: Subject,
  record: ObjectRecord,
  recorded: DeepReadonly<PropagatedVersionStatus> | undefined,
  cluster: string,
): string | undefined {
  const written = record.clusters.get(cluster)?.written;
  if (written !== undefined && sameHashes(written, subject.hashes)) return written.version;
  return recorded?.clusterVersions?.find((each) => each.clusterName === cluster)?.version;
}

export function sameHashes(a: Hashes, b: Hashes): boolean {
  return a.templateVersion === b.templateVersion && a.overridesVersion === b.overridesVersion;
}
