import { afterEach, describe, expect, it } from 'vitest';
import { refuse, WireApi } from '../../clusters/testing/wire-api.ts';
import { type Client, createClient } from '../../kube/client.ts';
import { answerJson, endpointAt } from '../../kube/testing/wire.ts';
import { CiliumProvider } from './cilium/cilium-provider.ts';
import type { MemberNetwork } from './provider.ts';
import { SubmarinerProvider } from './submariner/submariner-provider.ts';

const signal = new AbortController().signal;
const SUBMARINER = '/apis/submariner.io/v1/namespaces/submariner-operator';
const closing: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of closing.splice(0).reverse()) await each.close();
});

const network = (cluster: string): MemberNetwork => ({
  ...{ cluster, podCIDRs: ['10.1.0.0/16'], serviceCIDRs: [], nodeCIDRs: [], outboundCIDRs: [], nodes: [] },
  gatewayNodes: [],
  remap: false,
});

async function serverOf(collections: readonly string[]): Promise<{ api: WireApi; client: Client }> {
  const api = await WireApi.start(collections);
  const client = createClient(endpointAt(api.url, { cluster: 'earth' }), {});
  closing.push(api, client);
  return { api, client };
}

describe('providers that live in the members', () => {
  it('Submariner is read in each member by itself: one that is away, or may not be read, takes nothing from the others', async () => {
    const { api, client } = await serverOf(
      ['clusters', 'endpoints', 'gateways'].map((kind) => `${SUBMARINER}/${kind}`),
    );
    const localEndpoint = { cluster_id: 'earth', subnets: ['10.1.0.0/16'] };
    api.put(`${SUBMARINER}/gateways`, { metadata: { name: 'earth-1' }, status: { haStatus: 'active', localEndpoint } });
    const bare = await serverOf([]);
    const closed = await serverOf([]);
    for (const kind of ['clusters', 'endpoints', 'gateways'])
      closed.api.answer(`${SUBMARINER}/${kind}`, (_, response) => refuse(response, 403, 'Forbidden'));
    const clients = new Map([
      ['earth', client],
      ['bare', bare.client],
      ['closed', closed.client],
    ]);
    const provider = new SubmarinerProvider((cluster) => clients.get(cluster));

    const state = await provider.observe(['earth', 'bare', 'closed', 'gone'].map(network), signal);

    expect(state.gateways).toMatchObject([{ cluster: 'earth', node: 'earth-1', state: 'Ready' }]);
    expect(provider.plan([], state).actions).toEqual([]);
    expect(state.problems.map(({ cluster, reason }) => `${cluster} ${reason}`)).toEqual([
      'bare GatewayMissing',
      'closed Forbidden',
      'gone MemberAway',
    ]);
    expect(state.problems[1]?.message).toContain('`fedctl join closed` again grants it');
    expect(api.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('Cilium is read by three requests, and none of them opens a Secret', async () => {
    const { api, client } = await serverOf(['/apis/cilium.io/v2/ciliumnodes']);
    api.answer('/api/v1/namespaces/kube-system/configmaps/cilium-config', (_, response) =>
      answerJson(response, 200, {
        metadata: { name: 'cilium-config' },
        data: { 'cluster-name': 'earth', 'cluster-id': '1' },
      }),
    );
    api.answer('/apis/apps/v1/namespaces/kube-system/deployments/clustermesh-apiserver', (_, response) =>
      answerJson(response, 200, { metadata: {}, status: { replicas: 1, readyReplicas: 1 } }),
    );
    const provider = new CiliumProvider(() => client);

    const state = await provider.observe([network('earth')], signal);

    expect(state.gateways).toMatchObject([{ cluster: 'earth', state: 'Ready' }]);
    expect(state.problems).toEqual([]);
    expect(api.requests).toHaveLength(3);
  });
});
