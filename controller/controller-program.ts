import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { KUBEFED_CONFIG_NAME } from '../apis/core/v1beta1/kubefed-config.ts';
import type { Settings } from '../apis/core/v1beta1/settings.ts';
import { hostEndpoint, runsInCluster } from './host-endpoint.ts';
import { type Client, type ClientOptions, createClient } from './kube/client.ts';
import { candidacyOf, type LeaderOptions } from './leader.ts';
import { followLogLevel } from './log-level.ts';
import { readControlPlane } from './membership/control-plane.ts';
import { type ControllerOptions, parseOptions, UsageError } from './options.ts';
import { type ReplicaOptions, replicaComponents } from './replica.ts';
import { createHealthServer, type HealthServer } from './runtime/http-server.ts';
import { Manager } from './runtime/manager.ts';
import { packageVersion } from './runtime/package-version.ts';
import { assertSameScope } from './scope.ts';
import { servedDashboard } from './served-dashboard.ts';
import { DEFAULT_SETTINGS, settingsInFile, settingsOnHost } from './settings/initial-settings.ts';
import { LiveSettings } from './settings/live-settings.ts';
import { fixedSettings, type SettingsSource } from './settings/settings-source.ts';
import { createLog, type Log } from './telemetry/log.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { startTraceExport, type TraceExport } from './telemetry/trace-export.ts';
import { systemClock } from './time/clock.ts';

const POD_NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** A stop that takes longer than this is no longer waited for: every write is conditional and may be repeated. */
const STOP_MS = 1_800;

/**
 * What V8 lets garbage grow by before it collects, percent of what is alive. Its own choice is made for machines of which a
 * process has all the memory: a burst of a thousand objects left 90 MB of it behind, with this half as much.
 */
const HEAP_GROWTH = '--heap-growing-percent=40';

async function main(): Promise<number> {
  setFlagsFromString(HEAP_GROWTH);
  const options = parseOptions(process.argv.slice(2), packageVersion(), podNamespace());
  const log = createLog({ level: options.verbosity >= 4 ? 'debug' : 'info' });
  const stopping = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      log.info({ signal: name }, 'stopping');
      stopping.abort(new Error(`stopped by ${name}`));
    });
  }
  try {
    await run(options, log, stopping.signal);
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    log.fatal({ err: error }, error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function run(options: ControllerOptions, log: Log, signal: AbortSignal): Promise<void> {
  const identity = `${hostname()}_${randomUUID()}`;
  const endpoint = await hostEndpoint(options, process.env);
  const limits: ClientOptions = {
    ...(options.restConfigQps > 0 ? { qps: options.restConfigQps } : {}),
    ...(options.restConfigBurst > 0 ? { burst: options.restConfigBurst } : {}),
  };
  const metrics = createMetrics();
  const tracing = await startTraceExport({ env: process.env, version: packageVersion(), instance: identity, log });
  metrics.clusterObserver.host(endpoint.cluster);
  const userAgent = `fedmesh-controller/${packageVersion()} (${identity})`;
  const connect: LeaderOptions['connect'] = ({ fence, limited }) =>
    createClient(endpoint, {
      clock: systemClock,
      userAgent,
      observer: metrics.clientObserver,
      fence,
      ...(limited ? limits : {}),
    });
  const host = connect({ limited: true });
  const manager = new Manager({ log });
  const servers = httpServers(options, metrics, () => manager.ready);
  try {
    for (const server of Object.values(servers)) await server.start(signal);
    const found = await readControlPlane(host, options.kubefedNamespace, signal);
    const settings = await settingsOfHost(host, options, log, signal);
    const controlPlane = { ...found, scope: settings.current.scope };
    await assertSameScope(host, found, controlPlane.scope, signal);
    manager.add(followLogLevel(settings, log));
    if (settings instanceof LiveSettings) manager.add(settings);
    const shared = { controlPlane, settings, clock: systemClock, random: Math.random, log, metrics };
    for (const component of replicaComponents({ ...shared, host, webhooks: webhooksOf(options) }))
      manager.add(component);
    const dashboard = servedDashboard(options, { ...shared, host, version: packageVersion() });
    for (const component of dashboard?.components ?? []) manager.add(component);
    const candidacy = candidacyOf({
      ...{ ...shared, identity, connect, metricsAddress: addressOf(servers.metrics) },
      ...(tracing === undefined ? {} : { tracer: tracing.tracer }),
      dashboard: dashboard?.source,
    });
    for (const component of candidacy.components) manager.add(component);
    await manager.start(signal);
    const { namespace, scope, uid } = controlPlane;
    log.info({ namespace, scope, controlPlane: uid }, 'fedmesh-controller is running');
    await Promise.race([aborted(signal), candidacy.failed]);
  } finally {
    await Promise.race([shutDown(manager, servers, host, log, tracing), elapsed(STOP_MS)]);
  }
}

async function shutDown(
  manager: Manager,
  servers: Servers,
  host: Client,
  log: Log,
  tracing: TraceExport | undefined,
): Promise<void> {
  try {
    await manager.close();
  } catch (error) {
    log.error({ err: error }, 'not everything was closed cleanly');
  }
  for (const server of Object.values(servers)) await server.close();
  await host.close();
  await tracing?.close();
}

/** What listens for kubelet and for Prometheus. */
interface Servers {
  readonly health?: HealthServer;
  readonly metrics?: HealthServer;
}

/** Go's controllers take `0` for: do not listen. */
function httpServers(options: ControllerOptions, metrics: Metrics, ready: () => boolean): Servers {
  const { healthzAddr, metricsAddr } = options;
  return {
    ...(healthzAddr === '0' ? {} : { health: createHealthServer({ address: healthzAddr, ready }) }),
    ...(metricsAddr === '0' ? {} : { metrics: createHealthServer({ address: metricsAddr, metrics }) }),
  };
}

/** Where it listens, without a host where that is every address of this machine. */
function addressOf(server: HealthServer | undefined): string {
  if (server?.address === undefined) return '';
  const { host, port } = server.address;
  if (host === '::' || host === '0.0.0.0') return `:${port}`;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function webhooksOf({
  webhookPort: port,
  webhookUrl,
  webhookCertDir,
  ...options
}: ControllerOptions): ReplicaOptions['webhooks'] {
  return {
    port,
    inCluster: runsInCluster(options, process.env),
    ...(webhookUrl === undefined ? {} : { url: webhookUrl }),
    ...(webhookCertDir === undefined ? {} : { certificateDirectory: webhookCertDir }),
  };
}

/** Watched where the host says them; a file is read once, as KubeFed does. */
async function settingsOfHost(
  host: Client,
  { kubefedConfig, kubefedNamespace: namespace }: ControllerOptions,
  log: Log,
  signal: AbortSignal,
): Promise<SettingsSource> {
  // KubeFed's words: what waits for a controller to be configured looks for them.
  const valid = (settings: Settings, from: string) => {
    log.info({ from }, `Using valid KubeFedConfig "${namespace}/${KUBEFED_CONFIG_NAME}"`);
    return settings;
  };
  if (kubefedConfig !== undefined) return fixedSettings(valid(await settingsInFile(kubefedConfig), kubefedConfig));
  const found = await settingsOnHost(host, namespace, signal);
  if (found === undefined)
    log.warn({ namespace }, 'there is no KubeFedConfig "kubefed": the defaults hold until there is one');
  const initial = found === undefined ? DEFAULT_SETTINGS : valid(found, 'host');
  return new LiveSettings({ host, namespace, initial, clock: systemClock, random: Math.random, log });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // Neither a promise nor the clock's timers keep a process alive. A standby that has lost the API server has nothing else.
    const alive = setInterval(() => undefined, 2 ** 30);
    const end = () => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.after(ms, resolve);
  });
}

function podNamespace(): string | undefined {
  try {
    return readFileSync(POD_NAMESPACE_FILE, 'utf8').trim();
  } catch {
    return undefined;
  }
}

try {
  // What is still being closed by now, such as a request to a member that hangs, would keep the process alive.
  process.exit(await main());
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  (error.exitCode === 0 ? process.stdout : process.stderr).write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
