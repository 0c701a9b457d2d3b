import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { keyTag } from './names.ts';

export interface NetclientManifest {
  /** UID of the control plane, as the provider has it. */
  readonly owner: string;
  readonly cluster: string;
  /** In the member; it has to exist. */
  readonly namespace: string;
  /** Gateway nodes, by their label `kubernetes.io/hostname`: the node's name, where nobody gave it another. */
  readonly nodes: readonly string[];
  /** The Netmaker server's, as `capabilities` tells it: netclient has to be of the same. */
  readonly serverVersion: string;
  /** Instead of the image that fits the server. */
  readonly image?: string;
  /** Holds the key `token`: what `enrollmentToken` answers. Default `fedmesh-netclient`. */
  readonly secretName?: string;
}

export const NETCLIENT_NAME = 'fedmesh-netclient';
export const NETCLIENT_SECRET_KEY = 'token';

/**
 * The DaemonSet that has a member's gateway nodes join the Netmaker network. It runs in the node's own network, and keeps the machine's identity in
 * /etc/netclient of the node: restarted, it is the same gateway as before. The host joins under a name that no other member's node has.
 * Throws a TypeError without nodes, or for a server whose version names no image.
 */
export function netclientDaemonSet(manifest: NetclientManifest): KubeObject {
  const { owner, cluster, namespace, nodes } = manifest;
  if (nodes.length === 0)
    throw new TypeError(`no gateway node is named for "${cluster}": netclient would run on every node`);
  const labels = { 'app.kubernetes.io/name': NETCLIENT_NAME, 'app.kubernetes.io/managed-by': 'fedmesh' };
  const selector = { 'app.kubernetes.io/name': NETCLIENT_NAME };
  const secret = { name: manifest.secretName ?? NETCLIENT_NAME, key: NETCLIENT_SECRET_KEY };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: NETCLIENT_NAME, namespace, labels },
    spec: {
      selector: { matchLabels: selector },
      // Two of them on one node would fight over the interface.
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          // The server is found without the cluster's DNS, which may itself wait for the network.
          dnsPolicy: 'Default',
          automountServiceAccountToken: false,
          priorityClassName: 'system-node-critical',
          terminationGracePeriodSeconds: 15,
          tolerations: [{ operator: 'Exists' }],
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [...nodes] }] },
                ],
              },
            },
          },
          containers: [
            {
              name: 'netclient',
              image: manifest.image ?? imageFor(manifest.serverVersion),
              env: [
                { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
                { name: 'HOST_NAME', value: `${keyTag(owner, cluster)}-$(NODE_NAME)` },
                { name: 'TOKEN', valueFrom: { secretKeyRef: secret } },
              ],
              securityContext: {
                allowPrivilegeEscalation: false,
                runAsUser: 0,
                capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] },
              },
              resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
              volumeMounts: [
                { name: 'identity', mountPath: '/etc/netclient' },
                { name: 'tun', mountPath: '/dev/net/tun' },
              ],
            },
          ],
          volumes: [
            { name: 'identity', hostPath: { path: '/etc/netclient', type: 'DirectoryOrCreate' } },
            { name: 'tun', hostPath: { path: '/dev/net/tun', type: 'CharDevice' } },
          ],
        },
      },
    },
  };
}

function imageFor(version: string): string {
  const tag = /^v?(\d+\.\d+\.\d+(?:-[a-z0-9.]+)?)$/i.exec(version)?.[1];
  if (tag === undefined) {
    throw new TypeError(
      `the Netmaker server's version ${JSON.stringify(version)} names no release of netclient: say which image to use`,
    );
  }
  return `gravitl/netclient:v${tag}`;
}
