/**
 * Writes built-in.json: the schemas of the built-in kinds that the embedded API server serves, as the real one publishes them,
 * and how Go encodes their fields. Run by hand when Kubernetes' version moves:
 *
 *     npm run kube -- up schema --controllers none --kubeconfig /tmp/schema.kubeconfig
 *     KUBECONFIG=/tmp/schema.kubeconfig npx tsx cli/sandbox/apiserver/schema/generate.ts
 *     npm run kube -- down
 *
 * Needs kubectl and Go.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../package-root.ts';
import { type BuiltInDocument, DOCUMENT_PATH, type RawSchema, REFERENCE_PREFIX } from './built-in-document.ts';

/** What is served, and the kinds that requests and answers carry beside it. Lists come with their kinds. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  'api/v1': [
    'Binding',
    'ConfigMap',
    'Endpoints',
    'Event',
    'LimitRange',
    'Namespace',
    'Node',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'Pod',
    'PodTemplate',
    'ReplicationController',
    'ResourceQuota',
    'Secret',
    'Service',
    'ServiceAccount',
  ],
  'apis/admissionregistration.k8s.io/v1': ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
  'apis/apiextensions.k8s.io/v1': ['CustomResourceDefinition'],
  'apis/apiregistration.k8s.io/v1': ['APIService'],
  'apis/apps/v1': ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
  'apis/authentication.k8s.io/v1': ['SelfSubjectReview', 'TokenRequest', 'TokenReview'],
  'apis/authorization.k8s.io/v1': [
    'LocalSubjectAccessReview',
    'SelfSubjectAccessReview',
    'SelfSubjectRulesReview',
    'SubjectAccessReview',
  ],
  'apis/autoscaling/v1': ['HorizontalPodAutoscaler', 'Scale'],
  'apis/autoscaling/v2': ['HorizontalPodAutoscaler'],
  'apis/batch/v1': ['CronJob', 'Job'],
  'apis/coordination.k8s.io/v1': ['Lease'],
  'apis/discovery.k8s.io/v1': ['EndpointSlice'],
  'apis/events.k8s.io/v1': ['Event'],
  'apis/networking.k8s.io/v1': ['IPAddress', 'Ingress', 'IngressClass', 'NetworkPolicy', 'ServiceCIDR'],
  'apis/policy/v1': ['Eviction', 'PodDisruptionBudget'],
  'apis/rbac.authorization.k8s.io/v1': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  'apis/scheduling.k8s.io/v1': ['PriorityClass'],
  'apis/storage.k8s.io/v1': ['StorageClass'],
};

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const ALWAYS = ['APIGroup', 'APIGroupList', 'APIResourceList', 'DeleteOptions', 'Patch', 'Status', 'WatchEvent'];

const published = new Map<string, RawSchema>();
const wanted = new Set<string>();

for (const path of Object.keys(KINDS)) {
  for (const [name, schema] of Object.entries(schemasAt(`/openapi/v3/${path}`))) {
    const kept = withoutSharedKinds(name, schema);
    const other = published.get(name);
    // Should the documents of two group-versions ever disagree about a type, one schema per name is no longer enough.
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(kept)) throw new Error(`two schemas: ${name}`);
    published.set(name, kept);
  }
}
for (const [path, kinds] of Object.entries(KINDS)) {
  const groupVersion = path.replace(/^apis?\//, '');
  for (const kind of kinds) {
    const found = [...published].filter(([, schema]) =>
      kindsOf(schema).some(
        (of) => `${of.group}/${of.version}`.replace(/^\//, '') === groupVersion && isKind(of.kind, kind),
      ),
    );
    if (found.length === 0) throw new Error(`${path} has no ${kind}`);
    for (const [name] of found) want(name);
  }
}
for (const name of ALWAYS) if (published.has(META + name)) want(META + name);

const goFields = JSON.parse(
  execFileSync(
    'go',
    ['run', '-C', join(packageRoot(), 'test/kube/kubernetes'), join(import.meta.dirname, 'go-types.go')],
    {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    },
  ),
) as Record<string, Record<string, string>>;

const names = [...wanted].sort();
const kubernetes = (JSON.parse(kubectl('/version')) as { gitVersion: string }).gitVersion;
const document: BuiltInDocument = {
  kubernetes,
  definitions: Object.fromEntries(names.map((name) => [name, published.get(name) ?? {}])),
  goFields: Object.fromEntries(names.flatMap((name) => (goFields[name] ? [[name, goFields[name]]] : []))),
};
const file = join(packageRoot(), DOCUMENT_PATH);
writeFileSync(file, onePerLine(document));
console.log(`${file}: ${names.length} schemas of Kubernetes ${kubernetes}`);

function want(name: string): void {
  if (wanted.has(name)) return;
  const schema = published.get(name);
  if (schema === undefined) throw new Error(`nothing is called ${name}`);
  wanted.add(name);
  for (const [, target] of JSON.stringify(schema).matchAll(new RegExp(`"\\$ref":"${REFERENCE_PREFIX}([^"]+)"`, 'g'))) {
    if (target !== undefined) want(target);
  }
}

function isKind(actual: string, kind: string): boolean {
  return actual === kind || actual === `${kind}List`;
}

function kindsOf(schema: RawSchema): { group: string; version: string; kind: string }[] {
  return schema['x-kubernetes-group-version-kind'] ?? [];
}

/** DeleteOptions, Status and WatchEvent are of every group-version: each document names its own, so here they are of none. */
function withoutSharedKinds(name: string, schema: RawSchema): RawSchema {
  if (!name.startsWith(META)) return schema;
  const { 'x-kubernetes-group-version-kind': _, ...rest } = schema;
  return rest;
}

function schemasAt(path: string): Record<string, RawSchema> {
  const document = JSON.parse(kubectl(path)) as { components: { schemas: Record<string, RawSchema> } };
  return document.components.schemas;
}

function kubectl(path: string): string {
  return execFileSync('kubectl', ['get', '--raw', path], { encoding: 'utf8', maxBuffer: 2 ** 26 });
}

/** JSON that a diff can be read of: a line per type. */
function onePerLine(document: BuiltInDocument): string {
  const section = (entries: Readonly<Record<string, unknown>>) =>
    Object.entries(entries)
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
      .join(',\n');
  const { kubernetes, definitions, goFields } = document;
  return `{"kubernetes":${JSON.stringify(kubernetes)},\n"definitions":{\n${section(definitions)}\n},\n"goFields":{\n${section(goFields)}\n}}\n`;
}
