import { type Command, Option } from 'commander';
import {
  type ClusterNetworkSpec,
  OVERLAP_POLICIES,
  type OverlapPolicy,
} from '../../apis/core/v1beta1/cluster-network.ts';
import { validateKubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { labelValueFault, qualifiedNameFault } from '../../apis/meta/names.ts';
import type { Endpoint } from '../../controller/kube/endpoint.ts';
import { endpointFor } from '../../controller/kube/kubeconfig.ts';
import { type JoinResult, join } from '../../controller/membership/join.ts';
import { assertName } from '../../controller/membership/join-plan.ts';
import { hostNameOf, secretNameOf } from '../../controller/membership/names.ts';
import { explain } from '../../controller/membership/reach.ts';
import { StepFailedError, type StepReport } from '../../controller/membership/steps.ts';
import { readPresence } from '../../controller/runtime/presence.ts';
import type { CliContext } from '../context.ts';
import { CliError, usageError } from '../exit.ts';
import { checkOverlap } from '../network/join-gate.ts';
import { describeError } from '../output/errors.ts';
import { outputFormat, toJson } from '../output/format.ts';
import { createProgress } from '../output/progress.ts';

interface JoinOptions {
  clusterContext?: string;
  clusterKubeconfig?: string;
  hostClusterName?: string;
  apiEndpoint?: string;
  tlsServerName?: string;
  proxyUrl?: string;
  labels?: Record<string, string>;
  secretName?: string;
  errorOnExisting?: boolean;
  rbac?: 'types' | 'full';
  allowRbacPropagation?: boolean;
  overlapPolicy?: OverlapPolicy;
  podCidrs?: string[];
  serviceCidrs?: string[];
}

export function register(program: Command, context: CliContext): void {
  program
    .command('join')
    .argument('<name>', 'what the member is to be called')
    .description('make a cluster a member; run again, it mends what is missing')
    .option('--cluster-context <context>', 'context of the cluster that joins (else the one called NAME)')
    .option('--cluster-kubeconfig <file>', 'kubeconfig with that context, when it is another file')
    .option('--host-cluster-name <name>', "the host's part in names in the member (else from its context)")
    .option('--api-endpoint <url>', 'how the controller reaches the member, when not as the kubeconfig says')
    .option('--tls-server-name <name>', "the name to expect in the member's certificate")
    .option('--proxy-url <url>', "http, https or socks5 proxy between the controller and the member; '' for none")
    .option('--labels <key=value,...>', 'labels for the KubeFedCluster, for placement by label', parseLabels)
    .option('--secret-name <name>', 'Secret on the host that is to hold the token')
    .option('--error-on-existing', 'fail when the member has joined already')
    .addOption(
      new Option('--rbac <role>', "types: what the enabled types need; full: everything, as KubeFed's")
        .choices(['types', 'full'])
        .default(undefined, 'what the member has, else types'),
    )
    .option(
      '--allow-rbac-propagation',
      'let roles and bindings be federated: whoever may write them on the host can then take any right in the member',
    )
    .addOption(
      new Option(
        '--overlap-policy <policy>',
        'what happens when its address ranges overlap with those of another member',
      )
        .choices(OVERLAP_POLICIES)
        .default(undefined, 'what the member has, else Deny where a mesh provider routes, Warn where none does'),
    )
    .option('--pod-cidrs <range,...>', 'ranges of its pods, where they cannot be found (`fedctl network show`)', list)
    .option('--service-cidrs <range,...>', 'ranges of its Services, likewise', list)
    .action((name: string, options: JoinOptions) => joinCluster(context, name, options));
}

/** Makes a cluster a member of the context's host. */
export async function joinCluster(context: CliContext, name: string, options: JoinOptions): Promise<void> {
  const format = outputFormat(context, ['text', 'json']);
  assertName(name);
  assertFlags(name, options);
  const progress = createProgress(context, { structuredOutput: format !== 'text' });
  const { signal, clock } = context;
  const { dryRun, kubefedNamespace: namespace } = context.options;
  const hostContext = await context.hostContextName();
  const memberContext = options.clusterContext ?? name;
  const hostEndpoint = await context.endpointOf(hostContext);
  const host = await context.hostClient();
  const member = await context.clientFor(memberContext, options.clusterKubeconfig);
  // Without the HTTPS_PROXY of whoever sits here: what is written down is for the controller.
  const kubeconfig = await context.kubeconfig(options.clusterKubeconfig);
  const memberEndpoint = endpointFor(kubeconfig, { context: memberContext, cluster: memberContext });
  const { labels, apiEndpoint, tlsServerName, proxyUrl, secretName } = options;
  const network = networkOf(options);
  await progress.during(`comparing the address ranges of ${name}`, () =>
    checkOverlap(context, { name, host, member, network, warn: (message) => progress.warn(message) }),
  );
  let result: JoinResult;
  try {
    result = await progress.during(`joining ${name}`, () =>
      join({
        name,
        hostName: options.hostClusterName ?? hostNameOf(hostContext),
        host,
        hostServer: hostEndpoint.server,
        member,
        memberEndpoint,
        namespace,
        ...(apiEndpoint === undefined ? {} : { apiEndpoint }),
        ...(tlsServerName === undefined ? {} : { tlsServerName }),
        ...(proxyUrl === undefined ? {} : { proxyUrl }),
        ...(labels === undefined ? {} : { labels }),
        ...(secretName === undefined ? {} : { secretName }),
        ...(Object.keys(network).length === 0 ? {} : { network }),
        errorOnExisting: options.errorOnExisting === true,
        ...(options.rbac === undefined ? {} : { rbac: options.rbac }),
        allowRbacPropagation: options.allowRbacPropagation === true,
        dryRun,
        clock,
        signal,
        onStep: (report) => progress.line(stepLine(report, dryRun)),
        onWarning: (message) => progress.warn(message),
      }),
    );
  } catch (error) {
    throw error instanceof StepFailedError ? inOneLine(error, context, name, memberEndpoint) : error;
  }
  if (format === 'json') context.stdout.write(toJson(result));
  if (dryRun) return;
  const controller = await readPresence(host, namespace, { signal, now: clock.now() });
  progress.line(
    controller.running
      ? `${name} has joined`
      : `${name} has joined; no controller is running that would connect to it (\`fedmesh-controller\` is one)`,
  );
}

function stepLine({ where, name, outcome }: StepReport, dryRun: boolean): string {
  const said = dryRun && outcome !== 'unchanged' ? `would be ${outcome}` : outcome;
  return `${where}: ${name}: ${said}`;
}

/** What failed, why, and what became of what had been done before. */
function inOneLine(error: StepFailedError, context: CliContext, cluster: string, member: Endpoint): CliError {
  const { message, hint, exitCode } = describeError(
    explain(error.cause, cluster, member.server, member.tls.serverName),
    context,
  );
  return new CliError(`${error.step}: ${message}`, {
    hint: [...(hint === undefined ? [] : [hint]), error.hint].join('; '),
    exitCode,
    cause: error,
  });
}

const FLAGS: Readonly<Record<string, string>> = {
  'spec.apiEndpoint': '--api-endpoint',
  'spec.secretRef.name': '--secret-name',
  'spec.proxyURL': '--proxy-url',
  'spec.tlsServerName': '--tls-server-name',
  'spec.network.podCIDRs': '--pod-cidrs',
  'spec.network.serviceCIDRs': '--service-cidrs',
};

/** What no KubeFedCluster could say is told before any server is asked, by the name of the flag. */
function assertFlags(name: string, options: JoinOptions): void {
  const { apiEndpoint, secretName, proxyUrl, tlsServerName } = options;
  const fault = validateKubeFedCluster({
    metadata: { name },
    spec: {
      apiEndpoint: apiEndpoint ?? 'https://as.the.kubeconfig.says',
      secretRef: { name: secretName ?? secretNameOf(name) },
      ...(!proxyUrl ? {} : { proxyURL: proxyUrl }),
      ...(tlsServerName === undefined ? {} : { tlsServerName }),
      network: networkOf(options),
    },
  })[0];
  if (fault === undefined) return;
  const field = fault.path.replace(/\[\d+\]$/, '');
  throw usageError(`${FLAGS[field] ?? fault.path}: ${fault.message}`);
}

function networkOf({ overlapPolicy, podCidrs, serviceCidrs }: JoinOptions): ClusterNetworkSpec {
  return {
    ...(podCidrs === undefined ? {} : { podCIDRs: podCidrs }),
    ...(serviceCidrs === undefined ? {} : { serviceCIDRs: serviceCidrs }),
    ...(overlapPolicy === undefined ? {} : { overlapPolicy }),
  };
}

function list(text: string): string[] {
  return text.split(',').map((word) => word.trim());
}

function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [key = '', value, ...rest] = pair.split('=');
      const fault =
        rest.length > 0 || value === undefined
          ? 'must have one "="'
          : (qualifiedNameFault(key) ?? labelValueFault(value));
      if (fault !== undefined)
        throw usageError(`--labels: "${pair}" ${fault}`, 'it is a list: --labels key=value,key=value');
      return [key, value ?? ''];
    }),
  );
}
