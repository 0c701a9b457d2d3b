import fc from 'fast-check';
import { applyPatch, type Operation } from 'rfc6902';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { ClusterOverrides, FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { FOLLOW_LABEL, FOLLOWED_FROM_ANNOTATION } from '../../apis/well-known.ts';
import { copyOnly, markOf } from '../../controller/following/copy.ts';
import { decide, type Verdict } from '../../controller/following/decide.ts';
import { federate, placementFor } from '../../controller/following/federated-object.ts';
import { originalLook, withoutStatus } from '../../controller/following/original.ts';
import { followPatch, letGoPatch } from '../../controller/following/patch.ts';

const CONFIG_MAPS = { group: '', kind: 'ConfigMap', plural: 'configmaps' };
const TYPES = {
  targetType: { group: '', version: 'v1', kind: 'ConfigMap', pluralName: 'configmaps', scope: 'Namespaced' },
  federatedType: {
    group: 'types.kubefed.io',
    version: 'v1beta1',
    kind: 'FederatedConfigMap',
    pluralName: 'federatedconfigmaps',
    scope: 'Namespaced',
  },
} as const;

const OVERRIDES: ClusterOverrides[] = [{ clusterName: 'a', clusterOverrides: [{ path: '/data/a', value: 'x' }] }];

const word = fc.constantFrom('a', 'b', 'c');
const words = fc.dictionary(word, word);
const uid = fc.constantFrom('u1', 'u2');
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** A plain ConfigMap, with whatever people, kubectl and sync write into one. */
const original: fc.Arbitrary<KubeObject> = fc
  .record({
    uid,
    data: words,
    labels: words,
    exception: optional(fc.constantFrom('true', 'false')),
    managed: optional(fc.constantFrom('true', 'false')),
    createdBy: optional(fc.constant('c0ffee')),
    annotations: words,
    resourceVersion: fc.nat().map(String),
    leaving: fc.boolean(),
    owned: fc.boolean(),
  })
  .map(({ uid, data, labels, exception, managed, createdBy, annotations, resourceVersion, leaving, owned }) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'settings',
      namespace: 'demo',
      uid,
      resourceVersion,
      labels: {
        ...labels,
        ...(exception && { [FOLLOW_LABEL]: exception }),
        ...(managed && { 'kubefed.io/managed': managed }),
      },
      annotations: { ...annotations, ...(createdBy && { 'fedmesh.io/created-by': createdBy }) },
      ...(leaving && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      ...(owned && { ownerReferences: [{ apiVersion: 'v1', kind: 'App', name: 'a', uid: 'o', controller: true }] }),
    },
    data,
    status: { seen: resourceVersion },
  }));

/** A FederatedConfigMap of the same name, with whatever people write into one. */
const federated: fc.Arbitrary<FederatedObject> = fc
  .record({
    data: words,
    mark: optional(fc.constantFrom('', 'u1', 'u2')),
    labels: words,
    placement: optional(fc.record({ clusters: fc.array(word.map((name) => ({ name }))) })),
    overrides: optional(fc.constant(OVERRIDES)),
    leaving: fc.boolean(),
  })
  .map(({ data, mark, labels, placement, overrides, leaving }) => ({
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedConfigMap',
    metadata: {
      name: 'settings',
      namespace: 'demo',
      uid: 'f1',
      labels,
      annotations: { 'example.com/mine': 'yes', ...(mark !== undefined && { [FOLLOWED_FROM_ANNOTATION]: mark }) },
      ...(leaving && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: { template: { data }, ...(placement && { placement }), ...(overrides && { overrides }) },
    status: { clusterSummary: '1/1' },
  }));

function verdictOf(plain: KubeObject | undefined, fed: FederatedObject | undefined): Verdict {
  const copy = fed && copyOnly(fed);
  const facts = copy && {
    mark: markOf(copy),
    digest: copy.digest,
    deleting: copy.metadata.deletionTimestamp !== undefined,
  };
  return decide(plain && originalLook(plain, CONFIG_MAPS), facts);
}

/** What the host holds after the controller has looked once. */
function afterOneLook(plain: KubeObject | undefined, fed: FederatedObject | undefined): FederatedObject | undefined {
  const verdict = verdictOf(plain, fed);
  if (verdict === 'delete') return undefined;
  if (verdict === 'create' && plain !== undefined) {
    const look = originalLook(plain, CONFIG_MAPS);
    const made = federate(plain, TYPES, placementFor(undefined));
    return {
      ...made,
      metadata: { ...made.metadata, uid: 'f2', annotations: { [FOLLOWED_FROM_ANNOTATION]: look.uid } },
    };
  }
  if (fed === undefined || (verdict !== 'update' && verdict !== 'letGo')) return fed;
  const patched = structuredClone(fed);
  const patch =
    verdict === 'update' && plain !== undefined
      ? followPatch(copyOnly(fed), originalLook(plain, CONFIG_MAPS))
      : letGoPatch(copyOnly(fed));
  expect(applyPatch(patched, structuredClone(patch) as Operation[])).toEqual(patch.map(() => null));
  return patched;
}

/** All but the template and the mark. */
function personsPart(fed: FederatedObject): unknown {
  const { [FOLLOWED_FROM_ANNOTATION]: _, ...annotations } = fed.metadata.annotations ?? {};
  const { template: __, ...spec } = fed.spec;
  return { ...fed, metadata: { ...fed.metadata, annotations }, spec };
}

describe('following', () => {
  it('comes to rest with one write, whatever it finds', () => {
    fc.assert(
      fc.property(optional(original), optional(federated), (plain, fed) => {
        const once = afterOneLook(plain, fed);
        expect(['leave', 'notOurs']).toContain(verdictOf(plain, once));
        expect(afterOneLook(plain, once)).toBe(once);
      }),
    );
  });

  it("never touches a person's federated object, nor a person's fields of one that follows", () => {
    fc.assert(
      fc.property(optional(original), federated, (plain, fed) => {
        const after = afterOneLook(plain, fed);
        if (fed.metadata.annotations?.[FOLLOWED_FROM_ANNOTATION] === undefined) expect(after).toBe(fed);
        else if (after !== undefined) expect(personsPart(after)).toEqual(personsPart(fed));
      }),
    );
  });

  it('deletes only what followed an object that is gone', () => {
    fc.assert(
      fc.property(optional(original), federated, (plain, fed) => {
        if (afterOneLook(plain, fed) !== undefined) return;
        expect(plain).toBeUndefined();
        expect(fed.metadata.annotations?.[FOLLOWED_FROM_ANNOTATION]).toMatch(/^u/);
      }),
    );
  });

  it('is not moved by what sync and the API server write into the plain object', () => {
    fc.assert(
      fc.property(original, federated, fc.nat(), (plain, fed, version) => {
        const marked: KubeObject = {
          ...plain,
          metadata: {
            ...plain.metadata,
            resourceVersion: String(version),
            labels: {
              ...plain.metadata.labels,
              'kubefed.io/managed': plain.metadata.labels?.['kubefed.io/managed'] ?? 'false',
            },
            annotations: { ...plain.metadata.annotations, 'fedmesh.io/template-annotations': '["a"]' },
          },
          status: { anything: version },
        };
        expect(verdictOf(withoutStatus(marked), fed)).toBe(verdictOf(plain, fed));
      }),
    );
  });
});
