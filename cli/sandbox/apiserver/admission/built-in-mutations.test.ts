import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import type { AdmissionAttributes } from './attributes.ts';
import { addWhatPluginsAdd } from './built-in-mutations.ts';

/** What becomes of an object in a cluster that holds these. */
function admitted(
  storageKey: string,
  object: object,
  held: Readonly<Record<string, readonly KubeObject[]>> = {},
  over: Partial<AdmissionAttributes> = {},
): KubeObject {
  const own = structuredClone({ metadata: { name: 'x', namespace: 'd' }, ...object }) as KubeObject;
  const list = (key: string): Stored[] =>
    (held[key] ?? []).map((each) => ({
      ...{ storageKey: key, namespace: '', name: each.metadata.name ?? '', object: each, revision: 1, json: '' },
    }));
  const attributes: AdmissionAttributes = {
    operation: 'CREATE',
    definition: { group: '', version: 'v1', kind: '', plural: storageKey, namespaced: true, storageKey },
    subresource: '',
    namespace: 'd',
    name: 'x',
    object: own,
    oldObject: undefined,
    dryRun: false,
    ...over,
  };
  addWhatPluginsAdd(attributes, own, { list } as unknown as Storage);
  return own;
}

const podSpec = (object: KubeObject) => (object as unknown as V1Pod).spec;
const priorityClass = (name: string, value: number, more: object = {}): KubeObject => ({
  metadata: { name },
  value,
  preemptionPolicy: 'PreemptLowerPriority',
  ...more,
});
const CLASSES = 'priorityclasses.scheduling.k8s.io';

describe('a new Pod', () => {
  it('stays five minutes on a lost Node, and has a priority', () => {
    expect(podSpec(admitted('pods', { spec: { containers: [] } }))).toEqual({
      containers: [],
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
    });
  });

  it('keeps the tolerations that it says itself', () => {
    const tolerations = [{ operator: 'Exists', effect: 'NoExecute' }];
    expect(podSpec(admitted('pods', { spec: { tolerations } }))?.tolerations).toEqual(tolerations);
  });

  it('has the priority of its class, or of the default one', () => {
    const held = { [CLASSES]: [priorityClass('high', 100), priorityClass('usual', 7, { globalDefault: true })] };
    expect(podSpec(admitted('pods', { spec: { priorityClassName: 'high' } }, held))?.priority).toBe(100);
    expect(podSpec(admitted('pods', { spec: {} }, held))).toMatchObject({ priority: 7, priorityClassName: 'usual' });
    const critical = { spec: { priorityClassName: 'system-node-critical' } };
    expect(podSpec(admitted('pods', critical))?.priority).toBe(2_000_001_000);
  });

  it('is refused when there is no such class, or it names another priority', () => {
    expect(() => admitted('pods', { spec: { priorityClassName: 'none' } })).toThrow(
      'pods "x" is forbidden: no PriorityClass with name none was found',
    );
    expect(() => admitted('pods', { spec: { priority: 5 } })).toThrow(
      'the integer value of priority (5) must not be provided in pod spec',
    );
  });
});

it('keeps the priority of a Pod whose update leaves it out', () => {
  const oldObject = { metadata: {}, spec: { priority: 3, preemptionPolicy: 'Never' } };
  const updated = admitted('pods', { spec: {} }, {}, { operation: 'UPDATE', oldObject });
  expect(podSpec(updated)).toMatchObject({ priority: 3, preemptionPolicy: 'Never' });
});

it('protects volumes that are in use', () => {
  expect(admitted('persistentvolumeclaims', { spec: {} }).metadata.finalizers).toEqual([
    'kubernetes.io/pvc-protection',
  ]);
  expect(admitted('persistentvolumes', { spec: {} }).metadata.finalizers).toEqual(['kubernetes.io/pv-protection']);
});

it('gives claims and Ingresses the default class, the newest if there are several', () => {
  const isDefault = (annotation: string, name: string, creationTimestamp: string): KubeObject => ({
    metadata: { name, creationTimestamp, annotations: { [annotation]: 'true' } },
  });
  const storage = 'storageclass.kubernetes.io/is-default-class';
  const ingress = 'ingressclass.kubernetes.io/is-default-class';
  const held = {
    'storageclasses.storage.k8s.io': [
      isDefault(storage, 'old', '2025-01-01T00:00:00Z'),
      isDefault(storage, 'new', '2026-01-01T00:00:00Z'),
    ],
    'ingressclasses.networking.k8s.io': [isDefault(ingress, 'web', '2025-01-01T00:00:00Z')],
  };
  expect(admitted('persistentvolumeclaims', { spec: {} }, held).spec).toEqual({ storageClassName: 'new' });
  expect(admitted('persistentvolumeclaims', { spec: { storageClassName: '' } }, held).spec).toEqual({
    storageClassName: '',
  });
  expect(admitted('ingresses.networking.k8s.io', { spec: {} }, held).spec).toEqual({ ingressClassName: 'web' });
});

it('lets nothing be scheduled onto a Node that never reported', () => {
  expect(admitted('nodes', {}).spec).toEqual({
    taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }],
  });
});

it('leaves subresources and other kinds alone', () => {
  expect(admitted('pods', { spec: {} }, {}, { subresource: 'status' }).spec).toEqual({});
  expect(admitted('configmaps', { data: {} })).toEqual({ metadata: { name: 'x', namespace: 'd' }, data: {} });
});
