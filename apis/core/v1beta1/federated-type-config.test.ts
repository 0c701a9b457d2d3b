import { describe, expect, test } from 'vitest';
import {
  defaultFederatedTypeConfig,
  type FederatedTypeConfig,
  federatedResourceOf,
  pluralOf,
  targetResourceOf,
  validateFederatedTypeConfig,
  validateFederatedTypeConfigStatus,
} from './federated-type-config.ts';

type Loose<T> = { [Key in keyof T]?: T[Key] extends object | undefined ? Loose<T[Key]> : unknown };

function config(spec: Loose<FederatedTypeConfig['spec']> = {}, name = 'deployments.apps'): FederatedTypeConfig {
  return {
    metadata: { name },
    spec: {
      propagation: 'Enabled',
      ...spec,
      targetType: {
        group: 'apps',
        version: 'v1',
        kind: 'Deployment',
        pluralName: 'deployments',
        scope: 'Namespaced',
        ...spec.targetType,
      },
      federatedType: {
        group: 'types.kubefed.io',
        version: 'v1beta1',
        kind: 'FederatedDeployment',
        pluralName: 'federateddeployments',
        scope: 'Namespaced',
        ...spec.federatedType,
      },
    } as FederatedTypeConfig['spec'],
  };
}

const faultsOf = (...given: Parameters<typeof config>) =>
  validateFederatedTypeConfig(config(...given)).map((error) => error.path);

describe('a type config', () => {
  test('a good one passes', () => {
    expect(faultsOf()).toEqual([]);
    expect(faultsOf({ statusType: { ...config().spec.federatedType }, statusCollection: 'Enabled' })).toEqual([]);
  });

  test('its name must be that of the target', () => {
    expect(validateFederatedTypeConfig(config({}, 'deployments'))).toEqual([
      { path: 'metadata.name', message: '"deployments" must be <plural>[.<group>] of the target: deployments.apps' },
    ]);
  });

  test.each([
    [{ propagation: 'Yes' }, 'spec.propagation'],
    [{ statusCollection: 'On' }, 'spec.statusCollection'],
    [{ federatedType: { group: '' } }, 'spec.federatedType.group'],
    [{ federatedType: { group: 'nodots' } }, 'spec.federatedType.group'],
    [{ federatedType: { version: '1v' } }, 'spec.federatedType.version'],
    [{ federatedType: { kind: 'Federated_X' } }, 'spec.federatedType.kind'],
    [{ federatedType: { pluralName: 'Federated' } }, 'spec.federatedType.pluralName'],
    [{ federatedType: { scope: 'Global' } }, 'spec.federatedType.scope'],
    [{ targetType: { version: '' } }, 'spec.targetType.version'],
    [{ targetType: { kind: '' } }, 'spec.targetType.kind'],
    [{ targetType: { scope: '' } }, 'spec.targetType.scope'],
  ])('%j is refused', (spec, path) => {
    expect(faultsOf(spec)).toEqual([path]);
  });

  test('a status type needs a group of its own too', () => {
    const statusType = { group: '', version: 'v1', kind: 'S', pluralName: 's', scope: 'Namespaced' };
    expect(faultsOf({ statusType })).toEqual(['spec.statusType.group']);
  });

  test('a spec that is not there is an error, not a crash', () => {
    expect(validateFederatedTypeConfig({ metadata: {} } as unknown as FederatedTypeConfig)).toHaveLength(1);
  });

  test('the words of its status are those of KubeFed', () => {
    const withStatus = (status: object) =>
      validateFederatedTypeConfigStatus({ ...config(), status: status as never }).map((error) => error.path);
    expect(withStatus({ observedGeneration: 1, propagationController: 'Running' })).toEqual([]);
    expect(withStatus({ observedGeneration: -1, propagationController: '', statusController: 'Idle' })).toEqual([
      'status.observedGeneration',
      'status.propagationController',
      'status.statusController',
    ]);
  });
});

describe('what KubeFed fills in', () => {
  test("the target's plural and group come from the name, the others from the kinds", () => {
    const bare: FederatedTypeConfig = {
      metadata: { name: 'ingresses.networking.k8s.io' },
      spec: {
        targetType: { version: 'v1', kind: 'Ingress', pluralName: '', scope: 'Namespaced' },
        propagation: 'Enabled',
        federatedType: {
          group: 'types.kubefed.io',
          version: 'v1beta1',
          kind: 'FederatedIngress',
          pluralName: '',
          scope: 'Namespaced',
        },
        statusType: { version: '', kind: 'FederatedIngressStatus', pluralName: '', scope: 'Namespaced' },
      },
    };
    const { targetType, federatedType, statusType } = defaultFederatedTypeConfig(bare).spec;
    expect(targetType).toMatchObject({ group: 'networking.k8s.io', pluralName: 'ingresses' });
    expect(federatedType.pluralName).toBe('federatedingresses');
    expect(statusType).toMatchObject({
      group: 'types.kubefed.io',
      version: 'v1beta1',
      pluralName: 'federatedingressstatuses',
    });
    expect(bare.spec.targetType.pluralName).toBe('');
  });

  test('what stands there stays', () => {
    expect(defaultFederatedTypeConfig(config())).toEqual(config());
  });

  test.each([
    ['ConfigMap', 'configmaps'],
    ['Ingress', 'ingresses'],
    ['NetworkPolicy', 'networkpolicies'],
    ['Box', 'boxes'],
    ['Match', 'matches'],
  ])('%s becomes %s', (kind, plural) => {
    expect(pluralOf(kind)).toBe(plural);
  });
});

describe('the kinds that it names', () => {
  test('FederatedNamespace is namespaced although Namespace is not', () => {
    const namespaces = config(
      {
        targetType: { group: '', kind: 'Namespace', pluralName: 'namespaces', scope: 'Cluster' },
        federatedType: { kind: 'FederatedNamespace', pluralName: 'federatednamespaces', scope: 'Cluster' },
      },
      'namespaces',
    );
    expect(federatedResourceOf(namespaces).namespaced).toBe(true);
    expect(targetResourceOf(namespaces).namespaced).toBe(false);
  });

  test("every other federated kind has its target's scope, whatever it says itself", () => {
    expect(federatedResourceOf(config({ federatedType: { scope: 'Cluster' } })).namespaced).toBe(true);
    expect(targetResourceOf(config())).toEqual({
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
      plural: 'deployments',
      namespaced: true,
    });
  });
});
