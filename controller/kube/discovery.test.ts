import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { createClient } from './client.ts';
import type { AggregatedDiscovery } from './discovery-documents.ts';
import { answerJson, endpointAt, startHttp } from './testing/wire.ts';

const signal = new AbortController().signal;
const toClose: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of toClose.splice(0).reverse()) await thing.close();
});

type Documents = Record<string, unknown>;

/** An API server that knows these paths, and notes what it is asked. */
async function earth(documents: Documents, clock = new FakeClock()) {
  const asked: string[] = [];
  const server = await startHttp((request, response) => {
    const url = request.url ?? '';
    asked.push(url);
    const document = documents[`${url} ${request.headers.accept}`] ?? documents[url];
    if (document === undefined) answerJson(response, 404, { kind: 'Status', code: 404, reason: 'NotFound' });
    else if (typeof document === 'number')
      answerJson(response, document, { kind: 'Status', code: document, message: 'x' });
    else answerJson(response, 200, document);
  });
  const client = createClient(endpointAt(`http://127.0.0.1:${server.port}`), { clock, timeoutMs: 600_000 });
  toClose.push(server, client);
  return { discovery: client.discovery, asked, documents, clock };
}

type Version = NonNullable<NonNullable<AggregatedDiscovery['items']>[number]['versions']>[number];
type Served = NonNullable<Version['resources']>[number];

const served = (resource: string, kind: string, more: Partial<Served> = {}): Served => ({
  resource,
  responseKind: { group: '', version: '', kind },
  scope: 'Namespaced',
  singularResource: kind.toLowerCase(),
  verbs: ['get', 'list'],
  ...more,
});

const CORE = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      versions: [
        {
          version: 'v1',
          resources: [
            served('pods', 'Pod', {
              shortNames: ['po'],
              subresources: [{ subresource: 'status' }, { subresource: 'log' }],
              categories: ['all'],
            }),
            served('events', 'Event', { shortNames: ['ev'] }),
            served('namespaces', 'Namespace', { scope: 'Cluster', shortNames: ['ns'] }),
          ],
        },
      ],
    },
  ],
};

const GROUPS = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: { name: 'apps' },
      versions: [
        {
          version: 'v1',
          resources: [
            served('deployments', 'Deployment', { shortNames: ['deploy'], subresources: [{ subresource: 'status' }] }),
          ],
        },
      ],
    },
    {
      metadata: { name: 'events.k8s.io' },
      versions: [{ version: 'v1', resources: [served('events', 'Event', { shortNames: ['ev'] })] }],
    },
    {
      metadata: { name: 'autoscaling' },
      versions: [
        {
          version: 'v2',
          resources: [served('horizontalpodautoscalers', 'HorizontalPodAutoscaler', { shortNames: ['hpa'] })],
        },
        {
          version: 'v1',
          resources: [
            served('horizontalpodautoscalers', 'HorizontalPodAutoscaler', { shortNames: ['hpa'] }),
            served('others', 'Other'),
          ],
        },
      ],
    },
    {
      metadata: { name: 'types.kubefed.io' },
      versions: [
        {
          version: 'v1beta1',
          resources: [
            served('federateddeployments', 'FederatedDeployment', { shortNames: ['fdeploy'], singularResource: '' }),
          ],
        },
      ],
    },
    {
      metadata: { name: 'metrics.k8s.io' },
      versions: [{ version: 'v1beta1', freshness: 'Stale' as const, resources: [] }],
    },
  ],
};

const modern: Documents = { '/api': CORE, '/apis': GROUPS, '/version': { gitVersion: 'v1.36.3', major: '1' } };

describe('a server that tells everything at once', () => {
  it('is asked twice, whoever wants to know and however many', async () => {
    const { discovery, asked } = await earth(modern);
    await Promise.all(Array.from({ length: 20 }, () => discovery.resources(signal)));
    await discovery.resources(signal);
    await discovery.find({ group: 'apps', kind: 'Deployment' }, signal);
    expect(asked.sort()).toEqual(['/api', '/apis']);
  });

  it('says what each resource is', async () => {
    const { discovery } = await earth(modern);
    const resources = await discovery.resources(signal);
    expect(resources[0]).toEqual({
      group: '',
      version: 'v1',
      kind: 'Pod',
      plural: 'pods',
      singular: 'pod',
      namespaced: true,
      verbs: ['get', 'list'],
      shortNames: ['po'],
      categories: ['all'],
      subresources: ['status', 'log'],
      preferred: true,
    });
    expect(resources.find(({ kind }) => kind === 'Namespace')?.namespaced).toBe(false);
    const hpa = resources.filter(({ kind }) => kind === 'HorizontalPodAutoscaler');
    expect(hpa.map(({ version, preferred }) => [version, preferred])).toEqual([
      ['v2', true],
      ['v1', false],
    ]);
    // A resource that the group's preferred version does not serve is preferred where it is served.
    expect(resources.find(({ kind }) => kind === 'Other')).toMatchObject({ version: 'v1', preferred: true });
  });

  it('names the groups that are broken, and has all the others', async () => {
    const { discovery } = await earth(modern);
    expect(discovery.unavailableGroups).toEqual([]);
    expect(await discovery.resources(signal)).toHaveLength(9);
    expect(discovery.unavailableGroups).toEqual(['metrics.k8s.io/v1beta1']);
  });

  it('is asked for the newer form first and for the older ones beside it', async () => {
    const form = (version: string) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    const accept = `${form('v2')},${form('v2beta1')},application/json`;
    const { discovery } = await earth({ [`/api ${accept}`]: CORE, [`/apis ${accept}`]: GROUPS });
    expect(await discovery.resources(signal)).toHaveLength(9);
  });

  it('tells its version', async () => {
    expect(await (await earth(modern)).discovery.version(signal)).toMatchObject({ gitVersion: 'v1.36.3' });
  });
});

describe('a server that tells of each version by itself', () => {
  const old: Documents = {
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/api/v1': {
      kind: 'APIResourceList',
      resources: [
        {
          name: 'pods',
          singularName: '',
          namespaced: true,
          kind: 'Pod',
          verbs: ['get'],
          shortNames: ['po'],
          categories: ['all'],
        },
        { name: 'pods/log', singularName: '', namespaced: true, kind: 'Pod', verbs: ['get'] },
        { name: 'pods/status', singularName: '', namespaced: true, kind: 'Pod', verbs: ['get', 'patch'] },
      ],
    },
    '/apis': {
      kind: 'APIGroupList',
      groups: [
        {
          name: 'autoscaling',
          versions: [
            { groupVersion: 'autoscaling/v2beta2', version: 'v2beta2' },
            { groupVersion: 'autoscaling/v1', version: 'v1' },
          ],
          preferredVersion: { groupVersion: 'autoscaling/v1', version: 'v1' },
        },
        { name: 'metrics.k8s.io', versions: [{ groupVersion: 'metrics.k8s.io/v1beta1', version: 'v1beta1' }] },
        { name: 'gone.example', versions: [{ groupVersion: 'gone.example/v1', version: 'v1' }] },
      ],
    },
    '/apis/autoscaling/v1': {
      resources: [
        {
          name: 'horizontalpodautoscalers',
          singularName: 'horizontalpodautoscaler',
          namespaced: true,
          kind: 'HorizontalPodAutoscaler',
        },
      ],
    },
    '/apis/autoscaling/v2beta2': {
      resources: [
        {
          name: 'horizontalpodautoscalers',
          singularName: 'horizontalpodautoscaler',
          namespaced: true,
          kind: 'HorizontalPodAutoscaler',
        },
      ],
    },
    '/apis/metrics.k8s.io/v1beta1': 503,
  };

  it('says the same', async () => {
    const { discovery } = await earth(old);
    const resources = await discovery.resources(signal);
    expect(resources[0]).toMatchObject({
      kind: 'Pod',
      singular: 'pod',
      subresources: ['log', 'status'],
      preferred: true,
    });
    expect(resources.slice(1).map(({ group, version, preferred }) => [group, version, preferred])).toEqual([
      ['autoscaling', 'v1', true],
      ['autoscaling', 'v2beta2', false],
    ]);
  });

  it('names the groups that are broken, not those that are gone', async () => {
    const { discovery } = await earth(old);
    await discovery.resources(signal);
    expect(discovery.unavailableGroups).toEqual(['metrics.k8s.io/v1beta1']);
  });
});

describe('what a person types', () => {
  it.each([
    ['pods', '/v1 pods'],
    ['pod', '/v1 pods'],
    ['Pod', '/v1 pods'],
    ['po', '/v1 pods'],
    ['PODS', '/v1 pods'],
    ['pods.v1', '/v1 pods'],
    ['deploy', 'apps/v1 deployments'],
    ['deployments.apps', 'apps/v1 deployments'],
    ['deployments.v1.apps', 'apps/v1 deployments'],
    ['Deployment.apps', 'apps/v1 deployments'],
    ['ev', '/v1 events'],
    ['events', '/v1 events'],
    ['events.events.k8s.io', 'events.k8s.io/v1 events'],
    ['events.v1.events.k8s.io', 'events.k8s.io/v1 events'],
    ['events.events', 'events.k8s.io/v1 events'],
    ['hpa', 'autoscaling/v2 horizontalpodautoscalers'],
    ['hpa.v1.autoscaling', 'autoscaling/v1 horizontalpodautoscalers'],
    ['fdeploy', 'types.kubefed.io/v1beta1 federateddeployments'],
    ['federateddeployment', 'types.kubefed.io/v1beta1 federateddeployments'],
    ['deployments.v2.apps', undefined],
    ['deployments.extensions', undefined],
    ['nothing', undefined],
    ['', undefined],
  ])('%s', async (word, expected) => {
    const { discovery } = await earth(modern);
    const found = await discovery.resolve(word, signal);
    expect(found && `${found.group}/${found.version} ${found.plural}`).toBe(expected);
  });
});

describe('finding', () => {
  it('goes by group, version, kind or plural, and prefers what the server prefers', async () => {
    const { discovery } = await earth(modern);
    const find = async (query: Parameters<typeof discovery.find>[0]) => {
      const found = await discovery.find(query, signal);
      return found && `${found.group}/${found.version}`;
    };
    expect(await find({ kind: 'Event' })).toBe('/v1');
    expect(await find({ group: 'events.k8s.io', kind: 'Event' })).toBe('events.k8s.io/v1');
    expect(await find({ group: 'autoscaling', kind: 'HorizontalPodAutoscaler' })).toBe('autoscaling/v2');
    expect(await find({ group: 'autoscaling', version: 'v1', plural: 'horizontalpodautoscalers' })).toBe(
      'autoscaling/v1',
    );
    expect(await find({ group: 'apps', kind: 'deployment' })).toBeUndefined();
  });

  it('looks again for what was not there, but not for each question', async () => {
    const { discovery, asked, documents, clock } = await earth({ ...modern });
    expect(await discovery.find({ kind: 'Widget' }, signal)).toBeUndefined();
    documents['/apis'] = {
      ...GROUPS,
      items: [
        ...GROUPS.items,
        { metadata: { name: 'example.io' }, versions: [{ version: 'v1', resources: [served('widgets', 'Widget')] }] },
      ],
    };
    expect(await discovery.find({ kind: 'Widget' }, signal)).toBeUndefined();
    expect(asked).toHaveLength(2);
    clock.advance(5_000);
    expect(await discovery.find({ kind: 'Widget' }, signal)).toMatchObject({ group: 'example.io' });
    expect(asked).toHaveLength(4);
    clock.advance(5_000);
    expect(await discovery.find({ kind: 'Pod' }, signal)).toMatchObject({ plural: 'pods' });
    expect(asked).toHaveLength(4);
  });

  it('knows at once what came before it was told to forget', async () => {
    const { discovery, asked, documents } = await earth({ ...modern });
    const early = discovery.resources(signal);
    documents['/apis'] = { kind: 'APIGroupDiscoveryList', items: [] };
    discovery.invalidate();
    const late = await discovery.resources(signal);
    expect(late).toHaveLength(3);
    await early;
    expect(await discovery.resources(signal)).toHaveLength(3);
    expect(asked).toHaveLength(4);
  });

  it('fails as a whole when the server does, and tries again next time', async () => {
    const { discovery, documents } = await earth({ '/api': CORE, '/apis': 500 });
    await expect(discovery.resources(signal)).rejects.toMatchObject({
      code: 500,
      message: 'get /apis in cluster "earth": InternalServerError: x',
    });
    documents['/apis'] = GROUPS;
    expect(await discovery.resources(signal)).toHaveLength(9);
  });
});
