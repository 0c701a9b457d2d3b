import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from './testing/cluster.ts';

let earth: TestCluster;

beforeEach(async () => {
  earth = startTestCluster();
  earth.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await earth.controllers.settled();
});

afterEach(() => {
  earth.controllers.close();
  expect(earth.errors).toEqual([]);
});

describe('a ResourceQuota', () => {
  it('counts objects of any kind, from the start and as they come and go', async () => {
    quota({ 'count/configmaps': '1k', 'count/deployments.apps': '5', configmaps: '10', 'count/serviceaccounts': '3' });
    await earth.controllers.settled();
    expect(earth.get('ResourceQuota', 'shop/limits')?.status).toEqual({
      hard: { 'count/configmaps': '1k', 'count/deployments.apps': '5', configmaps: '10', 'count/serviceaccounts': '3' },
      used: { 'count/configmaps': '1', 'count/deployments.apps': '0', configmaps: '1', 'count/serviceaccounts': '1' },
    });
    earth.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'shop' } });
    await earth.controllers.settled();
    expect(used()).toMatchObject({ configmaps: '2', 'count/configmaps': '2' });
    earth.delete('ConfigMap', 'shop/a');
    await earth.controllers.settled();
    expect(used()).toMatchObject({ configmaps: '1', 'count/configmaps': '1' });
  });

  it('leaves out what nothing measures', async () => {
    quota({ 'count/widgets.example.com': '5', 'count/events': '7', pods: '4' });
    await earth.controllers.settled();
    expect(used()).toEqual({ pods: '0' });
  });

  it('sums what Pods ask for, and forgets those that ended', async () => {
    quota({ pods: '9', 'count/pods': '9', 'requests.cpu': '4', 'limits.memory': '4Gi', cpu: '4' });
    pod('one', { requests: { cpu: '250m' }, limits: { memory: '512Mi' } });
    pod('two', { requests: { cpu: '1' }, limits: { memory: '1Gi' } });
    await earth.controllers.settled();
    expect(used()).toEqual({
      pods: '2',
      'count/pods': '2',
      'requests.cpu': '1250m',
      'limits.memory': '1536Mi',
      cpu: '1250m',
    });
    earth.update('Pod', 'shop/two', (object) => ({ ...object, status: { phase: 'Succeeded' } }), 'status');
    await earth.controllers.settled();
    expect(used()).toMatchObject({ pods: '1', 'count/pods': '2', 'requests.cpu': '250m', 'limits.memory': '512Mi' });
  });

  it('counts only the Pods of its scopes', async () => {
    const spec = { hard: { pods: '9' }, scopes: ['BestEffort'] };
    earth.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'limits', namespace: 'shop' }, spec });
    pod('greedy', { requests: { cpu: '1' } });
    pod('modest', {});
    await earth.controllers.settled();
    expect(used()).toEqual({ pods: '1' });
  });

  it('follows its own specification, and is written only when something changed', async () => {
    quota({ pods: '4' });
    await earth.controllers.settled();
    const written = () => earth.events.filter(({ stored }) => stored.storageKey === 'resourcequotas').length;
    expect(written()).toBe(2);
    pod('one', {});
    earth.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'shop' } });
    await earth.controllers.settled();
    expect(written()).toBe(3);
    earth.update('ResourceQuota', 'shop/limits', (object) => ({ ...object, spec: { hard: { configmaps: '4' } } }));
    await earth.controllers.settled();
    expect(earth.get('ResourceQuota', 'shop/limits')?.status).toEqual({
      hard: { configmaps: '4' },
      used: { configmaps: '2' },
    });
  });
});

function quota(hard: Record<string, string>): void {
  const metadata = { name: 'limits', namespace: 'shop' };
  earth.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } });
}

function pod(name: string, resources: object): void {
  const spec = { containers: [{ name: 'c', image: 'i', resources }] };
  earth.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop' }, spec });
}

function used(): unknown {
  return (earth.get('ResourceQuota', 'shop/limits')?.status as { used?: unknown } | undefined)?.used;
}
