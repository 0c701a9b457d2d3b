import { createHash } from 'node:crypto';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import { CONTROL_PLANE_ANNOTATION } from '../../../apis/well-known.ts';
import { formatRouteList, type RouteList } from './route-list.ts';

/** Of the DaemonSet and the ConfigMap, in the control plane's namespace of a member. */
export const NODE_ROUTES_NAME = 'fedmesh-routes';
export const NODE_ROUTES_SELECTOR = `app.kubernetes.io/name=${NODE_ROUTES_NAME}`;
/** Annotation: what was applied, so that it is known whether it differs from what is wanted, whatever a server filled in. */
export const NODE_ROUTES_DIGEST = 'fedmesh.io/applied-digest';

/** On 127.0.0.1 of each node, for kubelet. */
const HEALTH_PORT = 10_271;
const DIRECTORY = '/etc/fedmesh-routes';

export interface NodeRoutesManifest {
  /** UID of the control plane. */
  readonly owner: string;
  /** In the member; it has to exist. */
  readonly namespace: string;
  readonly image: string;
  readonly list: RouteList;
}

/** What gives the nodes of a member their routes. The list is read again when it changes: nothing is restarted for it. */
export interface NodeRoutesObjects {
  readonly configMap: KubeObject;
  readonly daemonSet: KubeObject;
  readonly digest: string;
}

/**
 * In the nodes' own network, with the one capability that changing routes takes, without credentials, on every Linux node but the gateways: they
 * have the mesh's own routes.
 */
export function nodeRoutesObjects({ owner, namespace, image, list }: NodeRoutesManifest): NodeRoutesObjects {
  const data = { 'routes.json': formatRouteList(list) };
  const spec = daemonSetSpec(image, list.gateways);
  const digest = createHash('sha256').update(JSON.stringify({ owner, data, spec })).digest('hex').slice(0, 16);
  const metadata = {
    name: NODE_ROUTES_NAME,
    namespace,
    labels: { 'app.kubernetes.io/name': NODE_ROUTES_NAME, 'app.kubernetes.io/managed-by': 'fedmesh' },
    annotations: { [CONTROL_PLANE_ANNOTATION]: owner, [NODE_ROUTES_DIGEST]: digest },
  };
  return {
    digest,
    configMap: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as KubeObject,
    daemonSet: { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec } as KubeObject,
  };
}

function daemonSetSpec(image: string, gateways: readonly string[]): object {
  const labels = { 'app.kubernetes.io/name': NODE_ROUTES_NAME };
  return {
    selector: { matchLabels: labels },
    // One that ends takes its routes away: two at a time would fight over them.
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    template: {
      metadata: { labels: { ...labels, 'app.kubernetes.io/part-of': 'fedmesh' } },
      spec: {
        hostNetwork: true,
        dnsPolicy: 'Default',
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 30,
        // Nodes that others are kept from have Pods that send, too.
        tolerations: [{ operator: 'Exists' }],
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        ...(gateways.length === 0 ? {} : { affinity: { nodeAffinity: notOn(gateways) } }),
        containers: [container(image)],
        volumes: [{ name: 'routes', configMap: { name: NODE_ROUTES_NAME } }],
      },
    },
  };
}

/** By their names, whatever their labels say; a field takes one name at a time. */
function notOn(gateways: readonly string[]): object {
  const matchFields = [...gateways].sort().map((name) => ({ key: 'metadata.name', operator: 'NotIn', values: [name] }));
  return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } };
}

function container(image: string): object {
  const check = (path: string) => ({ httpGet: { host: '127.0.0.1', path, port: HEALTH_PORT, scheme: 'HTTP' } });
  return {
    name: 'routes',
    image,
    args: ['routes'],
    env: [
      { name: 'NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
      { name: 'ROUTES_FILE', value: `${DIRECTORY}/routes.json` },
      { name: 'ROUTES_PORT', value: String(HEALTH_PORT) },
    ],
    readinessProbe: { ...check('/readyz'), periodSeconds: 10 },
    livenessProbe: { ...check('/healthz'), periodSeconds: 20, failureThreshold: 6 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsUser: 0,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    resources: { requests: { cpu: '5m', memory: '40Mi' }, limits: { memory: '128Mi' } },
    volumeMounts: [{ name: 'routes', mountPath: DIRECTORY, readOnly: true }],
  };
}
