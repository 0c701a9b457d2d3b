import { describe, expect, test } from 'vitest';
import { schemaOf } from '../../../test/structural-schema.ts';
import { validateFederatedTypeConfig } from '../../core/v1beta1/federated-type-config.ts';
import { federatedCrdFor, typeConfigFor } from './federated-type.ts';
import { DEFAULT_TYPES, federatedCrdOf, KUBEFED_TYPES, typeConfigOf } from './known-types.ts';

const CRONTABS = {
  group: 'stable.example.com',
  version: 'v1alpha2',
  kind: 'CronTab',
  plural: 'crontabs',
  namespaced: true,
};

describe('enabling a kind', () => {
  test('its type config is named as KubeFed names it', () => {
    expect(typeConfigFor(CRONTABS)).toEqual({
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'FederatedTypeConfig',
      metadata: { name: 'crontabs.stable.example.com' },
      spec: {
        targetType: {
          group: 'stable.example.com',
          version: 'v1alpha2',
          kind: 'CronTab',
          pluralName: 'crontabs',
          scope: 'Namespaced',
        },
        propagation: 'Enabled',
        federatedType: {
          group: 'types.kubefed.io',
          version: 'v1beta1',
          kind: 'FederatedCronTab',
          pluralName: 'federatedcrontabs',
          scope: 'Namespaced',
        },
      },
    });
  });

  test('another group keeps two kinds of the same name apart', () => {
    const config = typeConfigFor(CRONTABS, { federatedGroup: 'fed.example.com', federatedVersion: 'v1' });
    expect(federatedCrdFor(config)).toMatchObject({
      metadata: { name: 'federatedcrontabs.fed.example.com' },
      spec: { group: 'fed.example.com', versions: [{ name: 'v1' }] },
    });
  });

  test("the CRD has the target's short names with an f, and is found by `kubectl get federated`", () => {
    const crd = federatedCrdFor(typeConfigFor(CRONTABS), { shortNames: ['ct', 'cts'] });
    expect(crd.spec.names).toMatchObject({ shortNames: ['fct', 'fcts'], categories: ['federated', 'fedmesh'] });
  });

  test('retainReplicas is offered only where the target has replicas', () => {
    const specOf = (targetHasReplicas: boolean) =>
      schemaOf(federatedCrdFor(typeConfigFor(CRONTABS), { targetHasReplicas })).properties?.spec?.properties;
    expect(specOf(true)).toHaveProperty('retainReplicas');
    expect(specOf(false)).not.toHaveProperty('retainReplicas');
  });

  test('a schema for the template takes the place of "any object"', () => {
    const validationSchema = { type: 'object' as const, properties: { data: { type: 'string' as const } } };
    const crd = federatedCrdFor(typeConfigFor(CRONTABS), { validationSchema });
    expect(schemaOf(crd).properties?.spec?.properties?.template).toEqual(validationSchema);
  });
});

describe('the types of the chart', () => {
  test('every type config passes its own validation', () => {
    expect(KUBEFED_TYPES.flatMap((type) => validateFederatedTypeConfig(typeConfigOf(type)))).toEqual([]);
  });

  test("they are KubeFed's ten, with its short names", () => {
    const names = KUBEFED_TYPES.map((type) => [
      typeConfigOf(type).metadata.name,
      federatedCrdOf(type).spec.names.shortNames?.join() ?? '',
      federatedCrdOf(type).spec.scope,
    ]);
    expect(names).toEqual([
      ['namespaces', 'fns', 'Namespaced'],
      ['deployments.apps', 'fdeploy', 'Namespaced'],
      ['services', 'fsvc', 'Namespaced'],
      ['configmaps', 'fcm', 'Namespaced'],
      ['serviceaccounts', 'fsa', 'Namespaced'],
      ['ingresses.networking.k8s.io', 'fing', 'Namespaced'],
      ['jobs.batch', '', 'Namespaced'],
      ['replicasets.apps', 'frs', 'Namespaced'],
      ['secrets', '', 'Namespaced'],
      ['clusterroles.rbac.authorization.k8s.io', '', 'Cluster'],
    ]);
  });

  test('a new installation federates neither credentials nor rights', () => {
    expect(DEFAULT_TYPES.map(({ target }) => target.plural)).toEqual([
      'namespaces',
      'deployments',
      'services',
      'configmaps',
      'serviceaccounts',
      'ingresses',
      'jobs',
      'replicasets',
    ]);
  });
});
