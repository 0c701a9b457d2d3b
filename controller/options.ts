import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_KUBEFED_NAMESPACE } from '../apis/well-known.ts';
import { addressFault } from './dashboard/access/proxy-sign-in.ts';
import { isLoopback } from './dashboard/server/listen.ts';
import { parseListenAddress } from './runtime/http-server.ts';

/** What `fedmesh-controller` was asked to do: KubeFed's flags with KubeFed's meaning. */
export interface ControllerOptions {
  /** Path of a kubeconfig. Without one: the credentials of the pod it runs in. */
  readonly kubeconfig?: string;
  /** URL of the API server, in place of the kubeconfig's. */
  readonly master?: string;
  readonly kubefedNamespace: string;
  /** Path of a file with a KubeFedConfig, in place of the one on the host. */
  readonly kubefedConfig?: string;
  readonly healthzAddr: string;
  readonly metricsAddr: string;
  /** Requests per second to the host; 0: as many as it takes. */
  readonly restConfigQps: number;
  readonly restConfigBurst: number;
  /** Where admission reviews are answered; 0: nowhere. */
  readonly webhookPort: number;
  /** Base URL under which API servers reach them. Without one, a controller outside the cluster has none. */
  readonly webhookUrl?: string;
  /** Directory with `tls.crt` and `tls.key` to serve them with. Without one the controller makes its own. */
  readonly webhookCertDir?: string;
  /** Where the dashboard is served; 0: nowhere. */
  readonly dashboardAddr: string;
  /** It asks nobody who they are: on loopback only. */
  readonly dashboardOpen: boolean;
  /** Names of the headers in which a proxy that signs people in tells who they are. */
  readonly dashboardProxyHeader?: string;
  readonly dashboardProxyGroupsHeader?: string;
  /** Where it asks from: addresses and CIDRs. */
  readonly dashboardProxyFrom: readonly string[];
  /** File with the secret that it shares. */
  readonly dashboardProxySecretFile?: string;
  /** 0: info, as KubeFed; 4 and more: debug. */
  readonly verbosity: number;
}

/** The command line cannot be understood, or only asked for help. Its text is already written for people. */
export class UsageError extends Error {
  /** 0 when help or version was asked for, else 2. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'UsageError';
    this.exitCode = exitCode;
  }
}

/**
 * Reads the command line (without node and script).
 * @param defaultNamespace the namespace of the pod, where there is one
 * @throws UsageError
 */
export function parseOptions(argv: readonly string[], version: string, defaultNamespace?: string): ControllerOptions {
  let text = '';
  const namespace = defaultNamespace ?? DEFAULT_KUBEFED_NAMESPACE;
  const program = new Command('fedmesh-controller')
    .description('Propagates federated objects from this host cluster to its members.')
    .version(version)
    .option('--kubeconfig <file>', 'kubeconfig of the host cluster (default: the credentials of the pod)')
    .option('--master <url>', "URL of the host's API server, in place of the kubeconfig's")
    .option('--kubefed-namespace <namespace>', 'namespace of the control plane', namespace)
    .option('--kubefed-config <file>', 'file with a KubeFedConfig, in place of the one in the namespace')
    .option('--healthz-addr <address>', 'where /healthz and /readyz are served; 0 switches it off', ':8080')
    .option('--metrics-addr <address>', 'where /metrics is served; 0 switches it off', ':9090')
    .option('--rest-config-qps <number>', 'requests per second to the host; 0 and less: no limit', finite, 0)
    .option('--rest-config-burst <number>', 'requests to the host at once before the limit counts', finite, 0)
    .option('--webhook-port <port>', 'where admission reviews are answered; 0 switches the webhooks off', port, 8443)
    .option(
      '--webhook-url <url>',
      'https URL under which API servers reach the webhooks of a controller outside the cluster (default: none there)',
      baseUrl,
    )
    .option(
      '--webhook-cert-dir <directory>',
      'tls.crt and tls.key to serve them with (default: made and kept by itself)',
    )
    .option('--dashboard-addr <address>', 'where the dashboard is served; 0 switches it off', listenAddress, '0')
    .option('--dashboard-open', 'let whoever reaches it see everything: on loopback only, for a sandbox', false)
    .option('--dashboard-proxy-header <name>', 'header with the user whom a proxy has signed in (OIDC)', headerName)
    .option('--dashboard-proxy-groups-header <name>', 'header with their groups, divided by commas', headerName)
    .option('--dashboard-proxy-from <cidrs>', 'where that proxy asks from: addresses and CIDRs', addresses, [])
    .option('--dashboard-proxy-secret-file <file>', 'the secret that it sends in X-Fedmesh-Proxy-Secret')
    .addOption(
      new Option('-v, --v <level>', 'verbosity: 4 and more logs every decision').argParser(nonNegative).default(0),
    )
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (chunk) => {
        text += chunk;
      },
      writeErr: (chunk) => {
        text += chunk;
      },
    });
  for (const flag of KLOG_FLAGS) program.addOption(new Option(`--${flag} [value]`).hideHelp());
  try {
    program.parse(argv.map(asWrittenForGo), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw new UsageError(text.trim(), error.exitCode === 0 ? 0 : 2);
    throw error;
  }
  const { v, ...flags } = program.opts<Omit<ControllerOptions, 'verbosity'> & { v: number }>();
  const options = Object.fromEntries(
    // Go's flags are empty where nothing was said, and KubeFed takes an empty one for that.
    Object.entries(flags).filter(([name, value]) => value !== '' && !KLOG_NAMES.has(name)),
  ) as typeof flags;
  const fault = dashboardFault(options);
  if (fault !== undefined) throw new UsageError(`error: ${fault}`, 2);
  return Object.freeze({ ...options, kubefedNamespace: options.kubefedNamespace ?? namespace, verbosity: v });
}

/**
 * What KubeFed's flags of its logger (klog) were, `v` aside: command lines that have them go on working. The log is JSON on
 * standard error whatever they say.
 */
const KLOG_FLAGS = [
  'add-dir-header',
  'alsologtostderr',
  'log-backtrace-at',
  'log-dir',
  'log-file',
  'log-file-max-size',
  'logtostderr',
  'one-output',
  'skip-headers',
  'skip-log-headers',
  'stderrthreshold',
  'vmodule',
];
const KLOG_NAMES = new Set(
  KLOG_FLAGS.map((flag) => flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())),
);

/** Go's flag packages, which KubeFed's manifests were written for, take one dash or two, `_` for `-`, and `-v=4`. */
function asWrittenForGo(argument: string): string {
  const [, name, value = ''] = /^--?((?!v\d)[a-z][\w-]+|v(?==))(=.*)?$/s.exec(argument) ?? [];
  return name === undefined ? argument : `--${name.replaceAll('_', '-')}${value}`;
}

function finite(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || value.trim() === '') throw new InvalidArgumentError('It must be a number.');
  return number;
}

function nonNegative(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number < 0 || value.trim() === '') {
    throw new InvalidArgumentError('It must be a number, 0 or more.');
  }
  return number;
}

function port(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 65_535) throw new InvalidArgumentError('It must be a port, or 0.');
  return number;
}

function listenAddress(value: string): string {
  try {
    if (value !== '0' && value !== '') parseListenAddress(value);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  return value === '' ? '0' : value;
}

function headerName(value: string): string {
  if (!/^[A-Za-z0-9-]+$/.test(value)) throw new InvalidArgumentError('It must be the name of a header.');
  return value.toLowerCase();
}

function addresses(value: string): readonly string[] {
  const entries = value.split(',').map((entry) => entry.trim());
  const fault = entries.map(addressFault).find((each) => each !== undefined);
  if (fault !== undefined) throw new InvalidArgumentError(`${fault}.`);
  return entries;
}

/** Nobody is let in by halves of an agreement. */
function dashboardFault(
  options: Omit<ControllerOptions, 'verbosity' | 'kubefedNamespace'> & { readonly kubefedNamespace?: string },
): string | undefined {
  const { dashboardAddr, dashboardOpen, dashboardProxyHeader, dashboardProxyFrom, dashboardProxySecretFile } = options;
  if (dashboardOpen && dashboardAddr !== '0' && !isLoopback(parseListenAddress(dashboardAddr).host ?? '')) {
    return `--dashboard-open lets anybody in: it takes an address of loopback such as 127.0.0.1:8088, not ${dashboardAddr}`;
  }
  if (dashboardOpen && dashboardProxyHeader !== undefined) {
    return '--dashboard-open asks nobody who they are: leave it out where a proxy signs people in';
  }
  const agreed = [
    dashboardProxyHeader !== undefined,
    dashboardProxyFrom.length > 0,
    dashboardProxySecretFile !== undefined,
  ];
  if (agreed.every(Boolean) || !agreed.some(Boolean)) return undefined;
  return '--dashboard-proxy-header, --dashboard-proxy-from and --dashboard-proxy-secret-file need each other';
}

/** What API servers take for a webhook: https, and nothing behind the path. */
function baseUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const plain = url !== undefined && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (url?.protocol !== 'https:' || !plain) {
    throw new InvalidArgumentError('It must be a URL such as https://host:8443, with nothing behind the path.');
  }
  return value;
}
