import { configMap, crd, deployment, pod, role, secret, service, WIDGET_SCHEMA } from './objects.ts';
import type { Answer, Wire } from './wire.ts';

/** What is there before the first request: one of each kind, named `one`. Nothing that follows changes it. */
export const NAMESPACE = 'fuzz';
export const GROUP = 'fuzz.example.com';

export interface FuzzedKind {
  readonly plural: string;
  /** Of its objects, such as `/api/v1/namespaces/fuzz/configmaps`. */
  readonly path: string;
  readonly object: object;
  readonly subresources: readonly string[];
}

function kind(start: string, plural: string, object: object, subresources: readonly string[] = []): FuzzedKind {
  return { plural, path: `${start}/namespaces/${NAMESPACE}/${plural}`, object, subresources };
}

const custom = (kindName: string, spec: object): object => ({
  apiVersion: `${GROUP}/v1`,
  kind: kindName,
  metadata: { name: 'one' },
  spec,
});

export const KINDS: readonly FuzzedKind[] = [
  kind('/api/v1', 'configmaps', configMap('one')),
  kind('/api/v1', 'services', service('one'), ['status']),
  kind('/api/v1', 'secrets', secret('one')),
  kind('/api/v1', 'pods', pod('one'), ['status', 'eviction', 'binding']),
  kind('/apis/apps/v1', 'deployments', deployment('one'), ['status', 'scale']),
  kind('/apis/rbac.authorization.k8s.io/v1', 'roles', role('one', [])),
  kind(`/apis/${GROUP}/v1`, 'widgets', custom('Widget', { size: 4, colour: 'red', parts: ['a'], free: { a: [1] } }), [
    'status',
    'scale',
  ]),
  kind(`/apis/${GROUP}/v1`, 'sheds', custom('Shed', { a: { b: [1, 'x'] } })),
];

const version = (schema: object, subresources: object = {}) => ({
  versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources }],
});
/** One with all there is, one that takes everything. */
const CRDS = [
  crd(
    GROUP,
    version(WIDGET_SCHEMA, {
      status: {},
      scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.replicas' },
    }),
  ),
  crd(GROUP, version({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }), 'Shed'),
];

/** Makes it all; throws what a server says that will not have it. */
export async function makeWorld(wire: Wire, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = (path: string, object: object) =>
    eventually(201, () => wire.send({ method: 'POST', path, headers, body: JSON.stringify(object) }));
  await post('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  for (const one of CRDS) await post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', one);
  const paths = KINDS.map(({ path }) => path);
  for (const [at, { object }] of KINDS.entries()) await post(paths[at] ?? '', object);
  // Until its history is compacted, a server knows what was stored at the first revisions.
  const early = `${paths[0]}?resourceVersion=5&resourceVersionMatch=Exact`;
  await eventually(410, () => wire.send({ method: 'GET', path: early, headers }));
}

const PATIENCE_MS = 30_000;

/** Controllers and caches take their time: CRDs to be served, the namespace's ServiceAccount for its Pod. */
async function eventually(code: number, send: () => Promise<Answer>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await send();
    if (answer.code === code || (code === 201 && answer.code === 409)) return;
    if (Date.now() > deadline) throw new Error(`${code} was expected, not ${answer.code}: ${answer.text}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
