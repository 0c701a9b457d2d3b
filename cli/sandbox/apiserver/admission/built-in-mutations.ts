import type { V1Node, V1PersistentVolumeClaim, V1Pod, V1Toleration } from '@kubernetes/client-node';
import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import { type AdmissionAttributes, refused } from './attributes.ts';

/**
 * What Kubernetes' own admission plugins add to an object, in place: default tolerations and priority of Pods, protection of
 * volumes in use, default classes of claims and Ingresses, the taint of new Nodes. Runs after fields got their owners: nobody
 * owns what is added here. The plugin `ServiceAccount` is left out: it would mount tokens that no kubelet renews.
 *
 * @throws StatusError 403 for a Pod of a PriorityClass that is not there
 */
export function addWhatPluginsAdd(attributes: AdmissionAttributes, object: KubeObject, storage: Storage): void {
  if (attributes.subresource !== '') return;
  if (attributes.operation === 'CREATE') mutateNew(attributes, object, storage);
  if (attributes.operation === 'UPDATE' && attributes.definition.storageKey === 'pods') {
    const pod = object as unknown as V1Pod;
    addTolerations(pod);
    keepPriority(pod, attributes.oldObject as unknown as DeepReadonly<V1Pod> | undefined);
  }
}

function mutateNew(attributes: AdmissionAttributes, object: KubeObject, storage: Storage): void {
  switch (attributes.definition.storageKey) {
    case 'pods':
      addTolerations(object as unknown as V1Pod);
      addPriority(attributes, object as unknown as V1Pod, storage);
      break;
    case 'persistentvolumeclaims':
      addFinalizer(object, 'kubernetes.io/pvc-protection');
      addStorageClass(object as unknown as V1PersistentVolumeClaim, storage);
      break;
    case 'persistentvolumes':
      addFinalizer(object, 'kubernetes.io/pv-protection');
      break;
    case 'ingresses.networking.k8s.io':
      addIngressClass(object, storage);
      break;
    case 'nodes':
      addNotReadyTaint(object as unknown as V1Node);
      break;
    default:
  }
}

/** The plugin `DefaultTolerationSeconds`: a Pod stays five minutes on a Node that is lost. */
function addTolerations(pod: V1Pod): void {
  const { spec } = pod;
  if (spec === undefined) return;
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerates = spec.tolerations?.some((each) => toleratesTaint(each, key)) ?? false;
    if (tolerates) continue;
    const added: V1Toleration = { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 };
    spec.tolerations = [...(spec.tolerations ?? []), added];
  }
}

function toleratesTaint(toleration: V1Toleration, key: string): boolean {
  const sameKey = toleration.key === key || !toleration.key;
  return sameKey && (toleration.effect === 'NoExecute' || !toleration.effect);
}

/** Classes that are there without an object. */
const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

/** The plugin `Priority`. */
function addPriority(attributes: AdmissionAttributes, pod: V1Pod, storage: Storage): void {
  const { spec } = pod;
  if (spec === undefined) return;
  const classes = storage.list('priorityclasses.scheduling.k8s.io');
  const named = spec.priorityClassName;
  const found = named ? classes.find(({ name }) => name === named) : defaultPriorityClass(classes);
  const system = named === undefined ? undefined : SYSTEM_PRIORITIES[named];
  if (named && found === undefined && system === undefined) {
    throw refused(attributes, `no PriorityClass with name ${named} was found`);
  }
  const value = (found?.object.value as number | undefined) ?? system ?? 0;
  const policy = (found?.object.preemptionPolicy as string | undefined) ?? 'PreemptLowerPriority';
  if (spec.priority !== undefined && spec.priority !== value) {
    throw refused(
      attributes,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw refused(
      attributes,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  }
  if (!named && found !== undefined) spec.priorityClassName = found.name;
  spec.priority = value;
  spec.preemptionPolicy = policy;
}

/** A client that leaves them out does not mean to take them away. */
function keepPriority({ spec }: V1Pod, old: DeepReadonly<V1Pod> | undefined): void {
  if (spec === undefined || old?.spec === undefined) return;
  if (old.spec.priority !== undefined) spec.priority ??= old.spec.priority;
  if (old.spec.preemptionPolicy !== undefined) spec.preemptionPolicy ??= old.spec.preemptionPolicy;
}

function defaultPriorityClass(classes: readonly Stored[]): Stored | undefined {
  const defaults = classes.filter(({ object }) => object.globalDefault === true);
  return defaults.toSorted((a, b) => Number(a.object.value) - Number(b.object.value))[0];
}

/** The plugin `StorageObjectInUseProtection`. */
function addFinalizer(object: KubeObject, finalizer: string): void {
  const { finalizers = [] } = object.metadata;
  if (!finalizers.includes(finalizer)) object.metadata.finalizers = [...finalizers, finalizer];
}

/** The plugin `DefaultStorageClass`. */
function addStorageClass({ spec, metadata }: V1PersistentVolumeClaim, storage: Storage): void {
  if (spec === undefined || spec.storageClassName !== undefined) return;
  if (metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined) return;
  const found = defaultClass(
    storage.list('storageclasses.storage.k8s.io'),
    'storageclass.kubernetes.io/is-default-class',
  );
  if (found !== undefined) spec.storageClassName = found.name;
}

/** The plugin `DefaultIngressClass`. */
function addIngressClass(ingress: KubeObject, storage: Storage): void {
  const spec = ingress.spec as { ingressClassName?: string } | undefined;
  if (spec === undefined || spec.ingressClassName !== undefined) return;
  if (ingress.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined) return;
  const found = defaultClass(
    storage.list('ingressclasses.networking.k8s.io'),
    'ingressclass.kubernetes.io/is-default-class',
  );
  if (found !== undefined) spec.ingressClassName = found.name;
}

/** The newest of those that say they are; of equally old ones the first by name. */
function defaultClass(classes: readonly Stored[], annotation: string): Stored | undefined {
  const created = ({ object }: Stored) => object.metadata.creationTimestamp ?? '';
  return classes
    .filter(({ object }) => object.metadata.annotations?.[annotation] === 'true')
    .toSorted((a, b) => (created(a) > created(b) ? -1 : created(a) < created(b) ? 1 : a.name < b.name ? -1 : 1))[0];
}

/** The plugin `TaintNodesByCondition`: nothing is scheduled onto a Node that never reported. */
function addNotReadyTaint(node: V1Node): void {
  const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
  node.spec ??= {};
  const { taints = [] } = node.spec;
  if (!taints.some(({ key, effect }) => key === taint.key && effect === taint.effect)) {
    node.spec.taints = [...taints, taint];
  }
}
