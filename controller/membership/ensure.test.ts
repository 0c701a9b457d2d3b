import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { type Client, createClient } from '../kube/client.ts';
import { endpointAt } from '../kube/testing/wire.ts';
import { ensure, mended } from './ensure.ts';
import { CLUSTER_ROLES } from './kinds.ts';

const SERVER = 'https://earth.example:6443';
const COLLECTION = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const signal = new AbortController().signal;

describe('mended', () => {
  it('adds what is asked for and keeps what others put there', () => {
    const present: KubeObject = {
      metadata: {
        name: 'r',
        resourceVersion: '7',
        labels: { theirs: 'yes' },
        annotations: { note: 'theirs' },
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Namespace', name: 'n', uid: 'old' },
          { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'u' },
        ],
      },
      rules: ['narrow'],
      unknown: { field: true },
    };
    const owner = { apiVersion: 'v1', kind: 'Namespace', name: 'n', uid: 'new' };
    const desired = { metadata: { name: 'r', annotations: { ours: '1' }, ownerReferences: [owner] }, rules: ['wide'] };
    expect(mended<KubeObject>(present, desired)).toEqual({
      metadata: {
        name: 'r',
        resourceVersion: '7',
        labels: { theirs: 'yes' },
        annotations: { note: 'theirs', ours: '1' },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'u' }, owner],
      },
      rules: ['wide'],
      unknown: { field: true },
    });
  });
});

describe('ensure', () => {
  let client: Client;
  const desired = { metadata: { name: 'r', annotations: { ours: '1' } }, rules: ['wide'] };
  const stored = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'r', uid: 'u', resourceVersion: '7', annotations: { ours: '1' } },
    rules: ['wide'],
  };
  const notFound = { kind: 'Status', code: 404, reason: 'NotFound', message: 'not found' };

  beforeEach(() => {
    nock.disableNetConnect();
    client = createClient(endpointAt(SERVER), {});
  });

  afterEach(async () => {
    await client.close();
    expect(nock.pendingMocks()).toEqual([]);
    nock.cleanAll();
    nock.enableNetConnect();
  });

  it('creates what is not there', async () => {
    nock(SERVER).get(`${COLLECTION}/r`).reply(404, notFound);
    const created = { apiVersion: stored.apiVersion, kind: stored.kind, ...desired };
    nock(SERVER).post(COLLECTION, created).query(true).reply(201, stored);
    await expect(ensure(client, CLUSTER_ROLES, desired, { signal })).resolves.toEqual({
      outcome: 'created',
      object: stored,
    });
  });

  it('writes nothing when all is as it ought to be', async () => {
    nock(SERVER).get(`${COLLECTION}/r`).reply(200, stored);
    const result = await ensure<KubeObject>(client, CLUSTER_ROLES, desired, { signal });
    expect(result.outcome).toBe('unchanged');
  });

  it('mends what differs, on condition that nobody else changed it, and looks again when somebody did', async () => {
    const conflict = { kind: 'Status', code: 409, reason: 'Conflict', message: 'changed' };
    const narrow = { ...stored, rules: ['narrow'] };
    const newer = { ...narrow, metadata: { ...narrow.metadata, resourceVersion: '8', labels: { theirs: 'yes' } } };
    nock(SERVER).get(`${COLLECTION}/r`).reply(200, narrow);
    nock(SERVER).put(`${COLLECTION}/r`, stored).query(true).reply(409, conflict);
    nock(SERVER).get(`${COLLECTION}/r`).reply(200, newer);
    const written = { ...newer, rules: ['wide'] };
    nock(SERVER).put(`${COLLECTION}/r`, written).query(true).reply(200, written);
    const result = await ensure<KubeObject>(client, CLUSTER_ROLES, desired, { signal });
    expect(result).toEqual({ outcome: 'updated', object: written });
  });

  it('only says what it would do in a dry run', async () => {
    nock(SERVER).get(`${COLLECTION}/r`).reply(404, notFound);
    const result = await ensure<KubeObject>(client, CLUSTER_ROLES, desired, { signal, dryRun: true });
    expect(result.outcome).toBe('created');
  });
});
