import { mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeKubeconfig } from '../kubeconfig.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { get, PortTakenError, startComponent } from './component.ts';
import { ControlPlane } from './control-plane.ts';
import { freePorts } from './ports.ts';
import { Reaper } from './reaper.ts';

export interface StartOptions<Name extends string> {
  /** A control plane each; also the names of the contexts. At most 100. */
  names: readonly Name[];
  /** Holds data, logs and keys: must be empty or absent, and is kept. Default: a temporary one, removed on close. */
  dir?: string;
  /** Removes `dir` on close as well. */
  removeDir?: boolean;
  /** Default: `kubeconfig` in the directory. A file there is overwritten only if it was written by this. */
  kubeconfigPath?: string;
  /**
   * What kube-controller-manager runs: a value for its `--controllers` (default `*,-nodeipam,-nodelifecycle`),
   * `minimal` (namespaces, garbage collection, ServiceAccounts and their tokens, quota: for benches), or `none`.
   */
  controllers?: string;
  /** Default: what `findBinaries()` finds. */
  binaries?: Binaries;
  /** Requests that an API server serves at a time. Default: its own, 400 reads and 200 writes. */
  inflight?: { reads: number; writes: number };
  /** Writes each answered request to `auditLogPath` of the control plane. */
  auditLog?: boolean;
  /** Flags added to each kube-apiserver. */
  apiServerArgs?: readonly string[];
  /** etcd waits for the disk on each write. Default false; needed where etcd itself is to be killed. */
  fsync?: boolean;
  /** How long a component may take to become ready. Default 60,000. */
  readyTimeoutMs?: number;
  signal?: AbortSignal;
}

export interface ControlPlanes<Name extends string = string> {
  /** A context per name, each an administrator's; the first name is the current context. */
  readonly kubeconfigPath: string;
  readonly planes: Readonly<Record<Name, ControlPlane>>;
  readonly dir: string;
  /** Kills all and removes the temporary directory. May be called again. */
  close(): Promise<void>;
}

const MINIMAL_CONTROLLERS = [
  'namespace-controller',
  'garbage-collector-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'resourcequota-controller',
].join(',');

const PORT_ATTEMPTS = 5;

/**
 * Starts real Kubernetes control planes on loopback: one etcd, and for each name a kube-apiserver with a
 * kube-controller-manager. They die with this process, however it dies.
 *
 * @throws {MissingBinariesError} there are no binaries.
 */
export async function startControlPlanes<const Name extends string>(
  options: StartOptions<Name>,
): Promise<ControlPlanes<Name>> {
  const { names, controllers = '*,-nodeipam,-nodelifecycle', readyTimeoutMs = 60_000 } = options;
  checkNames(names);
  const binaries = options.binaries ?? (await findBinaries());
  const dir = options.dir === undefined ? await mkdtemp(join(tmpdir(), 'fedmesh-kube-')) : await emptyDir(options.dir);
  const reaper = await Reaper.start(dir, { removeDirectory: options.removeDir ?? options.dir === undefined });
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  let starting: Promise<ControlPlane>[] = [];

  try {
    const etcdUrl = await startEtcd({ dir, reaper, binaries, readyTimeoutMs, fsync: options.fsync ?? false, signal });
    starting = names.map((name, index) =>
      withFreePort(async (port) => {
        const plane = new ControlPlane({
          name,
          index,
          directory: join(dir, name),
          port,
          etcdUrl,
          binaries,
          reaper,
          controllers: controllersFlag(controllers),
          inflight: options.inflight,
          auditLog: options.auditLog ?? false,
          apiServerArgs: options.apiServerArgs ?? [],
          readyTimeoutMs,
        });
        await plane.prepare();
        await plane.start({ signal });
        return plane;
      }),
    );
    const started = await Promise.all(starting);
    const kubeconfigPath = resolve(options.kubeconfigPath ?? join(dir, 'kubeconfig'));
    await writeKubeconfig(
      kubeconfigPath,
      started.map(({ name, server, caPem, adminToken }) => ({ name, server, caPem, token: adminToken })),
    );
    const planes = Object.fromEntries(started.map((plane) => [plane.name, plane])) as Record<Name, ControlPlane>;
    return { kubeconfigPath, planes, dir, close: () => reaper.close() };
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(starting); // nothing may write into the directory any more when it is removed
    await reaper.close();
    throw error;
  }
}

async function startEtcd(options: {
  dir: string;
  reaper: Reaper;
  binaries: Binaries;
  readyTimeoutMs: number;
  fsync: boolean;
  signal: AbortSignal;
}): Promise<string> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.readyTimeoutMs)]);
  return withFreePort(async (clientPort) => {
    const [peerPort] = await freePorts(1);
    const clientUrl = `http://127.0.0.1:${clientPort}`;
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    await startComponent(options.reaper, {
      program: options.binaries.etcd,
      args: [
        `--data-dir=${join(options.dir, 'etcd')}`,
        `--listen-client-urls=${clientUrl}`,
        `--advertise-client-urls=${clientUrl}`,
        `--listen-peer-urls=${peerUrl}`,
        `--initial-advertise-peer-urls=${peerUrl}`,
        `--initial-cluster=default=${peerUrl}`,
        `--quota-backend-bytes=${8 * 1024 ** 3}`,
        `--unsafe-no-fsync=${!options.fsync}`,
        '--log-level=warn',
      ],
      logFile: join(options.dir, 'etcd.log'),
      isReady: async () => (await get(`${clientUrl}/health`, { signal: AbortSignal.timeout(2_000) })).status === 200,
      signal,
    });
    return clientUrl;
  });
}

async function withFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const [port = 0] = await freePorts(1);
    try {
      return await start(port);
    } catch (error) {
      if (!(error instanceof PortTakenError) || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function controllersFlag(controllers: string): string | undefined {
  if (controllers === 'none') return undefined;
  return controllers === 'minimal' ? MINIMAL_CONTROLLERS : controllers;
}

function checkNames(names: readonly string[]): void {
  if (names.length === 0 || names.length > 100) throw new Error('name one to a hundred control planes');
  for (const [index, name] of names.entries()) {
    // Also a directory, a DNS name in the certificate and a prefix in etcd.
    if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name) || name === 'etcd') {
      throw new Error(`'${name}' cannot name a control plane: use lower-case letters, digits and dashes`);
    }
    if (names.indexOf(name) !== index) throw new Error(`the name ${name} is given twice`);
  }
}

async function emptyDir(dir: string): Promise<string> {
  const path = resolve(dir);
  await mkdir(path, { recursive: true, mode: 0o700 });
  if ((await readdir(path)).length > 0) throw new Error(`${path} is not empty: name a new directory`);
  return path;
}
