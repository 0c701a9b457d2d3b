import { parseArgs } from 'node:util';
import type { FederationStatus } from '../../cli/status/model.ts';
import { ControllerProcess, fedctl, kubectl, run, succeed } from '../e2e/processes.ts';
import { startControlPlanes } from './control-planes.ts';

/**
 * `npm start`: two clusters federated on this machine, from nothing. Builds, starts host, earth and vulcan as real control
 * planes, runs the controller, applies the samples of the first walk, shows the table until everything is propagated, and
 * stays until it is interrupted. `--once`: exit code 0 as soon as all is propagated, 1 if it is not within a minute.
 */

const MEMBERS = ['earth', 'vulcan'];
const SAMPLES = 'samples/w1';
const PATIENCE_MS = 60_000;

const { values: flags } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());

const say = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  await step('building', () => succeed(run('npm', ['run', '--silent', 'build'])));
  const planes = await step('starting host, earth and vulcan', () =>
    startControlPlanes({ names: ['host', ...MEMBERS] }),
  );
  const { kubeconfigPath: kubeconfig } = planes;
  try {
    const host = ['--host-cluster-context', 'host'];
    await step('fedctl init', () => succeed(fedctl(kubeconfig, ['init', ...host])));
    for (const member of MEMBERS) {
      await step(`fedctl join ${member}`, () => succeed(fedctl(kubeconfig, ['join', member, ...host])));
    }
    const controller = await step('starting fedmesh-controller', () => ControllerProcess.start({ kubeconfig }));
    try {
      const applied = performance.now();
      await step(`kubectl apply -f ${SAMPLES}`, () =>
        succeed(kubectl(kubeconfig, ['--context', 'host', 'apply', '-f', SAMPLES])),
      );
      const propagated = await untilPropagated(kubeconfig, host);
      if (!propagated) say(`not everything was propagated within ${PATIENCE_MS / 1000} s`);
      else say(`everything was propagated ${((performance.now() - applied) / 1000).toFixed(1)} s after it was applied`);
      if (flags.once) return propagated ? 0 : 1;
      invite(kubeconfig);
      await stopped(controller);
      return 0;
    } finally {
      await controller.stop();
    }
  } finally {
    await planes.close();
  }
}

async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  say(`${what.padEnd(40)} ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s`);
  return result;
}

/** Shows the table each time something in it has moved on. */
async function untilPropagated(kubeconfig: string, host: readonly string[]): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS;
  let shown = '';
  while (performance.now() < deadline && !interrupted.signal.aborted) {
    const { code, stdout } = await fedctl(kubeconfig, ['status', '--exit-code', '-o', 'json', ...host]);
    const news = progressIn(stdout);
    if (news !== shown) say(`\n${(await fedctl(kubeconfig, ['status', ...host])).stdout}`);
    shown = news;
    if (code === 0) return true;
  }
  return false;
}

/** What of a status is worth showing again when it changes: not ages and times. */
function progressIn(status: string): string {
  try {
    const { clusters, objects } = JSON.parse(status) as FederationStatus;
    return JSON.stringify([
      clusters.map(({ name, ready }) => [name, ready]),
      objects.map(({ kind, name, propagation, clusters }) => [
        kind,
        name,
        propagation,
        clusters.map(({ status }) => status),
      ]),
    ]);
  } catch (error) {
    // The host did not answer: the next look says more.
    return String(error);
  }
}

function invite(kubeconfig: string): void {
  say(`
In another terminal:

  export KUBECONFIG=${kubeconfig}
  kubectl --context host   -n fedtestns get federateddeployments
  kubectl --context vulcan -n fedtestns scale deployment fedhttp --replicas=5    # drift: repaired at once
  npx fedctl status --host-cluster-context host
  npx fedctl unjoin vulcan --host-cluster-context host

Ctrl-C stops everything and leaves nothing behind.`);
}

/** Interrupted, or the controller has ended by itself. */
function stopped(controller: ControllerProcess): Promise<void> {
  return Promise.race([
    new Promise<void>((resolve) => {
      if (interrupted.signal.aborted) resolve();
      interrupted.signal.addEventListener('abort', () => resolve(), { once: true });
    }),
    controller.exited,
  ]);
}

process.exitCode = await main();
