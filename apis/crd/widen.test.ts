import { describe, expect, test } from 'vitest';
import type { CustomResourceDefinition, JsonSchema } from '../apiextensions/v1.ts';
import { kubeFedClusterCrd } from '../core/v1beta1/kubefed-cluster-crd.ts';
import { federatedCrdFor, typeConfigFor } from '../types/v1beta1/federated-type.ts';
import { allCrds } from './all.ts';
import { widenCrd } from './widen.ts';

const ours = federatedCrdFor(
  typeConfigFor({ group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }),
  { shortNames: ['cm'] },
);

/** A CRD of the same name with this schema, as somebody else may have made it. */
function theirs(schema: JsonSchema, rest: Partial<CustomResourceDefinition['spec']> = {}): CustomResourceDefinition {
  return {
    metadata: { name: 'federatedconfigmaps.types.kubefed.io', resourceVersion: '7' },
    spec: {
      group: 'types.kubefed.io',
      names: { kind: 'FederatedConfigMap', plural: 'federatedconfigmaps' },
      scope: 'Namespaced',
      versions: [{ name: 'v1beta1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      ...rest,
    },
  };
}

const text: JsonSchema = { type: 'string' };

describe('widening a CRD that is already there', () => {
  test("KubeFed's CRD of members gets what Fedmesh writes, and says what it got", () => {
    const older = structuredClone(kubeFedClusterCrd());
    const [version] = older.spec.versions;
    const properties = version?.schema?.openAPIV3Schema?.properties;
    delete properties?.spec?.properties?.tlsServerName;
    delete properties?.status?.properties?.kubernetesVersion;
    delete properties?.spec?.properties?.unschedulable;
    version?.additionalPrinterColumns?.splice(2);
    older.spec.names = { kind: 'KubeFedCluster', plural: 'kubefedclusters' };

    const { crd, changes } = widenCrd(older, kubeFedClusterCrd());
    expect(changes).toEqual([
      'short name kfc',
      'category fedmesh',
      'v1beta1: field .spec.tlsServerName',
      'v1beta1: field .spec.unschedulable',
      'v1beta1: field .status.kubernetesVersion',
      'v1beta1: column kubernetes-version',
      'v1beta1: column unschedulable',
    ]);
    expect(crd.spec.names).toEqual({
      kind: 'KubeFedCluster',
      plural: 'kubefedclusters',
      shortNames: ['kfc'],
      categories: ['fedmesh'],
    });
    expect(crd.spec.versions[0]?.schema).toEqual(kubeFedClusterCrd().spec.versions[0]?.schema);
  });

  test('one that lacks nothing is handed back as it is', () => {
    for (const crd of allCrds()) {
      const widened = widenCrd(crd, structuredClone(crd));
      expect(widened).toEqual({ crd, changes: [] });
      expect(widened.crd).toBe(crd);
    }
  });

  test('the one handed in is not changed', () => {
    const existing = theirs({ type: 'object' });
    const before = structuredClone(existing);
    expect(widenCrd(existing, ours).changes).not.toEqual([]);
    expect(existing).toEqual(before);
  });

  test('a stricter rule of theirs stays: a pattern, a required field, a type', () => {
    const strict = theirs({
      type: 'object',
      required: ['spec', 'metadata'],
      properties: {
        spec: {
          type: 'object',
          required: ['placement'],
          properties: { template: { type: 'string', pattern: '^x' }, placement: { type: 'object' } },
        },
      },
    });
    const schema = widenCrd(strict, ours).crd.spec.versions[0]?.schema?.openAPIV3Schema;
    expect(schema?.required).toEqual(['spec', 'metadata']);
    expect(schema?.properties?.spec?.required).toEqual(['placement']);
    expect(schema?.properties?.spec?.properties?.template).toEqual({ type: 'string', pattern: '^x' });
  });

  test('where they keep any field, no field is described: that would narrow', () => {
    const open: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const map: JsonSchema = { type: 'object', additionalProperties: text };
    const { crd } = widenCrd(theirs({ type: 'object', properties: { spec: open, status: map } }), ours);
    const properties = crd.spec.versions[0]?.schema?.openAPIV3Schema?.properties;
    expect(properties?.spec).toEqual(open);
    expect(properties?.status).toEqual(map);
  });

  test('a template that kept only what it knew keeps everything', () => {
    const template: JsonSchema = { type: 'object', properties: { data: { type: 'object' } } };
    const existing = theirs({ type: 'object', properties: { spec: { type: 'object', properties: { template } } } });
    const { crd, changes } = widenCrd(existing, ours);
    expect(changes).toContain('v1beta1: any field of .spec.template');
    expect(crd.spec.versions[0]?.schema?.openAPIV3Schema?.properties?.spec?.properties?.template).toEqual({
      ...template,
      'x-kubernetes-preserve-unknown-fields': true,
    });
  });

  test('an override may be null, where it was dropped without a word', () => {
    const older = structuredClone(ours);
    const spec = older.spec.versions[0]?.schema?.openAPIV3Schema?.properties?.spec;
    const override = spec?.properties?.overrides?.items?.properties?.clusterOverrides?.items?.properties?.value;
    delete override?.nullable;
    expect(widenCrd(older, ours)).toEqual({
      crd: ours,
      changes: ['v1beta1: null as .spec.overrides[].clusterOverrides[].value'],
    });
  });

  test('an enumeration gets the words it lacks', () => {
    const withEnum = (...words: string[]): JsonSchema => ({
      type: 'object',
      properties: { word: { type: 'string', enum: words } },
    });
    const { crd, changes } = widenCrd(theirs(withEnum('Enabled', 'Other')), theirs(withEnum('Enabled', 'IfNoDiff')));
    expect(changes).toEqual(['v1beta1: value "IfNoDiff" of .word']);
    expect(crd.spec.versions[0]?.schema?.openAPIV3Schema).toEqual(withEnum('Enabled', 'Other', 'IfNoDiff'));
  });

  test('a short name that another kind holds is not asked for', () => {
    const { crd, changes } = widenCrd(theirs({ type: 'object' }), ours, { takenNames: ['fcm'] });
    expect(changes).not.toContain('short name fcm');
    expect(crd.spec.names.shortNames).toBeUndefined();
  });

  test('a version that Fedmesh does not know is left alone', () => {
    const existing = theirs({ type: 'object' });
    existing.spec.versions[0] = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: text } };
    expect(widenCrd(existing, ours).crd.spec.versions).toEqual(existing.spec.versions);
  });

  test('a column that stands there under the same name stays as it is', () => {
    const column = { name: 'AGE', type: 'string' as const, jsonPath: '.metadata.age' };
    const existing = theirs({ type: 'object' });
    existing.spec.versions = existing.spec.versions.map((version) => ({
      ...version,
      additionalPrinterColumns: [column],
    }));
    const columns = widenCrd(existing, ours).crd.spec.versions[0]?.additionalPrinterColumns ?? [];
    expect(columns.map(({ name }) => name)).toEqual(['AGE', 'propagation', 'clusters', 'reason']);
    expect(columns[0]).toEqual(column);
  });

  test('two different CRDs are a mistake of the caller', () => {
    expect(() => widenCrd(kubeFedClusterCrd(), ours)).toThrow(RangeError);
  });
});
