import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';

/** The object that is propagated: a Deployment of about 1.5 KB with 12 environment variables. */

export const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
export const NAMESPACES: Resource = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};
export const FEDERATED_DEPLOYMENTS: Resource = {
  group: 'types.kubefed.io',
  version: 'v1beta1',
  kind: 'FederatedDeployment',
  plural: 'federateddeployments',
  namespaced: true,
};
export const FEDERATED_NAMESPACES: Resource = {
  ...FEDERATED_DEPLOYMENTS,
  kind: 'FederatedNamespace',
  plural: 'federatednamespaces',
};

export const MEMBERS = ['earth', 'vulcan'] as const;

function template(image: string): Omit<KubeObject, 'metadata'> & { metadata: KubeObject['metadata'] } {
  const labels = { app: 'web', tier: 'frontend' };
  const env = Array.from({ length: 12 }, (_, n) => ({
    name: `SETTING_${n}`,
    value: `a value of ordinary length, number ${n}`,
  }));
  return {
    metadata: { labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'web', image, env, ports: [{ containerPort: 80 }] }] },
      },
    },
  };
}

export function federatedDeployment(namespace: string, name: string, image = 'nginx:1.27'): FederatedObject {
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedDeployment',
    metadata: { name, namespace },
    spec: { template: template(image), placement: { clusters: MEMBERS.map((name) => ({ name })) } },
  };
}

/** What a member gets of it, with the label that marks it as managed or without. */
export function memberDeployment(namespace: string, name: string, image?: string): KubeObject {
  const { metadata, ...content } = template(image ?? 'nginx:1.27');
  const labels = { ...metadata.labels, 'kubefed.io/managed': 'true' };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace, labels }, ...content };
}

export function federatedNamespace(namespace: string): FederatedObject {
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedNamespace',
    metadata: { name: namespace, namespace },
    spec: { placement: { clusters: MEMBERS.map((name) => ({ name })) } },
  };
}

/** Runs `task` for 0 … count-1, at most `parallel` at a time. */
export async function each(count: number, parallel: number, task: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, count) }, worker));
}
