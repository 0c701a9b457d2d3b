import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { MESH_CONFIG_NAME, MESH_CONFIGS, type MeshConfig } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import {
  REACHABILITY_MATRICES,
  REACHABILITY_MATRIX_NAME,
  type ReachabilityMatrix,
  type ReachabilityMatrixStatus,
  type ReachabilityPair,
} from '../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import type { Client } from '../../controller/kube/client.ts';
import { GATEWAY_CONDITION } from '../../controller/network/mesh/gateway-condition.ts';
import { REACHABILITY_CONDITIONS } from '../../controller/network/reachability/conditions.ts';
import { probeSettingsOf } from '../../controller/network/reachability/settings.ts';
import { getIfPresent } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit.ts';
import { ageOf } from '../output/age.ts';
import { table } from '../output/table.ts';

/** What is known of who reaches whom. */
export interface Reachability {
  readonly matrix: ReachabilityMatrixStatus;
  readonly members: readonly KubeFedCluster[];
}

/** @throws CliError nothing is probed, with what to do about it */
export async function assertProbing(context: CliContext, client: Client): Promise<void> {
  const ref = { namespace: context.options.kubefedNamespace, name: MESH_CONFIG_NAME };
  const config = await getIfPresent<MeshConfig>(client, MESH_CONFIGS, ref, context.signal);
  if (config === undefined) {
    throw new CliError('reachability is not probed: there is no MeshConfig', {
      hint: '`fedctl network setup --provider none` makes one: nothing is routed then, but everything is probed',
    });
  }
  if (probeSettingsOf(config) === undefined) {
    throw new CliError('reachability is not probed: spec.probe.enabled of the MeshConfig is false', {
      hint: 'set it to true',
    });
  }
}

/** Undefined: there is no matrix yet. */
export async function readReachability(context: CliContext, client: Client): Promise<Reachability | undefined> {
  const { kubefedNamespace: namespace } = context.options;
  const { signal } = context;
  const ref = { namespace, name: REACHABILITY_MATRIX_NAME };
  const matrix = await getIfPresent<ReachabilityMatrix>(client, REACHABILITY_MATRICES, ref, signal);
  if (matrix?.status === undefined) return undefined;
  const { items } = await client.listAll<KubeFedCluster>(KUBEFED_CLUSTERS, { namespace, signal });
  return { matrix: matrix.status, members: items };
}

/** Every pair was asked, and nothing is wrong with any. */
export function isReachable({ summary, problems = [] }: ReachabilityMatrixStatus): boolean {
  return summary.pairs > 0 && summary.reachable === summary.pairs && problems.length === 0;
}

export function reachabilityData({ matrix, members }: Reachability): object {
  const conditions = members.map(({ metadata, status }) => ({
    cluster: metadata.name,
    conditions: (status?.conditions ?? [])
      .filter(({ type }) => SHOWN_CONDITIONS.includes(type))
      .map(({ type, status: is, reason, message }) => ({ type, status: is, reason, message })),
  }));
  return { ok: isReachable(matrix), ...matrix, members: conditions };
}

const SHOWN_CONDITIONS: readonly string[] = [
  REACHABILITY_CONDITIONS.pods,
  REACHABILITY_CONDITIONS.services,
  GATEWAY_CONDITION,
];

/** More columns than this fit no terminal: then only pairs are shown that are not well. */
const WIDEST = 10;

export function renderReachability(reachability: Reachability, now: number): string {
  const { matrix } = reachability;
  const { pairs, reachable, unreachable, unknown } = matrix.summary;
  const seen = ageOf(matrix.observedAt, now);
  const sum = `${reachable} of ${pairs} pairs are well, ${unreachable} are not, ${unknown} are not known (${seen} ago)\n`;
  return [grid(matrix), sum, conditionsTable(reachability), diagnoses(matrix)].filter((part) => part !== '').join('\n');
}

function grid({ pairs, omitted = 0 }: ReachabilityMatrixStatus): string {
  const names = [...new Set(pairs.flatMap(({ from, to }) => [from, to]))].sort();
  if (names.length === 0 || names.length > WIDEST || omitted > 0) return '';
  const byPlace = new Map(pairs.map((pair) => [`${pair.from}\n${pair.to}`, pair]));
  const cell = (from: string, to: string) => (from === to ? '-' : cellOf(byPlace.get(`${from}\n${to}`)));
  return table(
    ['FROM \\ TO', ...names],
    names.map((from) => [from, ...names.map((to) => cell(from, to))]),
  );
}

function cellOf(pair: ReachabilityPair | undefined): string {
  if (pair === undefined || pair.class === 'Unknown') return '?';
  if (pair.class !== 'Reachable') return pair.class;
  return pair.latencyMs === undefined ? 'ok' : `ok ${pair.latencyMs} ms`;
}

function conditionsTable({ members }: Reachability): string {
  const rows = members.map(({ metadata, status }) => {
    const of = (type: string) => {
      const condition = status?.conditions.find((each) => each.type === type);
      if (condition === undefined) return '?';
      return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`;
    };
    return [metadata.name ?? '', ...SHOWN_CONDITIONS.map(of)];
  });
  return rows.length === 0 ? '' : table(['MEMBER', 'PODS', 'SERVICES', 'GATEWAY'], rows);
}

function diagnoses({ pairs, problems = [], omitted = 0 }: ReachabilityMatrixStatus): string {
  const wrong = pairs.filter((pair) => pair.class !== 'Reachable');
  return [
    ...wrong.map(
      (pair) =>
        `${pair.from} -> ${pair.to}: ${pair.class}: ${pair.message ?? ''}\n${pair.wayOut === undefined ? '' : `    ${pair.wayOut}\n`}`,
    ),
    ...problems.map(({ cluster, reason, message }) => `${cluster}: ${reason}: ${message}\n`),
    ...(omitted === 0 ? [] : [`and ${omitted} pairs more, of which none is worse\n`]),
  ].join('');
}
