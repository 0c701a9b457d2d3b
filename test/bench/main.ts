import { parseArgs } from 'node:util';
import { createClient } from '../../controller/kube/client.ts';
import { endpointFor, loadKubeconfig } from '../../controller/kube/kubeconfig.ts';
import { ControllerProcess, fedctl, succeed } from '../e2e/processes.ts';
import { startControlPlanes } from '../kube/control-planes.ts';
import * as bare from './bare-client.ts';
import { cpuMs, median, memoryMb, quantile, writesOf } from './measures.ts';
import { Observer } from './observer.ts';
import { type Row, table } from './table.ts';
import {
  DEPLOYMENTS,
  each,
  FEDERATED_DEPLOYMENTS,
  FEDERATED_NAMESPACES,
  federatedDeployment,
  federatedNamespace,
  MEMBERS,
  NAMESPACES,
} from './workload.ts';

/**
 * `npm run bench`: propagation over a real host and two real members beside a bare client in the same run, round by round,
 * so that both meet the same mood of the machine. Quote the ratios; the absolute figures are this machine's, today.
 */

const { values: flags } = parseArgs({
  options: {
    objects: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    latencies: { type: 'string', default: '200' },
    output: { type: 'string', short: 'o', default: 'table' },
    /** Directory for a CPU profile of each controller process. */
    profile: { type: 'string' },
  },
});
const objects = Number(flags.objects);
const rounds = Number(flags.rounds);
const samples = Number(flags.latencies);
const memberObjects = objects * MEMBERS.length;
const SUBMITTERS = 32;
/**
 * Objects that each side makes and removes before its clock starts. For its first thousands of requests a fresh process spends
 * more on compiling itself than on its work (0.4 ms a request instead of 0.1), which is no cost of an object.
 */
const WARM_UP = 1000;

const { signal } = new AbortController();
const note = (text: string) => process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  note('starting host, earth and vulcan');
  const planes = await startControlPlanes({
    names: ['host', ...MEMBERS],
    controllers: 'minimal',
    inflight: { reads: 2000, writes: 1000 },
  });
  try {
    const { kubeconfigPath } = planes;
    await succeed(fedctl(kubeconfigPath, ['init', '--host-cluster-context', 'host']));
    for (const member of MEMBERS) {
      await succeed(fedctl(kubeconfigPath, ['join', member, '--host-cluster-context', 'host']));
    }
    const kubeconfig = await loadKubeconfig({ path: kubeconfigPath });
    const clientOf = (context: string) =>
      createClient(endpointFor(kubeconfig, { context, cluster: context }), { maxSockets: 64 });
    const clients = { host: clientOf('host'), earth: clientOf('earth'), vulcan: clientOf('vulcan') };
    try {
      const rows = await measure(clients, kubeconfigPath);
      if (flags.output === 'json') process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
      else process.stdout.write(table(rows));
    } finally {
      await Promise.all(Object.values(clients).map((client) => client.close()));
    }
  } finally {
    await planes.close();
  }
}

async function measure(clients: bare.Clients, kubeconfig: string): Promise<Row[]> {
  const host = { created: [] as number[], updated: [] as number[], cpu: [] as number[] };
  const ours = { created: [] as number[], updated: [] as number[], cpu: [] as number[] };
  const writes = { created: [] as number[], updated: [] as number[] };

  let controller = await startController(kubeconfig);
  const observer = new Observer(clients);
  await observer.start();
  try {
    for (let round = 1; round <= rounds; round++) {
      note(`round ${round} of ${rounds}: the bare client`);
      // The controller must not see the bare client's objects: it is stopped, and they are gone before it starts again.
      await controller.stop();
      await makeNamespace(clients, `bare-${round}`, false);
      await bare.createAll(clients, `bare-${round}`, WARM_UP, signal);
      await removeAll(clients, `bare-${round}`);
      const bareCpu = process.cpuUsage();
      host.created.push(rate(await bare.createAll(clients, `bare-${round}`, objects, signal)));
      host.cpu.push(totalMs(process.cpuUsage(bareCpu)) / memberObjects);
      host.updated.push(rate(await bare.updateAll(clients, `bare-${round}`, objects, signal)));
      await removeAll(clients, `bare-${round}`);

      note(`round ${round} of ${rounds}: Fedmesh`);
      controller = await startController(kubeconfig);
      const namespace = `fed-${round}`;
      await makeNamespace(clients, namespace, true);
      await observer.namespaceReady(namespace);
      await warmUp(clients, observer, `warm-${round}`);

      let before = await allWrites(clients);
      const cpuBefore = cpuMs(controller.pid);
      let started = performance.now();
      const created = observer.allPropagated(namespace, objects, 1);
      await submitAll(clients, namespace, objects);
      ours.created.push(rate((await created) - started));
      ours.cpu.push((cpuMs(controller.pid) - cpuBefore) / memberObjects);
      writes.created.push(((await allWrites(clients)) - before) / objects - 1);

      before = await allWrites(clients);
      started = performance.now();
      const updated = observer.allPropagated(namespace, objects, 2);
      await each(objects, SUBMITTERS, async (n) => {
        const name = bare.nameOf(n);
        const body = { spec: { template: federatedDeployment(namespace, name, 'nginx:1.28').spec.template } };
        await clients.host.patch(FEDERATED_DEPLOYMENTS, { name, namespace }, { type: 'merge', body }, { signal });
      });
      ours.updated.push(rate((await updated) - started));
      writes.updated.push(((await allWrites(clients)) - before) / objects - 1);
      if (round < rounds) await removeFederated(clients, namespace, objects, observer);
    }
    const memory = memoryMb(controller.pid);

    note('latencies, one object at a time');
    await makeNamespace(clients, 'bare-latency', false);
    await makeNamespace(clients, 'fed-latency', true);
    await observer.namespaceReady('fed-latency');
    const ourLatencies = await latencies(clients, observer, 'fed-latency');
    await controller.stop();
    const bareLatencies = await bare.createOneByOne(clients, 'bare-latency', samples, signal);
    await removeAll(clients, 'bare-latency');

    note('a restart when nothing has changed');
    const before = await allWrites(clients);
    controller = await startController(kubeconfig);
    await observer.quiet(5_000);
    const restartWrites = (await allWrites(clients)) - before;

    note('drift');
    const repairs = await drift(clients, observer, `fed-${rounds}`);

    return [
      row('created, member objects/s', median(host.created), median(ours.created), '>= 65 %', percent),
      row('updated, member objects/s', median(host.updated), median(ours.updated), '', percent),
      row('create to both members, p50 ms', median(bareLatencies), median(ourLatencies), '<= 1.7 x', times),
      row(
        'create to both members, p99 ms',
        quantile(bareLatencies, 0.99),
        quantile(ourLatencies, 0.99),
        '<= 4 x of p50',
        () => times(median(bareLatencies), quantile(ourLatencies, 0.99)),
      ),
      row('API writes per created object', 4, median(writes.created), '4', () => ''),
      row('API writes per updated object', 3, median(writes.updated), '3', () => ''),
      row('API writes at a restart, nothing changed', undefined, restartWrites, '0', () => ''),
      row('drift repaired, p50 ms', undefined, median(repairs), '', () => ''),
      row('drift repaired, p99 ms', undefined, quantile(repairs, 0.99), '<= 200', () => ''),
      row('CPU per member object created, ms', median(host.cpu), median(ours.cpu), '<= 1.5', times),
      row('resident memory, MB', undefined, memory.now, '<= 160', () => ''),
      row('resident memory at its highest, MB', undefined, memory.highest, '', () => ''),
    ];
  } finally {
    await observer.close();
    await controller.stop();
  }
}

function startController(kubeconfig: string): Promise<ControllerProcess> {
  const { profile } = flags;
  const nodeArgs = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  return ControllerProcess.start({ kubeconfig, nodeArgs });
}

/** Each from the moment before the submission until a watch has shown the object in both members. */
async function latencies(clients: bare.Clients, observer: Observer, namespace: string): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < samples; n++) {
    const name = bare.nameOf(n);
    const seen = observer.inBothMembers(namespace, name);
    const started = performance.now();
    await bare.submit(clients.host, namespace, name, signal);
    found.push((await seen) - started);
    await observer.propagated(namespace, name, 1);
  }
  return found;
}

/** Somebody scales a copy in a member; until a watch shows it as it should be. Each object once: no contest. */
async function drift(clients: bare.Clients, observer: Observer, namespace: string): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < Math.min(samples, objects); n++) {
    const name = bare.nameOf(n);
    const member = MEMBERS[n % MEMBERS.length] ?? 'earth';
    const started = performance.now();
    const repaired = observer.repaired(member, namespace, name);
    await clients[member].patch(
      DEPLOYMENTS,
      { name, namespace },
      { type: 'merge', body: { spec: { replicas: 7 } } },
      { signal },
    );
    found.push((await repaired) - started);
  }
  return found;
}

async function makeNamespace(clients: bare.Clients, name: string, federated: boolean): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await clients.host.create(NAMESPACES, object, { signal });
  if (federated) await clients.host.create(FEDERATED_NAMESPACES, federatedNamespace(name), { signal });
  else for (const member of MEMBERS) await clients[member].create(NAMESPACES, object, { signal });
}

/** The bare client's objects, its finalizers first. */
async function removeAll(clients: bare.Clients, namespace: string): Promise<void> {
  const { items } = await clients.host.listAll(FEDERATED_DEPLOYMENTS, { namespace, signal, metadataOnly: true });
  await each(items.length, SUBMITTERS, async (n) => {
    const name = items[n]?.metadata.name ?? '';
    const body = { metadata: { finalizers: null } };
    await clients.host.patch(FEDERATED_DEPLOYMENTS, { name, namespace }, { type: 'merge', body }, { signal });
    await clients.host.delete(FEDERATED_DEPLOYMENTS, { name, namespace }, { signal });
    await Promise.all(MEMBERS.map((member) => clients[member].delete(DEPLOYMENTS, { name, namespace }, { signal })));
  });
}

/** In a namespace of its own, so that what is counted afterwards is new in every way. */
async function warmUp(clients: bare.Clients, observer: Observer, namespace: string): Promise<void> {
  await makeNamespace(clients, namespace, true);
  await observer.namespaceReady(namespace);
  const propagated = observer.allPropagated(namespace, WARM_UP, 1);
  await submitAll(clients, namespace, WARM_UP);
  await propagated;
  await removeFederated(clients, namespace, WARM_UP, observer);
}

async function submitAll(clients: bare.Clients, namespace: string, count: number): Promise<void> {
  await each(count, SUBMITTERS, async (n) => {
    await bare.submit(clients.host, namespace, bare.nameOf(n), signal);
  });
}

async function removeFederated(
  clients: bare.Clients,
  namespace: string,
  count: number,
  observer: Observer,
): Promise<void> {
  await each(count, SUBMITTERS, async (n) => {
    await clients.host.delete(FEDERATED_DEPLOYMENTS, { name: bare.nameOf(n), namespace }, { signal });
  });
  await observer.allGone(namespace);
}

async function allWrites(clients: bare.Clients): Promise<number> {
  const each = await Promise.all(Object.values(clients).map((client) => writesOf(client, signal)));
  return each.reduce((sum, writes) => sum + writes, 0);
}

const totalMs = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1000;
const rate = (ms: number) => (memberObjects * 1000) / ms;
const percent = (base: number, value: number) => `${((100 * value) / base).toFixed(0)} %`;
const times = (base: number, value: number) => `${(value / base).toFixed(2)} x`;

function row(
  what: string,
  bareValue: number | undefined,
  value: number,
  goal: string,
  ratio: (base: number, value: number) => string,
): Row {
  return { what, bare: bareValue, fedmesh: value, ratio: bareValue === undefined ? '' : ratio(bareValue, value), goal };
}

await main();
