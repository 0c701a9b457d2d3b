import type { ReachabilityProblem } from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import type { Client } from '../../kube/client.ts';
import { NODES, PODS, SERVICES } from '../../kube/core-kinds.ts';
import { isForbidden, isNotFound } from '../../kube/errors.ts';
import type { ProbeReport } from '../probe/report.ts';
import type { KnownProbe } from './evidence.ts';
import { PROBE_NAME, PROBE_NAMESPACE, PROBE_PORT, PROBE_SELECTOR } from './workload.ts';

/** A probe's Pod. */
export interface FoundProbe extends KnownProbe {
  readonly pod: string;
}

export interface FoundProbes {
  readonly probes: readonly FoundProbe[];
  readonly serviceAddresses: readonly string[];
}

interface Pod extends KubeObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip?: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface Service extends KubeObject {
  readonly spec?: { readonly clusterIP?: string; readonly clusterIPs?: readonly string[] };
}

interface Node extends KubeObject {
  readonly spec?: { readonly unschedulable?: boolean };
}

const TIMEOUT_MS = 10_000;

/** The probes of a member that are ready to answer, by node, and the addresses of their Service. */
export async function findProbes(client: Client, signal: AbortSignal): Promise<FoundProbes> {
  const options = { namespace: PROBE_NAMESPACE, signal, timeoutMs: TIMEOUT_MS };
  const { items } = await client.listAll<Pod>(PODS, { ...options, labelSelector: PROBE_SELECTOR });
  const probes = items
    .filter(isReady)
    .map(probeOf)
    .sort((a, b) => (a.pod < b.pod ? -1 : 1));
  return { probes, serviceAddresses: await serviceAddresses(client, options) };
}

/** How many nodes of a member take Pods. */
export async function countNodes(client: Client, signal: AbortSignal): Promise<number> {
  const { items } = await client.listAll<Node>(NODES, { signal, timeoutMs: TIMEOUT_MS });
  return items.filter(({ spec }) => spec?.unschedulable !== true).length;
}

export interface AskOptions {
  /** What has a higher sequence is enough. */
  readonly after: number;
  /** Whom it is to ask before it answers. */
  readonly round: 'next' | 'all';
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * What a probe has found, read through the member's API server.
 * @throws ApiError 403 when the member's role lacks `pods/proxy`, 503 and others when the API server does not reach it; Error when it says nonsense
 */
export async function readReport(client: Client, pod: string, options: AskOptions): Promise<ProbeReport> {
  const { after, round, timeoutMs, signal } = options;
  const path = `/api/v1/namespaces/${PROBE_NAMESPACE}/pods/${pod}:${PROBE_PORT}/proxy/results`;
  const { text } = await client.raw('GET', `${path}?after=${after}&round=${round}`, { signal, timeoutMs });
  const report = JSON.parse(text) as Partial<ProbeReport>;
  if (typeof report.nonce !== 'string' || typeof report.now !== 'string' || !Array.isArray(report.results)) {
    throw new Error('its answer is not that of a probe');
  }
  return report as ProbeReport;
}

/** Why a member's probes could not be asked, and what mends it. */
export function problemOf(cluster: string, error: unknown): ReachabilityProblem {
  if (isForbidden(error)) {
    const message = `the role of ${cluster} does not let the controller ask its probes (get pods/proxy): \`fedctl join ${cluster}\` again grants it`;
    return { cluster, reason: 'Forbidden', message };
  }
  const why = error instanceof Error ? error.message : String(error);
  return { cluster, reason: 'ProbeSilent', message: `a probe of ${cluster} does not answer: ${why}` };
}

async function serviceAddresses(
  client: Client,
  options: { namespace: string; signal: AbortSignal; timeoutMs: number },
) {
  try {
    const { namespace, ...rest } = options;
    const { spec } = await client.get<Service>(SERVICES, { namespace, name: PROBE_NAME }, rest);
    const all = spec?.clusterIPs ?? (spec?.clusterIP === undefined ? [] : [spec.clusterIP]);
    return all.filter((address) => address !== 'None' && address !== '');
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

function isReady({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    status?.podIP !== undefined &&
    status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true
  );
}

function probeOf({ metadata, spec, status }: Pod): FoundProbe {
  const addresses = (status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
  return {
    pod: metadata.name ?? '',
    nonce: metadata.uid ?? '',
    node: spec?.nodeName ?? '',
    addresses: addresses.length > 0 ? addresses : [status?.podIP ?? ''],
  };
}
