import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { MemberProbes } from '../../cli/sandbox/probes/member-probes.ts';
import { PodNetwork } from '../../cli/sandbox/probes/pod-network.ts';
import { BESIDE_CONTROLLER_MANAGER, startWorkloads, type Workloads } from '../../cli/sandbox/workloads/workloads.ts';
import { isNotFound } from '../../controller/kube/errors.ts';
import { silentLog } from '../../controller/telemetry/log.ts';
import { systemClock } from '../../controller/time/clock.ts';
import { eventually } from '../kube/eventually.ts';
import { isEmbedded } from './control-planes.ts';
import { type Federation, startFederation } from './federation.ts';
import { DEPLOYMENTS, NAMESPACES } from './kinds.ts';
import type { Finished } from './processes.ts';

const signal = AbortSignal.timeout(1_800_000);
const MEMBERS = ['earth', 'vulcan'] as const;
const WITHIN = { withinMs: 120_000, everyMs: 100 };

const meshConfig = (enabled: boolean) => `
apiVersion: fedmesh.io/v1alpha1
kind: MeshConfig
metadata: { name: default, namespace: ${DEFAULT_KUBEFED_NAMESPACE} }
spec:
  provider: none
  routes: { services: true }
  probe: { enabled: ${enabled}, interval: 2s, staleAfter: 20s }
`;

interface Verdict {
  ok: boolean;
  pairs: { from: string; to: string; class: string; message?: string }[];
  summary: Record<string, number>;
}

describe.runIf(inject('kubeconfig') !== '')('who reaches whom', () => {
  const network = new PodNetwork();
  const stopping = new AbortController();
  const nodes: Workloads[] = [];
  const probes: MemberProbes[] = [];
  let federation: Federation<'host' | 'earth' | 'vulcan'>;

  beforeAll(async () => {
    federation = await startFederation({ names: ['host', 'earth', 'vulcan'], planes: { podNetwork: network } });
  });
  afterAll(async () => {
    stopping.abort();
    for (const each of [...probes, ...nodes]) await each.close();
    await federation?.close();
  });

  const deployment = (member: 'earth' | 'vulcan', name: string) =>
    federation.clients[member]
      .get<KubeObject>(DEPLOYMENTS, { namespace: 'fedmesh-probe', name }, { signal })
      .catch((error: unknown) => (isNotFound(error) ? undefined : Promise.reject(error)));
  const condition = async (name: string, type: string) => {
    const ref = { name, namespace: DEFAULT_KUBEFED_NAMESPACE };
    const { status } = await federation.clients.host.get<KubeFedCluster>(KUBEFED_CLUSTERS, ref, { signal });
    return status?.conditions.find((each) => each.type === type);
  };
  const words = async (name: string, type: string) => {
    const found = await condition(name, type);
    return found === undefined ? '' : `${found.status} ${found.reason}: ${found.message}`;
  };
  const told = (name: string, type: string, status: string) =>
    eventually(
      `${name} says ${type} ${status}`,
      () => words(name, type),
      (seen) => seen.startsWith(status),
      WITHIN,
    );
  const verdict = ({ stdout }: Finished) => JSON.parse(stdout) as Verdict;
  /** A question that a busy machine answers after its second counts as lost: then it is asked again. */
  const allWell = (...more: string[]) =>
    eventually(
      'all is well',
      () => federation.fedctl('network', 'verify', ...more, '-o', 'json'),
      ({ code }) => code === 0,
      WITHIN,
    );

  it('is probed by an ordinary federated workload, and nothing is claimed where no probe runs', async () => {
    await federation.apply('host', meshConfig(true));

    for (const member of MEMBERS) {
      const seen = await eventually(
        `the probe of ${member}`,
        () => deployment(member, 'fedmesh-probe'),
        (found) => found !== undefined,
        WITHIN,
      );
      expect(JSON.stringify(seen?.spec)).toContain(`{"name":"PROBE_CLUSTER","value":"${member}"}`);
    }
    await told('earth', 'PodsReachable', 'Unknown');
    expect((await federation.fedctl('network', 'verify', '--wait', '1s')).code).toBe(3);
  });

  it('is green where all is well, after a join that grants what asking takes', async ({ skip }) => {
    skip(!isEmbedded, 'no Pod runs beside real API servers, and these reach none on loopback');
    for (const [index, name] of MEMBERS.entries()) {
      const client = federation.clients[name];
      const podCidr = `10.${220 + index}.0.0/16`;
      const options = { client, podCidr, nodes: [`${name}-gw`, `${name}-2`], signal: stopping.signal };
      nodes.push(await startWorkloads({ ...options, components: BESIDE_CONTROLLER_MANAGER }));
      const member = new MemberProbes({ client, network, clock: systemClock, random: Math.random, log: silentLog });
      member.start();
      probes.push(member);
    }
    await eventually(
      'the missing right is named',
      () => words('earth', 'PodsReachable'),
      (seen) => seen.includes('Forbidden'),
      WITHIN,
    );
    for (const member of MEMBERS) expect((await federation.fedctl('join', member)).code).toBe(0);

    await told('earth', 'PodsReachable', 'True');
    await told('vulcan', 'ServicesReachable', 'True');
    const run = await allWell();
    expect(verdict(run)).toMatchObject({ ok: true, summary: { pairs: 2, reachable: 2 } });
    expect(run.code).toBe(0);
  });

  it('is told within the interval when it is no longer so, with the cause and a way out', async ({ skip }) => {
    skip(!isEmbedded, 'no Pod runs beside real API servers, and these reach none on loopback');
    const began = Date.now();
    const mend = network.add({ to: 'vulcan', effect: 'large' });
    const seen = await told('vulcan', 'PodsReachable', 'False');
    const took = Date.now() - began;
    expect(seen).toMatch(/^False PacketSize: .*lower the MTU/);

    const run = await federation.fedctl('network', 'verify', '-o', 'json');
    expect(run.code).toBe(3);
    expect(verdict(run).pairs[0]).toMatchObject({ from: 'earth', to: 'vulcan', class: 'PacketSize' });
    const shown = await federation.fedctl('network', 'status');
    expect(shown.stdout).toMatch(/earth +- +PacketSize/);
    mend();
    await told('vulcan', 'PodsReachable', 'True');
    console.info(`noticed after ${took} ms with an interval of 2 s and 1 s for each question`);
  });

  it('asks from every node when it is to', async ({ skip }) => {
    skip(!isEmbedded, 'no Pod runs beside real API servers, and these reach none on loopback');
    const run = await allWell('--all-nodes');
    expect(verdict(run).ok).toBe(true);
    expect(run.code).toBe(0);
  });

  it('leaves nothing behind when it is switched off', async () => {
    await federation.apply('host', meshConfig(false));
    for (const member of MEMBERS) {
      const namespace = () =>
        federation.clients[member].get(NAMESPACES, { name: 'fedmesh-probe' }, { signal }).then(
          () => true,
          (error: unknown) => !isNotFound(error),
        );
      await eventually(`nothing in ${member}`, namespace, (seen) => !seen, WITHIN);
    }
    await eventually(
      'no condition',
      () => condition('earth', 'PodsReachable'),
      (seen) => seen === undefined,
      WITHIN,
    );
  });
});
