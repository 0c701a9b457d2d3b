import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { StatusError } from '../errors/status-error.ts';
import { GenericRegistry } from '../registry/generic-registry.ts';
import type { ClusterServices } from '../resources/resource-definition.ts';
import { MemoryStorage } from '../storage/memory-storage.ts';
import { comparable, creates, type Recorded, recorded, updates } from './testing/exchanges.ts';

const answers = recorded();
const user = { username: 'admin', groups: ['system:masters'] };

describe('a create is answered as by kube-apiserver', () => {
  for (const { name, definition, namespace, object } of creates()) {
    test(name, () => {
      const registry = newRegistry();
      const answer = answerOf(201, () => registry.create(definition, inNamespace(object, namespace), options(true)));
      expect(comparable(answer)).toEqual(comparable(expected(name)));
    });
  }
});

describe('an update is answered as by kube-apiserver', () => {
  for (const { name, definition, namespace, object, change } of updates()) {
    test(name, () => {
      const registry = newRegistry();
      const created = registry.create(definition, inNamespace(object, namespace), options(false));
      const ref = { namespace: created.metadata.namespace ?? '', name: created.metadata.name ?? '' };
      const answer = answerOf(200, () =>
        registry.update(
          definition,
          ref,
          (stored) => change(stored as unknown as Record<string, unknown>) as unknown as KubeObject,
          options(true),
        ),
      );
      expect(comparable(answer)).toEqual(comparable(expected(name)));
    });
  }
});

/** As the endpoints do with the namespace in the path. */
function inNamespace(object: Record<string, unknown>, namespace: string): KubeObject {
  const metadata = object.metadata as KubeObject['metadata'];
  return { ...object, metadata: namespace === '' ? metadata : { ...metadata, namespace } };
}

function options(dryRun: boolean) {
  return { user, dryRun };
}

function expected(name: string): Recorded {
  const answer = answers.get(name);
  if (answer === undefined) throw new Error(`${name} is not recorded`);
  return answer;
}

function newRegistry(): GenericRegistry {
  const storage = new MemoryStorage();
  const cluster = { name: 'earth', serviceCidr: '10.100.0.0/16', podCidr: '10.200.0.0/16' } as ClusterServices;
  const clock = { now: () => Date.parse('2026-01-02T03:04:05Z') };
  return new GenericRegistry({ storage, clock: clock as never, cluster: () => cluster });
}

function answerOf(code: number, write: () => object): Recorded {
  try {
    return { code, body: JSON.parse(JSON.stringify(write())) as Recorded['body'] };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { code: error.code, body: JSON.parse(JSON.stringify(error.status)) as Recorded['body'] };
  }
}
