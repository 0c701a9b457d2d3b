import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { eventually } from '../kube/eventually.ts';
import { type Federation, startFederation } from './federation.ts';
import { fedctl } from './processes.ts';

const signal = AbortSignal.timeout(1_800_000);

describe.runIf(inject('kubeconfig') !== '')('the address ranges of members', () => {
  let federation: Federation<'host' | 'earth' | 'vulcan'>;

  beforeAll(async () => {
    federation = await startFederation({ names: ['host', 'earth', 'vulcan'] });
  });
  afterAll(() => federation?.close());

  const addNode = (cluster: 'earth' | 'vulcan', name: string, address: string, podCIDR: string) =>
    federation
      .apply(
        cluster,
        JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { podCIDR, podCIDRs: [podCIDR] } }),
      )
      .then(() => {
        const status = JSON.stringify({ status: { addresses: [{ type: 'InternalIP', address }] } });
        return federation.kubectl(cluster, 'patch', 'node', name, '--subresource=status', '--type=merge', '-p', status);
      });

  const member = (name: string) => {
    const ref = { name, namespace: DEFAULT_KUBEFED_NAMESPACE };
    return federation.clients.host.get<KubeFedCluster>(KUBEFED_CLUSTERS, ref, { signal });
  };
  const memberSpec = async (name: string) => (await member(name)).spec;
  const memberStatus = async (name: string) => (await member(name)).status ?? { conditions: [] };

  const condition = async (name: string, type: string) =>
    (await memberStatus(name)).conditions.find((each) => each.type === type);

  const told = (name: string, type: string, status: string) =>
    eventually(
      `${name} says ${type} ${status}`,
      async () => (await condition(name, type))?.status,
      (seen) => seen === status,
      { withinMs: 120_000 },
    );

  const declare = (name: string, podCIDR: string) => {
    const patch = JSON.stringify({ spec: { network: { podCIDRs: [podCIDR] } } });
    const namespace = ['-n', DEFAULT_KUBEFED_NAMESPACE];
    return federation.kubectl('host', 'patch', 'kubefedcluster', name, ...namespace, '--type=merge', '-p', patch);
  };

  it('are found with the rights that a join grants, and an overlap stands on both members until it is mended', async () => {
    await addNode('earth', 'earth-1', '192.168.1.10', '10.244.0.0/24');
    await addNode('vulcan', 'vulcan-1', '192.168.2.10', '10.244.0.0/24');
    await federation.restart();

    await told('earth', 'NetworkOverlap', 'True');
    expect(await condition('earth', 'NetworkOverlap')).toMatchObject({
      status: 'True',
      reason: 'RangesOverlap',
      message: expect.stringMatching(
        /pod CIDR 10\.244\.0\.0\/24 .* of "(earth|vulcan)" overlaps pod CIDR 10\.244\.0\.0\/24/,
      ),
    });
    const { network, conditions } = await memberStatus('vulcan');
    expect(network?.podCIDRs).toEqual([
      { cidr: '10.244.0.0/24', source: 'podCIDRs of the nodes', confidence: 'inferred' },
    ]);
    expect(network?.serviceCIDRs?.[0]).toMatchObject({ source: 'ServiceCIDR', confidence: 'authoritative' });
    expect(network?.nodeCIDRs).toMatchObject([{ cidr: '192.168.2.10/32' }]);
    expect(conditions.find(({ type }) => type === 'NetworkDiscovered')).toMatchObject({ status: 'True' });
    expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' });

    await declare('vulcan', '10.7.0.0/16');

    await told('earth', 'NetworkOverlap', 'False');
    expect((await memberStatus('vulcan')).network?.podCIDRs).toEqual([
      { cidr: '10.7.0.0/16', source: 'spec.network', confidence: 'declared' },
    ]);
  });

  it('a declaration that is no range is refused by nobody but is told, and the rest of the network stays as it is', async () => {
    await declare('vulcan', '10.7.1.0/16');

    await told('vulcan', 'NetworkDiscovered', 'False');
    expect(await condition('vulcan', 'NetworkDiscovered')).toMatchObject({
      reason: 'InvalidRange',
      message: expect.stringContaining('"10.7.1.0/16" has bits set behind its prefix: the range is 10.7.0.0/16'),
    });
    expect(await condition('earth', 'NetworkDiscovered')).toMatchObject({ status: 'True' });
  });

  it('are compared when a cluster joins: by policy it is told or refused, and refused means that nothing was written', async () => {
    await declare('vulcan', '10.244.0.0/16');
    await told('earth', 'NetworkOverlap', 'True');

    const refusal = await federation.fedctl('join', 'earth', '--overlap-policy', 'Deny');
    expect(refusal.stderr).toMatch(
      /cannot join cluster "earth": pod CIDR 10\.244\.0\.0\/24 \(podCIDRs of the nodes\) of "earth" overlaps pod CIDR 10\.244\.0\.0\/16 \(spec\.network\) of "vulcan"; over a mesh one of them would silently receive the other's traffic\nhint: build one of the two anew/,
    );
    expect(refusal.code).toBe(4);
    expect((await memberSpec('earth')).network).toBeUndefined();

    const warned = await federation.fedctl('join', 'earth', '--overlap-policy', 'Warn', '--pod-cidrs', '10.244.0.0/18');
    expect(warned.stderr).toContain(
      'overlaps pod CIDR 10.244.0.0/16 (spec.network) of "vulcan": their pods cannot reach each other',
    );
    expect(warned.code).toBe(0);
    expect((await memberSpec('earth')).network).toEqual({ podCIDRs: ['10.244.0.0/18'], overlapPolicy: 'Warn' });

    const mended = await federation.fedctl('join', 'earth', '--overlap-policy', 'Deny', '--pod-cidrs', '10.9.0.0/16');
    expect(mended.code).toBe(0);
    await told('earth', 'NetworkOverlap', 'False');
    await declare('earth', '10.244.0.0/24');
  });

  it('can be compared by a person before anything is federated', async () => {
    const { code, stdout } = await fedctl(federation.kubeconfig, ['network', 'check', 'earth', 'vulcan']);

    expect(stdout).toContain(
      'conflict: pod CIDR 10.244.0.0/24 (podCIDRs of the nodes) of "earth" overlaps pod CIDR 10.244.0.0/24',
    );
    expect(code).toBe(3);
  });

  it('get routes that a person runs on nodes, from what is declared and found, and none while they overlap', async () => {
    const generate = (...words: string[]) => federation.fedctl('generate', 'routes', '--members', ...words);
    const refused = await generate();
    expect(refused.stderr).toMatch(/10\.244\.0\.0\/\d+ of earth overlaps 10\.244\.0\.0\/\d+ of vulcan/);
    expect(refused.code).toBe(4);

    await declare('vulcan', '10.7.0.0/16');

    const { code, stdout } = await generate('--layer2', '192.168.0.0/16', '--node', 'earth/earth-1');
    expect(stdout).toContain('\n10.7.0.0/16 via 192.168.2.10\n');
    expect(code).toBe(0);
  });
});
