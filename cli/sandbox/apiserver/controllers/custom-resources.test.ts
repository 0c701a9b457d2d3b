import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { type ApiServer, startApiServer } from '../api-server.ts';
import { AS_API_SERVER, definitionOf } from './controller.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from './storage-keys.ts';

const NAME = 'widgets.example.com';
const APPEARS = { apiVersion: 'example.com/v1', kind: 'Widget' };

let earth: ApiServer;
const errors: unknown[] = [];

beforeEach(async () => {
  earth = await startApiServer({ name: 'earth', onError: (error) => errors.push(error) });
});

afterEach(async () => {
  await earth.close();
  expect(errors).toEqual([]);
});

describe('a CRD', () => {
  it('is established, and its group is served', async () => {
    create(crd('widgets', 'Widget'));
    await until(() => conditionOf('Established') === 'True');
    expect(stored()?.status).toMatchObject({
      acceptedNames: { kind: 'Widget', plural: 'widgets' },
      storedVersions: ['v1'],
      conditions: [
        { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts' },
        { type: 'Established', status: 'True', reason: 'InitialNamesAccepted' },
      ],
    });
    await until(() => apiServices().includes('v1.example.com'));
  });

  it('waits for names that another one has, until they are free', async () => {
    create(crd('widgets', 'Widget'));
    await until(() => conditionOf('Established') === 'True');
    create(crd('others', 'Widget'));
    const other = 'others.example.com';
    await until(() => conditionOf('NamesAccepted', other) === 'False');
    remove(stored());
    await until(() => conditionOf('Established', other) === 'True');
  });

  it('takes its objects along, waits for their finalizers, and leaves nothing served', async () => {
    create(crd('widgets', 'Widget'));
    await until(() => conditionOf('Established') === 'True' && definition() !== undefined);
    create({ ...APPEARS, metadata: { name: 'a', namespace: 'default' } });
    create({ ...APPEARS, metadata: { name: 'b', namespace: 'kube-system', finalizers: ['example.com/hold'] } });
    remove(stored());
    expect(stored()?.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
    await until(() => earth.storage.list(NAME).length === 1);
    expect(reasonOf('Terminating')).toBe('InstanceDeletionInProgress');
    const widget = definition();
    if (widget === undefined) throw new Error('Widgets are served no more');
    const ref = { namespace: 'kube-system', name: 'b' };
    const free = (object: KubeObject) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } });
    earth.cluster.registry.update(widget, ref, free, AS_API_SERVER);
    await until(() => stored() === undefined);
    await until(() => !apiServices().includes('v1.example.com'));
    expect(earth.storage.list(NAME)).toEqual([]);
    expect(definition()).toBeUndefined();
  });
});

function crd(plural: string, kind: string): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural, kind },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  };
}

function create(object: KubeObject): void {
  const served = definitionOf(earth.cluster, object);
  if (served === undefined) throw new Error(`${object.kind} is not served`);
  earth.cluster.registry.create(served, object, AS_API_SERVER);
}

function remove(object: ReturnType<typeof stored>): void {
  const served = object === undefined ? undefined : definitionOf(earth.cluster, object);
  if (served === undefined) throw new Error('nothing to delete');
  earth.cluster.registry.delete(served, { namespace: '', name: object?.metadata.name ?? '' }, AS_API_SERVER);
}

function definition() {
  return earth.cluster.definitionOfKind('example.com', 'Widget');
}

function stored(name = NAME) {
  return earth.storage.get(CUSTOM_RESOURCE_DEFINITIONS, '', name)?.object;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

function conditions(name: string): readonly Condition[] {
  return (stored(name)?.status as { conditions?: readonly Condition[] } | undefined)?.conditions ?? [];
}

function conditionOf(type: string, name = NAME): string | undefined {
  return conditions(name).find((condition) => condition.type === type)?.status;
}

function reasonOf(type: string): string | undefined {
  return conditions(NAME).find((condition) => condition.type === type)?.reason;
}

function apiServices(): string[] {
  return earth.storage.list('apiservices.apiregistration.k8s.io').map(({ name }) => name);
}

/** Resolves with the write that makes it true. */
function until(holds: () => boolean): Promise<void> {
  if (holds()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = earth.storage.subscribe(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}
