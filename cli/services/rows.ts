import type { Condition } from '../../apis/multicluster/condition.ts';
import { EXPORT_CONDITIONS, type ServiceExport } from '../../apis/multicluster/service-export.ts';
import type { ServiceImport } from '../../apis/multicluster/service-import.ts';

/** What one cluster says of multi-cluster Services. */
export interface ClusterServices {
  readonly cluster: string;
  readonly exports: readonly ServiceExport[];
  readonly imports: readonly ServiceImport[];
  readonly error?: string;
}

export interface ServiceProblem {
  readonly cluster: string;
  readonly reason: string;
  readonly message: string;
}

/** One multi-cluster Service. */
export interface ServiceRow {
  readonly namespace: string;
  readonly name: string;
  readonly type: string | undefined;
  /** Where the ServiceExports are; `host` speaks for all members. */
  readonly exportedFrom: readonly string[];
  readonly importedInto: readonly string[];
  /** Clusters whose endpoints it has, as the importing ones say. */
  readonly sources: readonly string[];
  readonly problems: readonly ServiceProblem[];
}

export function serviceRows(clusters: readonly ClusterServices[]): ServiceRow[] {
  const keys = new Set(
    clusters.flatMap(({ exports, imports }) =>
      [...exports, ...imports].map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`),
    ),
  );
  return [...keys].sort().map((key) => {
    const [namespace = '', name = ''] = key.split('/');
    const isIt = ({ metadata }: ServiceExport | ServiceImport) =>
      metadata.namespace === namespace && metadata.name === name;
    const exports = clusters.flatMap(({ cluster, exports: all }) =>
      all.filter(isIt).map((each) => ({ cluster, conditions: each.status?.conditions })),
    );
    const imports = clusters.flatMap(({ cluster, imports: all }) =>
      all.filter(isIt).map((each) => ({ cluster, type: each.spec.type, status: each.status })),
    );
    return {
      namespace,
      name,
      type: imports[0]?.type,
      exportedFrom: exports.map(({ cluster }) => cluster),
      importedInto: imports.map(({ cluster }) => cluster),
      sources: [
        ...new Set(imports.flatMap(({ status }) => status?.clusters?.map(({ cluster }) => cluster) ?? [])),
      ].sort(),
      problems: [
        ...exports.flatMap(({ cluster, conditions }) => exportProblems(cluster, conditions)),
        ...imports.flatMap(({ cluster, status }) => importProblems(cluster, status?.conditions)),
      ],
    };
  });
}

function exportProblems(cluster: string, conditions: readonly Condition[] | undefined): ServiceProblem[] {
  const { valid, ready, conflict } = EXPORT_CONDITIONS;
  if (conditions === undefined || conditions.length === 0) return [notSeen(cluster, 'ServiceExport')];
  const find = (type: string) => conditions.find((each) => each.type === type);
  const bad = find(valid)?.status === 'False' ? find(valid) : find(ready)?.status === 'False' ? find(ready) : undefined;
  const contested = find(conflict)?.status === 'True' ? find(conflict) : undefined;
  return [bad, contested].flatMap((each) =>
    each === undefined ? [] : [{ cluster, reason: each.reason, message: each.message }],
  );
}

function importProblems(cluster: string, conditions: readonly Condition[] | undefined): ServiceProblem[] {
  const ready = conditions?.find(({ type }) => type === 'Ready');
  if (ready === undefined) return [notSeen(cluster, 'ServiceImport')];
  return ready.status === 'True' ? [] : [{ cluster, reason: ready.reason, message: ready.message }];
}

function notSeen(cluster: string, kind: string): ServiceProblem {
  return {
    cluster,
    reason: 'Pending',
    message: `the controller has said nothing of this ${kind} yet: does it run, and does the member take part?`,
  };
}
