import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { cacheDirectory, DEFAULT_KUBERNETES_VERSION } from '../../cli/sandbox/envtest/binaries.ts';
import { findOrBuildBinaries } from './binaries.ts';
import { isAlive, withLock } from './lock-file.ts';
import { PLANE_VERBS, type PlaneStatus, readState, type SupervisorState, supervise } from './supervisor.ts';

interface UpOptions {
  k8s?: string;
  dir?: string;
  controllers?: string;
  kubeconfig?: string;
  foreground?: true;
  reportToParent?: true;
}

const VERB_HELP = {
  kill: 'kill the API server and the controller manager of NAME (SIGKILL)',
  hang: 'stop the API server of NAME (SIGSTOP): it accepts connections and never answers',
  resume: 'let a hanging NAME go on (SIGCONT)',
  start: 'start a killed NAME again, on the same port with the same data; a hanging one goes on',
} as const;

const CLOSE_TIMEOUT_MS = 15_000;

function program(): Command {
  const kube = new Command('npm run kube --').description('Real Kubernetes control planes on loopback, for tests.');
  const dirOption = ['--dir <dir>', 'tells one set from another; its data and logs are kept (default: in the cache)'];
  const withDir = (command: Command) => command.option(...(dirOption as [string, string]));

  withDir(kube.command('up').argument('<name...>', 'a control plane and a kubeconfig context each'))
    .description('start control planes in the background')
    .option('--k8s <version>', `Kubernetes version (default: ${DEFAULT_KUBERNETES_VERSION})`, aVersion)
    .option('--controllers <list>', "'minimal', 'none', or a list as for kube-controller-manager")
    .option('--kubeconfig <file>', 'where to write the kubeconfig')
    .option('--foreground', 'stay until interrupted')
    .option('--report-to-parent', 'for internal use')
    .action((names: string[], options: UpOptions) =>
      options.foreground ? upHere(names, options) : upInBackground(options),
    );
  withDir(kube.command('down').description('stop them and remove their data')).action(down);
  withDir(kube.command('status').description('say what runs')).action(status);
  for (const verb of PLANE_VERBS) {
    withDir(kube.command(verb).argument('<name>').description(VERB_HELP[verb])).action(
      async (name: string, { dir }: { dir?: string }) => {
        const answer = await ask(
          await runningState(runDirOf(dir)),
          'POST',
          `/planes/${encodeURIComponent(name)}/${verb}`,
        );
        printPlanes([answer as PlaneStatus]);
      },
    );
  }
  kube
    .command('build')
    .description('find or build the binaries and say where they are')
    .option('--k8s <version>', `Kubernetes version (default: ${DEFAULT_KUBERNETES_VERSION})`, aVersion)
    .action(async ({ k8s }: { k8s?: string }) => {
      const binaries = await findOrBuildBinaries(k8s === undefined ? {} : { version: k8s });
      console.log(dirname(binaries.kubeApiServer));
    });
  return kube;
}

/** Holds the control planes in this process until it is interrupted or told `down`. */
async function upHere(names: string[], options: UpOptions): Promise<void> {
  const runDir = runDirOf(options.dir);
  const interrupted = new AbortController();
  // Not once: Ctrl-C arrives here from the terminal and again from tsx, and the second must not cut the closing short.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort(signal));
  const binaries = await findOrBuildBinaries(options.k8s === undefined ? {} : { version: options.k8s });
  const supervisor = await supervise({
    names,
    runDir,
    keep: options.dir !== undefined,
    binaries,
    signal: interrupted.signal,
    ...(options.controllers === undefined ? {} : { controllers: options.controllers }),
    ...(options.kubeconfig === undefined ? {} : { kubeconfigPath: resolve(options.kubeconfig) }),
  });
  if (options.reportToParent) process.send?.('ready', undefined, undefined, () => process.disconnect());
  else await printUp(await runningState(runDir));

  if (!interrupted.signal.aborted) {
    await Promise.race([supervisor.closeAsked, once(interrupted.signal, 'abort')]);
  }
  await supervisor.close();
}

/** Starts a process that holds the control planes, waits until they are ready, and leaves it running. */
async function upInBackground(options: UpOptions): Promise<void> {
  const runDir = runDirOf(options.dir);
  await withLock(`${runDir}.lock`, { report: (line) => console.error(line) }, async () => {
    const existing = await readState(runDir);
    if (existing && (await answers(existing))) {
      throw new Error(`control planes are up already (${existing.kubeconfigPath}); 'npm run kube -- down' stops them`);
    }
    await findOrBuildBinaries(options.k8s === undefined ? {} : { version: options.k8s }); // builds where progress is seen
    const started = Date.now();
    await startSupervisor(runDir, process.argv.slice(2));
    await printUp(await runningState(runDir));
    console.log(`\nReady in ${((Date.now() - started) / 1000).toFixed(1)} s. 'npm run kube -- down' stops them.`);
  });
}

async function startSupervisor(runDir: string, args: string[]): Promise<void> {
  mkdirSync(runDir, { recursive: true, mode: 0o700 });
  const logFile = join(runDir, 'supervisor.log');
  const log = openSync(logFile, 'w');
  // A process of its own session: it does not end with the terminal. Not through the tsx command, which would stand between.
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), import.meta.filename, ...args, '--foreground', '--report-to-parent'],
    { stdio: ['ignore', log, log, 'ipc'], detached: true },
  );
  closeSync(log);
  const stop = () => child.kill('SIGTERM');
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const ready = await Promise.race([once(child, 'message').then(() => true), once(child, 'exit').then(() => false)]);
  process.off('SIGINT', stop).off('SIGTERM', stop);
  if (!ready) throw new Error((await readFile(logFile, 'utf8')).trim() || `the supervisor exited; see ${logFile}`);
  child.unref();
}

async function down({ dir }: { dir?: string }): Promise<void> {
  const state = await readState(runDirOf(dir));
  if (!state || !(await answers(state))) {
    console.log('No control planes are up.');
    return;
  }
  await ask(state, 'POST', '/close');
  const deadline = Date.now() + CLOSE_TIMEOUT_MS;
  while (isAlive(state.pid)) {
    if (Date.now() > deadline)
      throw new Error(`process ${state.pid} does not end; kill -9 ${state.pid} ends all of it`);
    await delay(20);
  }
  console.log('Stopped.');
}

async function status({ dir }: { dir?: string }): Promise<void> {
  const state = await runningState(runDirOf(dir));
  printPlanes((await ask(state, 'GET', '/planes')) as PlaneStatus[]);
  console.log(`\nexport KUBECONFIG=${state.kubeconfigPath}`);
}

async function printUp(state: SupervisorState): Promise<void> {
  const planes = (await ask(state, 'GET', '/planes')) as PlaneStatus[];
  printPlanes(planes);
  console.log(`\nexport KUBECONFIG=${state.kubeconfigPath}`);
  for (const { name } of planes) console.log(`kubectl --context ${name} get namespaces`);
}

function printPlanes(planes: readonly PlaneStatus[]): void {
  const width = Math.max(...planes.map(({ name }) => name.length));
  for (const { name, server, state, pid } of planes) {
    console.log(`${name.padEnd(width)}  ${server}  ${state}${pid === undefined ? '' : `  pid ${pid}`}`);
  }
}

async function runningState(runDir: string): Promise<SupervisorState> {
  const state = await readState(runDir);
  if (state && (await answers(state))) return state;
  throw new Error("no control planes are up; 'npm run kube -- up host earth vulcan' starts them");
}

/** The token in the question makes sure that it is our process which listens there, and not one that came after it. */
async function answers(state: SupervisorState): Promise<boolean> {
  if (!isAlive(state.pid)) return false;
  return ask(state, 'GET', '/planes').then(
    () => true,
    () => false,
  );
}

async function ask(state: SupervisorState, method: 'GET' | 'POST', path: string): Promise<unknown> {
  const response = await fetch(`${state.url}${path}`, { method, headers: { authorization: `Bearer ${state.token}` } });
  const body = (await response.json()) as { error?: string };
  if (!response.ok) throw new Error(body.error ?? `the supervisor answered ${response.status}`);
  return body;
}

function runDirOf(dir: string | undefined): string {
  return dir === undefined ? join(cacheDirectory(), 'run') : resolve(dir);
}

function aVersion(text: string): string {
  if (!/^v?\d+\.\d+\.\d+/.test(text)) throw new InvalidArgumentError('name all three parts, such as 1.35.2');
  return text;
}

try {
  await program().parseAsync();
} catch (error) {
  console.error(`kube: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
