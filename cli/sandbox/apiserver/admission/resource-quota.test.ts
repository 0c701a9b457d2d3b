import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { usedUnder } from '../controllers/quota-usage.ts';
import { StatusError } from '../errors/status-error.ts';
import type { ClusterServices } from '../resources/resource-definition.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import type { AdmissionAttributes } from './attributes.ts';
import { QuotaAdmission } from './resource-quota.ts';

type Amounts = Record<string, string>;

const kind = (storageKey: string, name: string) => ({
  group: '',
  version: 'v1',
  kind: name,
  plural: storageKey,
  namespaced: true,
  storageKey,
});
const PODS = kind('pods', 'Pod');
const SERVICES = kind('services', 'Service');
const CONFIG_MAPS = kind('configmaps', 'ConfigMap');

const cluster = { definitions: () => [PODS, SERVICES, CONFIG_MAPS] } as unknown as ClusterServices;

function quota(hard: Amounts, used: Amounts | undefined, spec: object = {}): KubeObject {
  return {
    metadata: { name: 'q', namespace: 'shop' },
    spec: { hard, ...spec },
    status: { hard, ...(used ? { used } : {}) },
  };
}

/** What the write is answered with, and what the quota says afterwards. */
function attempt(quotas: KubeObject[], over: Partial<AdmissionAttributes>): { refusal?: string; used?: Amounts } {
  const stored = quotas.map((object): Stored => {
    return { storageKey: 'resourcequotas', namespace: 'shop', name: 'q', object, revision: 1, json: '' };
  });
  const storage = { list: (key: string) => (key === 'resourcequotas' ? stored : []) } as unknown as Storage;
  const attributes: AdmissionAttributes = {
    operation: 'CREATE',
    definition: CONFIG_MAPS,
    subresource: '',
    namespace: 'shop',
    name: 'x',
    object: { metadata: { name: 'x', namespace: 'shop' } },
    oldObject: undefined,
    dryRun: false,
    ...over,
  };
  let used: Amounts | undefined;
  try {
    new QuotaAdmission(usedUnder).admit(attributes, { storage, cluster, now: new Date(0) }, (_, after) => {
      used = after;
    });
  } catch (error) {
    if (error instanceof StatusError) return { refusal: `${error.code} ${error.message}` };
    throw error;
  }
  return used === undefined ? {} : { used };
}

function pod(resources?: object, spec: object = {}): KubeObject {
  const container = resources === undefined ? { name: 'web' } : { name: 'web', resources };
  return { metadata: { name: 'x', namespace: 'shop' }, spec: { containers: [container], ...spec } };
}

describe('a ResourceQuota', () => {
  it('lets through what is left, and notes it', () => {
    const left = quota({ 'count/configmaps': '3', configmaps: '5' }, { 'count/configmaps': '2', configmaps: '2' });
    expect(attempt([left], {})).toEqual({ used: { 'count/configmaps': '3', configmaps: '3' } });
  });

  it('refuses what is over, in Kubernetes’ words', () => {
    const full = quota({ 'count/configmaps': '2', configmaps: '9' }, { 'count/configmaps': '2', configmaps: '2' });
    expect(attempt([full], {})).toEqual({
      refusal:
        '403 configmaps "x" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=2, limited: count/configmaps=2',
    });
  });

  it('refuses while nobody has counted yet', () => {
    expect(attempt([quota({ pods: '5' }, undefined)], { definition: PODS, object: pod() })).toEqual({
      refusal: '403 pods "x" is forbidden: status unknown for quota: q, resources: pods',
    });
  });

  it('is not charged by a dry run', () => {
    expect(attempt([quota({ configmaps: '5' }, { configmaps: '1' })], { dryRun: true })).toEqual({});
  });

  it('has nothing to say of other kinds', () => {
    expect(attempt([quota({ pods: '0' }, { pods: '0' })], {})).toEqual({});
  });

  it('adds quantities in the format in which it is used already', () => {
    const some = quota({ 'requests.memory': '2Gi' }, { 'requests.memory': '1Gi' });
    const object = pod({ requests: { memory: '512Mi' } });
    expect(attempt([some], { definition: PODS, object })).toEqual({ used: { 'requests.memory': '1536Mi' } });
  });

  it('wants every container to say what it limits', () => {
    const limits = quota({ 'limits.cpu': '2', memory: '1Gi' }, { 'limits.cpu': '0', memory: '0' });
    expect(attempt([limits], { definition: PODS, object: pod() })).toEqual({
      refusal: '403 pods "x" is forbidden: failed quota: q: must specify limits.cpu for: web; memory for: web',
    });
  });

  it('of a scope leaves the Pods outside it alone', () => {
    const scoped = quota(
      { 'limits.cpu': '1', pods: '0' },
      { 'limits.cpu': '0', pods: '0' },
      { scopes: ['Terminating'] },
    );
    expect(attempt([scoped], { definition: PODS, object: pod() })).toEqual({});
    const ends = pod({ limits: { cpu: '1' } }, { activeDeadlineSeconds: 5 });
    expect(attempt([scoped], { definition: PODS, object: ends }).refusal).toContain(
      'exceeded quota: q, requested: pods=1',
    );
  });

  it('charges an update for no more than it adds', () => {
    const ports = (type: string): KubeObject => ({
      metadata: { name: 'x', namespace: 'shop' },
      spec: { type, ports: [{ port: 1 }, { port: 2 }] },
    });
    const some = quota({ services: '1', 'services.nodeports': '3' }, { services: '1', 'services.nodeports': '1' });
    const update = { operation: 'UPDATE', definition: SERVICES, object: ports('NodePort') } as const;
    expect(attempt([some], { ...update, oldObject: ports('ClusterIP') })).toEqual({
      used: { services: '1', 'services.nodeports': '3' },
    });
    expect(attempt([some], { ...update, oldObject: ports('NodePort') })).toEqual({});
  });
});
