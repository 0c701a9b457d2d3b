import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ControllerProcess, fedctl, kubectl, succeed } from '../e2e/processes.ts';
import { type ControlPlanes, startControlPlanes } from '../kube/control-planes.ts';

/** The suite takes the current context's name for that of the host's KubeFedCluster. */
const HOST = 'host';
/** With the host the two members without which the suite leaves out its specs of replica scheduling. */
const MEMBER = 'earth';
const GATES = ['PushReconciler', 'SchedulerPreferences', 'RawResourceStatusCollection', 'PropagatedVersions'];
const WEBHOOKS_WITHIN_MS = 30_000;

export interface Installation {
  readonly planes: ControlPlanes;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly controller: ControllerProcess;
  close(): Promise<void>;
}

export interface InstallationOptions {
  readonly namespace: string;
  readonly scope: 'Cluster' | 'Namespaced';
  /** Keeps data and logs there. Default: a temporary directory. */
  readonly dir?: string;
  readonly report: (line: string) => void;
}

/** Control planes and on them Fedmesh, as KubeFed's `scripts/deploy-kubefed.sh` deploys KubeFed: the host is a member too. */
export async function install(options: InstallationOptions): Promise<Installation> {
  const { namespace, report, dir } = options;
  report(`starting ${HOST} and ${MEMBER}`);
  const planes = await startControlPlanes({ names: [HOST, MEMBER], ...(dir === undefined ? {} : { dir }) });
  const kubeconfig = planes.kubeconfigPath;
  try {
    report('installing: fedctl init, join');
    const run = (...args: string[]) =>
      succeed(fedctl(kubeconfig, [...args, '--host-cluster-context', HOST, '--kubefed-namespace', namespace]));
    await run('init', '--types', 'kubefed', ...(options.scope === 'Cluster' ? [] : ['--scope', options.scope]));
    await configure(kubeconfig, options);
    // The suite makes CustomResourceDefinitions in members with the credentials of the join, as KubeFed's role let it.
    for (const name of [HOST, MEMBER]) await run('join', name, '--rbac', 'full', '--allow-rbac-propagation');
    const controller = await startController(kubeconfig, options);
    return {
      planes,
      kubeconfig,
      namespace,
      controller,
      async close() {
        await controller.stop();
        await planes.close();
      },
    };
  } catch (error) {
    await planes.close();
    throw error;
  }
}

/** All of KubeFed's feature gates are on, as where its own project ran the suite, and PropagatedVersions, which it had no gate for. */
async function configure(kubeconfig: string, { namespace }: InstallationOptions): Promise<void> {
  const featureGates = GATES.map((name) => ({ name, configuration: 'Enabled' }));
  const patch = JSON.stringify({ spec: { featureGates } });
  const config = ['patch', 'kubefedconfig', 'kubefed', '--namespace', namespace, '--type=merge', '--patch', patch];
  await succeed(kubectl(kubeconfig, ['--context', HOST, ...config]));
}

async function startController(kubeconfig: string, options: InstallationOptions): Promise<ControllerProcess> {
  const { namespace, report } = options;
  const port = await freePort();
  const controller = await ControllerProcess.start({
    kubeconfig,
    namespace,
    args: [`--webhook-port=${port}`, `--webhook-url=https://127.0.0.1:${port}`],
  });
  report('waiting for the webhooks');
  const deadline = Date.now() + WEBHOOKS_WITHIN_MS;
  for (;;) {
    const listed = await succeed(
      kubectl(kubeconfig, ['--context', HOST, 'get', 'mutatingwebhookconfigurations', '--output=name']),
    );
    if (listed.includes('mutation.core.kubefed.io')) return controller;
    if (Date.now() > deadline) throw new Error(`there are no webhooks:\n${controller.log.slice(-20).join('\n')}`);
    await delay(200);
  }
}

/**
 * Deletes the ReplicaSets that a spec has left in the member on purpose. KubeFed deletes the namespace with them in it; Fedmesh keeps a
 * namespace with what is nobody's, says so, and the suite would wait a minute for it in the end.
 */
export async function deleteOrphans(kubeconfig: string): Promise<void> {
  const member = (...args: string[]) => succeed(kubectl(kubeconfig, ['--context', MEMBER, ...args]));
  const names = await member('get', 'namespaces', '--output=name');
  for (const name of names
    .split('\n')
    .flatMap((line) => /^namespace\/(e2e-tests-delete-options-.+)$/.exec(line)?.[1] ?? [])) {
    await member('delete', 'replicasets', '--all', '--namespace', name, '--wait=false');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
