import type { KubeObject } from '../../apis/meta/v1.ts';
import type { ApiServer } from './api-server.ts';

/** Objects for stand-in servers, with only what the tests look at. */

export const NAMESPACE = 'kube-federation-system';

export function member(name: string, status: object | undefined = readyStatus(), spec: object = {}): KubeObject {
  return {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedCluster',
    metadata: { name, namespace: NAMESPACE },
    spec: { apiEndpoint: 'https://192.0.2.1:6443', secretRef: { name: `${name}-token` }, ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

export function readyStatus(lastProbeTime = '2026-01-01T00:59:55Z'): object {
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'ClusterReady',
    message: '/healthz responded with ok',
    lastProbeTime,
  };
  return { conditions: [ready], kubernetesVersion: 'v1.36.3' };
}

export function federated(
  kind: string,
  name: string,
  namespace: string,
  rest: { spec?: object; status?: object; metadata?: object } = {},
): KubeObject {
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: `Federated${kind}`,
    metadata: { name, namespace, ...rest.metadata },
    spec: { template: {}, placement: { clusterSelector: {} }, ...rest.spec },
    ...(rest.status === undefined ? {} : { status: rest.status }),
  };
}

/** A status as the controller writes it: the word for each cluster, empty where all is well. */
export function propagated(clusters: Readonly<Record<string, string | [word: string, message: string]>>): object {
  const entries = Object.entries(clusters).map(([name, said]) => {
    const [status, message] = typeof said === 'string' ? [said, undefined] : said;
    return { name, ...(status === '' ? {} : { status }), ...(message === undefined ? {} : { message }) };
  });
  const ok = entries.every((entry) => entry.status === undefined);
  const condition = ok ? { status: 'True' } : { status: 'False', reason: 'CheckClusters' };
  return { observedGeneration: 1, conditions: [{ type: 'Propagation', ...condition }], clusters: entries };
}

export function namespaceNamed(server: ApiServer, name: string): void {
  server.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** The requests that changed something. */
export function writes(server: ApiServer): string[] {
  return server.requests.filter((request) => !request.startsWith('GET '));
}
