import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { validateFederatedObject } from '../../apis/types/v1beta1/federated-object-validation.ts';
import { baseOf } from '../../controller/sync/render/render.ts';
import { FederatedReviewer } from '../../controller/webhook/federated-reviewer.ts';

const TARGET = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const cluster = fc.constantFrom('earth', 'vulcan', 'mars');
const path = fc.constantFrom('/data/a', '/data/b', '/metadata/name', '/kind', '/spec/replicas', 'data', '/~2', '');
const override = fc.record(
  { op: fc.constantFrom('add', 'remove', 'replace', '', 'move'), path, value: fc.constantFrom(null, -1, 1, 'x') },
  { requiredKeys: ['path'] },
);
const spec = fc.record({
  template: fc.constantFrom({ data: { a: '1' } }, {}, { metadata: { labels: 'x' } }),
  overrides: fc.array(fc.record({ clusterName: cluster, clusterOverrides: fc.array(override, { maxLength: 3 }) }), {
    maxLength: 3,
  }),
});
const objects = spec.map(
  (each) =>
    ({ kind: 'FederatedConfigMap', metadata: { name: 'x', namespace: 'd' }, spec: each }) as unknown as FederatedObject,
);
const reviewer = new FederatedReviewer({ namespace: 'system', typeConfigs: () => [] });

async function isAllowed(object: KubeObject, oldObject?: KubeObject): Promise<boolean> {
  const { allowed } = await reviewer.review({
    uid: 'u',
    operation: oldObject === undefined ? 'CREATE' : 'UPDATE',
    resource: { group: 'types.kubefed.io', version: 'v1beta1', resource: 'federatedconfigmaps' },
    object,
    oldObject: oldObject ?? null,
  });
  return allowed;
}

it('what the sync could do for no cluster is refused by the webhook, always', async () => {
  await fc.assert(
    fc.asyncProperty(objects, async (object) => {
      if ('error' in baseOf(object, TARGET)) expect(await isAllowed(object)).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});

it('what the sync refuses of overrides as a whole has been told at its place', () => {
  fc.assert(
    fc.property(objects, (object) => {
      const base = baseOf(object, TARGET);
      if ('error' in base && base.status === 'ApplyOverridesFailed') {
        expect(validateFederatedObject(object)).not.toEqual([]);
      }
    }),
    { numRuns: 1_000 },
  );
});

it('an update that changes nothing is never refused, whatever came in before', async () => {
  await fc.assert(
    fc.asyncProperty(objects, async (object) => {
      expect(await isAllowed(object, object)).toBe(true);
    }),
  );
});
