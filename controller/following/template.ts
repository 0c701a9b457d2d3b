import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedTemplate } from '../../apis/types/v1beta1/federated-object.ts';

type Fields = Record<string, unknown>;

/** Annotations that a cluster's own machinery writes: true of that object in that cluster, and nowhere else. */
const LOCAL_ANNOTATIONS = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/',
  'deprecated.daemonset.template.generation',
  'control-plane.alpha.kubernetes.io/',
  'endpoints.kubernetes.io/',
  'pv.kubernetes.io/',
  'volume.kubernetes.io/selected-node',
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
  'batch.kubernetes.io/job-tracking',
  'autoscaling.alpha.kubernetes.io/',
  'kubefed.io/',
  'fedmesh.io/',
];

/** Labels that the API server or a controller sets by itself in every cluster. */
const LOCAL_LABELS = ['kubernetes.io/metadata.name', 'kubefed.io/managed', 'fedmesh.io/follow'];
const JOB_LABELS = ['controller-uid', 'batch.kubernetes.io/controller-uid', 'job-name', 'batch.kubernetes.io/job-name'];

/**
 * What of an object in one cluster makes sense in all of them: labels, annotations and what a person wrote, without what that
 * cluster gave it (identity, status, addresses, ports, bindings). Name, namespace, kind and apiVersion come from the federated object
 * and the type config, as in KubeFed.
 */
export function templateOf(object: KubeObject, target: Pick<Resource, 'group' | 'kind'>): FederatedTemplate {
  const { apiVersion: _apiVersion, kind: _kind, metadata, status: _status, ...fields } = structuredClone(object);
  const isJob = target.group === 'batch' && target.kind === 'Job';
  const labels = without(metadata.labels, [...LOCAL_LABELS, ...(isJob ? JOB_LABELS : [])]);
  const annotations = without(metadata.annotations, LOCAL_ANNOTATIONS);
  const kept = {
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  STRIP[target.group === '' ? target.kind : `${target.kind}.${target.group}`]?.(fields);
  return { ...(Object.keys(kept).length === 0 ? {} : { metadata: kept }), ...fields };
}

/** What clusters give to objects of some kinds, by kind and group. */
const STRIP: Readonly<Record<string, (fields: Fields) => void>> = {
  Namespace: stripNamespace,
  Service: stripService,
  // Token Secrets belong to the cluster that signed them.
  ServiceAccount: (fields) => delete fields.secrets,
  PersistentVolumeClaim: ({ spec }) => isFields(spec) && delete spec.volumeName,
  PersistentVolume: ({ spec }) => isFields(spec) && delete spec.claimRef,
  Pod: stripPod,
  'Job.batch': stripJob,
};

function stripNamespace(fields: Fields): void {
  if (!isFields(fields.spec)) return;
  delete fields.spec.finalizers;
  if (Object.keys(fields.spec).length === 0) delete fields.spec;
}

function stripService(fields: Fields): void {
  const { spec } = fields;
  if (!isFields(spec)) return;
  // Headless is what a person chose; an address is what the cluster gave.
  if (spec.clusterIP !== 'None') {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
  delete spec.healthCheckNodePort;
  for (const port of listOf(spec.ports)) delete port.nodePort;
}

/** A Pod that was scheduled: its node, and the token volume that admission put in. */
function stripPod(fields: Fields): void {
  const { spec } = fields;
  if (!isFields(spec)) return;
  delete spec.nodeName;
  delete spec.serviceAccount;
  const isTokenVolume = (entry: Fields) => typeof entry.name === 'string' && entry.name.startsWith('kube-api-access-');
  dropFrom(spec, 'volumes', isTokenVolume);
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    for (const container of listOf(spec[list])) dropFrom(container, 'volumeMounts', isTokenVolume);
  }
}

/** The selector and the labels by which a Job finds its Pods hold its UID, unless the person chose them. */
function stripJob(fields: Fields): void {
  const { spec } = fields;
  if (!isFields(spec) || spec.manualSelector === true) return;
  delete spec.selector;
  const metadata = isFields(spec.template) ? spec.template.metadata : undefined;
  if (!isFields(metadata)) return;
  const labels = without(isFields(metadata.labels) ? metadata.labels : undefined, JOB_LABELS);
  if (labels === undefined) delete metadata.labels;
  else metadata.labels = labels;
  if (metadata.creationTimestamp === null) delete metadata.creationTimestamp;
}

/** The map without the keys named, or those under a prefix named with a final slash; undefined when nothing is left. */
function without<Value>(
  map: Record<string, Value> | undefined,
  keys: readonly string[],
): Record<string, Value> | undefined {
  const left = Object.entries(map ?? {}).filter(
    ([key]) => !keys.some((local) => key === local || (local.endsWith('/') && key.startsWith(local))),
  );
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

function dropFrom(owner: Fields, list: string, matches: (entry: Fields) => boolean): void {
  if (!Array.isArray(owner[list])) return;
  const left = owner[list].filter((entry) => !(isFields(entry) && matches(entry)));
  if (left.length === 0) delete owner[list];
  else owner[list] = left;
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
