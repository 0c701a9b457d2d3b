import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PROPAGATED_VERSIONS } from '../../apis/core/v1alpha1/propagated-version.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { type Client, createClient } from '../../controller/kube/client.ts';
import { endpointFor, loadKubeconfig } from '../../controller/kube/kubeconfig.ts';
import { writesOf } from './audit-log.ts';
import { Cluster, until } from './cluster.ts';
import { type ControlPlanes, isEmbedded, startControlPlanes } from './control-planes.ts';
import { CONFIG_MAPS, DEPLOYMENTS, federatedKindOf, NAMESPACES, SECRETS } from './kinds.ts';
import { installKubeFed, joinAsKubeFed, NAMESPACE } from './kubefed/installation.ts';
import { apply, federatedObjects } from './kubefed/objects.ts';
import { ControllerProcess, fedctl, succeed } from './processes.ts';

/**
 * KubeFed's own controller, built from its v0.10.0 (`go build sigs.k8s.io/kubefed/cmd/controller-manager`), if one is named:
 * KubeFed propagates, Fedmesh takes over, KubeFed has it back. Nothing is written in any member on the way.
 */
const KUBEFED = process.env.KUBEFED_CONTROLLER ?? '';
const COUNT = 100;
/** How long each of them is watched doing nothing. Longer than either takes to look at everything again. */
const WATCHED_MS = 15_000;

type Name = 'host' | 'earth' | 'vulcan';

describe.runIf(inject('kubeconfig') !== '' && KUBEFED !== '' && !isEmbedded)('from KubeFed to Fedmesh and back', () => {
  let planes: ControlPlanes<Name>;
  let clients: Record<Name, Client>;
  let host: Cluster;
  let kubefed: ChildProcess | undefined;
  let controller: ControllerProcess | undefined;
  const live = federatedObjects('shop', COUNT);
  const kinds = [NAMESPACES, CONFIG_MAPS, SECRETS, DEPLOYMENTS].map(federatedKindOf);

  beforeAll(async () => {
    planes = await startControlPlanes({ names: ['host', 'earth', 'vulcan'], auditLog: true });
    const kubeconfig = await loadKubeconfig({ path: planes.kubeconfigPath });
    const client = (name: Name) => createClient(endpointFor(kubeconfig, { context: name, cluster: name }), {});
    clients = { host: client('host'), earth: client('earth'), vulcan: client('vulcan') };
    host = new Cluster(clients.host);
    await installKubeFed(host);
    for (const name of ['earth', 'vulcan'] as const) {
      await joinAsKubeFed(host, new Cluster(clients[name]), planes.planes[name], { ready: false });
    }
    await host.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    await apply(host, live);
  }, 300_000);

  afterAll(async () => {
    await stopKubeFed();
    await controller?.stop();
    for (const client of Object.values(clients ?? {})) await client.close();
    await planes?.close();
  });

  function startKubeFed(): void {
    const log = createWriteStream(join(planes.dir, 'kubefed.log'), { flags: 'a' });
    kubefed = spawn(
      KUBEFED,
      [
        `--kubeconfig=${planes.kubeconfigPath}`,
        `--kubefed-namespace=${NAMESPACE}`,
        '--healthz-addr=127.0.0.1:0',
        '--metrics-addr=127.0.0.1:0',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    kubefed.stdout?.pipe(log);
    kubefed.stderr?.pipe(log);
  }

  async function stopKubeFed(): Promise<void> {
    if (kubefed === undefined || kubefed.exitCode !== null || kubefed.signalCode !== null) return;
    kubefed.kill('SIGKILL');
    await once(kubefed, 'exit');
  }

  function run(...args: string[]): Promise<string> {
    return succeed(fedctl(planes.kubeconfigPath, [...args, '--host-cluster-context', 'host']));
  }

  async function memberWrites(): Promise<string[]> {
    return (
      await Promise.all([planes.planes.earth, planes.planes.vulcan].map((plane) => writesOf(plane, { stored: true })))
    ).flat();
  }

  /** Whatever is still on its way has come; then for a while nothing is. */
  async function quiet(): Promise<string[]> {
    let writes = await memberWrites();
    let since = Date.now();
    await until(
      'nothing to be written any more',
      async () => {
        const now = await memberWrites();
        if (now.length !== writes.length) since = Date.now();
        writes = now;
        return Date.now() - since;
      },
      (still) => still >= WATCHED_MS,
      { withinMs: 180_000, everyMs: 1_000 },
    );
    return writes;
  }

  async function openObjects(): Promise<string[]> {
    const lists = await Promise.all(kinds.map((kind) => host.list(kind, 'shop')));
    return (lists.flat() as FederatedObject[])
      .filter(({ status }) => status?.conditions?.find(({ type }) => type === 'Propagation')?.status !== 'True')
      .map(({ metadata }) => metadata.name ?? '');
  }

  it('writes nothing in any member, neither way', async () => {
    startKubeFed();
    await until('KubeFed to propagate', openObjects, (open) => open.length === 0, {
      withinMs: 180_000,
      everyMs: 1_000,
    });
    const byKubeFed = await quiet();
    expect(byKubeFed.length).toBeGreaterThanOrEqual(2 * COUNT);
    const records = (await host.list(PROPAGATED_VERSIONS)).length;
    expect(records).toBe(COUNT);

    await stopKubeFed();
    await run('migrate', 'kubefed', '--yes', '--force');
    controller = await ControllerProcess.start({ kubeconfig: planes.kubeconfigPath });
    await until(
      'Fedmesh to have looked at everything',
      async () => {
        const lists = await Promise.all(kinds.map((kind) => host.list(kind, 'shop')));
        return (lists.flat() as FederatedObject[]).filter(({ status }) => status?.clusterSummary !== '2/2').length;
      },
      (open) => open === 0,
      { withinMs: 90_000, everyMs: 1_000 },
    );
    const byFedmesh = await quiet();
    expect(byFedmesh).toEqual(byKubeFed);

    const ref = { name: 'object-002', namespace: 'shop' };
    await host.patch(federatedKindOf(CONFIG_MAPS), ref, { spec: { template: { data: { key: 'changed' } } } });
    const afterChange = await quiet();
    expect(afterChange.length).toBe(byKubeFed.length + 2);

    await controller.stop();
    await run('migrate', 'kubefed', 'rollback', '--yes');
    startKubeFed();
    await until(
      "KubeFed's log to say that it leads",
      () => readFile(join(planes.dir, 'kubefed.log'), 'utf8'),
      (log) => log.split('promoted as leader').length > 2,
      { withinMs: 90_000, everyMs: 1_000 },
    );
    const back = await quiet();
    expect(back).toEqual(afterChange);
    expect(await openObjects()).toEqual([]);
    process.stdout.write(
      `member writes: KubeFed ${byKubeFed.length}, taking over ${byFedmesh.length - byKubeFed.length}, ` +
        `a change ${afterChange.length - byFedmesh.length}, going back ${back.length - afterChange.length}\n`,
    );
  }, 900_000);
});
