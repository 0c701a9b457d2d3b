import { describe, expect, it } from 'vitest';
import { federatedResourceOf } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { KUBEFED_TYPES, typeConfigOf } from '../../apis/types/v1beta1/known-types.ts';
import { templateVersion } from '../../controller/sync/versions/versions.ts';
import { findingsOf, type ObjectFindings } from './objects.ts';
import { planMigration } from './plan.ts';
import type { MigrationRecord } from './record.ts';
import { planRollback } from './rollback-plan.ts';
import type { Survey } from './survey.ts';

const NO_ONE = { namespaces: false, annotations: false };
const RECORD: MigrationRecord = {
  version: 1,
  startedAt: '2026-01-01T00:00:00Z',
  deployments: [{ name: 'kubefed-controller-manager', replicas: 2 }],
  webhooks: [],
  configSpec: { scope: 'Cluster', syncController: { adoptResources: 'Enabled' } },
  createdCrds: [],
};

function listed(kind: string, objects: FederatedObject[]) {
  const type = KUBEFED_TYPES.find(({ target }) => target.kind === kind);
  if (type === undefined) throw new Error(kind);
  const config = typeConfigOf(type);
  return { config, resource: federatedResourceOf(config), objects };
}

function object(namespace: string, name: string, rest: Partial<FederatedObject['spec']> = {}): FederatedObject {
  return { metadata: { name, namespace }, spec: { template: {}, ...rest } };
}

const ANNOTATED = object('shop', 'loud', { template: { metadata: { annotations: { a: 'b' } } } });
const NONE: ObjectFindings = findingsOf([], new Map(), { namespaced: false });

function survey(rest: Partial<Survey> = {}): Survey {
  return {
    host: 'host',
    namespace: 'kube-federation-system',
    config: { metadata: { name: 'kubefed' }, spec: { scope: 'Cluster' } },
    configFault: undefined,
    marked: false,
    record: undefined,
    deployments: [{ name: 'kubefed-controller-manager', replicas: 2, image: 'kubefed:v0.10.0' }],
    kubefedLeader: 'pod_1',
    fedmesh: { running: false, detail: '' },
    webhooks: [{ metadata: { name: 'validations.core.kubefed.io' }, webhooks: [] }],
    fedmeshWebhooks: [],
    widenings: [{ crd: 'kubefedclusters.core.kubefed.io', created: false, changes: ['a field'] }],
    types: [],
    members: [],
    objects: NONE,
    ...rest,
  };
}

describe('what is found among the federated objects', () => {
  const found = findingsOf(
    [
      listed('Namespace', [object('shop', 'shop'), object('lab', 'fedns'), object('shop', 'second')]),
      listed('ConfigMap', [object('lab', 'quiet'), object('shop', 'web'), object('shop', 'changed'), ANNOTATED]),
    ],
    new Map(
      [
        ['shop/namespace-shop', object('shop', 'shop')] as const,
        ['shop/configmap-web', object('shop', 'web')] as const,
        ['shop/configmap-changed', ANNOTATED] as const,
      ].map(([key, of]) => {
        const status = {
          templateVersion: templateVersion(of),
          overridesVersion: '2979b7538b527abe06492021841caf47',
        };
        return [key, { metadata: {}, status }];
      }),
    ),
    { namespaced: false },
  );

  it('is each FederatedNamespace that begins to count, with what would come along', () => {
    expect(found.ignoredNamespaces.map(({ namespace, name, contents }) => [namespace, name, contents])).toEqual([
      ['lab', 'fedns', 1],
    ]);
    expect(found.withoutNamespace).toBe(1);
  });

  it('is what templates ask for that KubeFed dropped, and what has no record or an old one', () => {
    expect(found.annotated.map(({ name }) => name)).toEqual(['loud']);
    expect(found).toMatchObject({ unrecorded: 2, outdated: 1 });
  });

  it('is frozen unless somebody agrees to it', () => {
    const careful = planMigration(survey({ objects: found }), NO_ONE);
    expect(careful.toFreeze.namespaces.map(({ name }) => name)).toEqual(['fedns']);
    expect(careful.toFreeze.annotated.map(({ name }) => name)).toEqual(['loud']);
    const agreed = planMigration(survey({ objects: found }), { namespaces: true, annotations: true });
    expect(agreed.steps.map(({ name }) => name)).not.toContain('freeze');
  });
});

describe('the plan of a migration', () => {
  const order = (rest: Partial<Survey>) => planMigration(survey(rest), NO_ONE).steps.map(({ name }) => name);

  it('writes everything down before anything is changed, and stops KubeFed before its webhooks go', () => {
    expect(order({})).toEqual(['remember', 'stop-controller', 'remove-webhooks', 'widen', 'mark']);
  });

  it('goes on where it was interrupted, with what is left', () => {
    const stopped = { deployments: [], kubefedLeader: undefined, record: RECORD };
    expect(order(stopped)).toEqual(['remove-webhooks', 'widen', 'mark']);
    expect(order({ ...stopped, webhooks: [], widenings: [] })).toEqual(['mark']);
    expect(planMigration(survey({ ...stopped, webhooks: [], widenings: [], marked: true }), NO_ONE)).toMatchObject({
      state: 'migrated',
      steps: [],
    });
  });

  it('has no step once it is final, but to let go of what was frozen', () => {
    const resource = listed('Namespace', []).resource;
    const objects = { ...NONE, frozen: [{ resource, name: 'fedns', namespace: 'lab', reason: 'namespace' as const }] };
    const final = survey({ record: { ...RECORD, finalizedAt: '2026-01-02T00:00:00Z' }, objects });
    expect(planMigration(final, NO_ONE)).toMatchObject({ state: 'finalized', steps: [] });
    expect(planMigration(final, { namespaces: true, annotations: false }).steps.map(({ name }) => name)).toEqual([
      'thaw',
    ]);
  });

  it('does not begin beside a Fedmesh that runs, nor without a member that refuses its credentials', () => {
    const member = { name: 'earth', ready: true, leaving: false, lacking: [] };
    const running = survey({
      fedmesh: { running: true, detail: 'on worker-1' },
      members: [{ ...member, credentials: 'refused', message: '401 Unauthorized' }],
    });
    expect(planMigration(running, NO_ONE).obstacles.map(({ what, forceable }) => [what, forceable])).toEqual([
      ["Fedmesh's controller runs already (on worker-1), beside KubeFed's", false],
      ["earth does not let KubeFed's credentials in: 401 Unauthorized", true],
    ]);
  });
});

describe('the plan of going back', () => {
  it('takes words out of the configuration at which KubeFed would end', () => {
    const config = {
      metadata: { name: 'kubefed' },
      spec: {
        scope: 'Cluster' as const,
        syncController: { adoptResources: 'IfNoDiff' as const, maxConcurrentReconciles: 3 },
        featureGates: [
          { name: 'PropagatedVersions', configuration: 'Enabled' as const },
          { name: 'PushReconciler', configuration: 'Enabled' as const },
        ],
      },
    };
    expect(planRollback(survey({ config }), RECORD).configSpec).toEqual({
      scope: 'Cluster',
      syncController: { adoptResources: 'Enabled', maxConcurrentReconciles: 3 },
      featureGates: [{ name: 'PushReconciler', configuration: 'Enabled' }],
    });
    expect(planRollback(survey(), RECORD).configSpec).toBeUndefined();
  });

  it('is refused when KubeFed is not there any more', () => {
    expect(planRollback(survey({ deployments: [] }), RECORD).obstacles.map(({ what }) => what)).toEqual([
      "KubeFed's deployment kubefed-controller-manager is not there any more",
    ]);
  });
});
