import isEqual from 'lodash/isEqual.js';
import { enumerate } from '../../apis/enumeration.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { CONFLICT_REASONS, type ConflictReason } from '../../apis/multicluster/service-export.ts';
import type { ImportedPort, IpFamily, SessionAffinityConfig } from '../../apis/multicluster/service-import.ts';
import { mergePorts } from './ports.ts';

/** What the Services of clusters and the one that they make have alike. */
interface ServiceTraits {
  readonly headless: boolean;
  readonly ports: readonly DeepReadonly<ImportedPort>[];
  readonly sessionAffinity: string;
  readonly sessionAffinityConfig?: DeepReadonly<SessionAffinityConfig>;
  /** In order of preference; of several clusters' Services those in which every one has endpoints. */
  readonly ipFamilies: readonly IpFamily[];
  readonly internalTrafficPolicy?: string;
  readonly trafficDistribution?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a cluster brings to a multi-cluster Service. */
export interface ExportedService extends ServiceTraits {
  readonly cluster: string;
  /** When the export was made, RFC 3339. */
  readonly since: string;
}

/** The multi-cluster Service that several clusters' Services make. */
export interface MergedService extends ServiceTraits {
  /** The exporting clusters, by name. */
  readonly clusters: readonly string[];
  /** The cluster whose word counted where they disagree. */
  readonly oldest: string;
  readonly conflicts: readonly Conflict[];
}

export interface Conflict {
  readonly reason: ConflictReason;
  /** What they disagree about, which cluster won, and why: one sentence without a full stop. */
  readonly message: string;
}

/** KEP-1645: where exports disagree the oldest is right; of those of one second the one whose cluster's name comes first. */
export function bySeniority(a: ExportedService, b: ExportedService): number {
  const [first, second] = [Date.parse(a.since), Date.parse(b.since)];
  if (first !== second) return first - second;
  return a.cluster < b.cluster ? -1 : a.cluster > b.cluster ? 1 : 0;
}

/** `undefined` where nobody exports. */
export function mergeExports(exports: readonly ExportedService[]): MergedService | undefined {
  const inOrder = [...exports].sort(bySeniority);
  const [oldest] = inOrder;
  if (oldest === undefined) return undefined;
  const { ports, rejected } = mergePorts(inOrder);
  const { ipFamilies, apart } = mergeFamilies(inOrder);
  const because = `: that of cluster "${oldest.cluster}", the oldest export, counts`;
  const differs = (field: (each: ExportedService) => unknown): string[] =>
    inOrder.filter((each) => !isEqual(field(each), field(oldest))).map(({ cluster }) => cluster);
  const found = new Map<ConflictReason, string>();
  const tell = (reason: ConflictReason, what: string, clusters: readonly string[]): void => {
    if (clusters.length > 0) found.set(reason, `${what} of ${named(clusters)} differs${because}`);
  };
  if (rejected.length > 0) found.set('PortConflict', rejected.join('; '));
  tell(
    'TypeConflict',
    'type (headless or not)',
    differs(({ headless }) => headless),
  );
  tell(
    'SessionAffinityConflict',
    'sessionAffinity',
    differs(({ sessionAffinity }) => sessionAffinity),
  );
  tell(
    'SessionAffinityConfigConflict',
    'sessionAffinityConfig',
    differs((each) => each.sessionAffinityConfig),
  );
  tell(
    'InternalTrafficPolicyConflict',
    'internalTrafficPolicy',
    differs((each) => each.internalTrafficPolicy),
  );
  tell(
    'TrafficDistributionConflict',
    'trafficDistribution',
    differs((each) => each.trafficDistribution),
  );
  tell('IPFamilyConflict', 'IP family', apart);
  tell(
    'LabelsConflict',
    'exportedLabels',
    differs(({ labels }) => labels),
  );
  tell(
    'AnnotationsConflict',
    'exportedAnnotations',
    differs(({ annotations }) => annotations),
  );
  const { cluster, since: _, ...word } = oldest;
  return {
    ...word,
    clusters: inOrder.map((each) => each.cluster).sort(),
    oldest: cluster,
    ports,
    ipFamilies,
    conflicts: CONFLICT_REASONS.flatMap((reason) => {
      const message = found.get(reason);
      return message === undefined ? [] : [{ reason, message }];
    }),
  };
}

/**
 * Traffic of a family reaches only the clusters that have it, so a family counts when all have it. Where there is none the oldest is right,
 * and the clusters without that family get no traffic.
 */
function mergeFamilies(inOrder: readonly ExportedService[]): { ipFamilies: readonly IpFamily[]; apart: string[] } {
  const own = inOrder[0]?.ipFamilies ?? [];
  const shared = own.filter((family) => inOrder.every(({ ipFamilies }) => ipFamilies.includes(family)));
  if (shared.length > 0) return { ipFamilies: shared, apart: [] };
  const apart = inOrder.filter(({ ipFamilies }) => !ipFamilies.some((family) => own.includes(family)));
  return { ipFamilies: own, apart: apart.map(({ cluster }) => cluster) };
}

/** How many clusters a message names. */
const NAMED = 3;

export function named(clusters: readonly string[]): string {
  return enumerate(
    clusters.map((cluster) => `"${cluster}"`),
    NAMED,
  );
}
