import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { contains, type IpRange, parseIpAddress, rangeAt } from '../../../apis/meta/ip-range.ts';
import { NODES } from '../../../controller/kube/core-kinds.ts';
import type { Node } from '../../../controller/network/discovery/facts.ts';
import { addressesOf, addressIn, bare, rangeIn } from '../../../controller/network/generate/addresses.ts';
import { generateVip, type HealthCheck, type Machine } from '../../../controller/network/generate/control-plane-vip.ts';
import { interfaceName } from '../../../controller/network/generate/sites-file.ts';
import {
  makeVipSecrets,
  readVipSecrets,
  VIP_SECRETS_PATH,
  type VipSecrets,
  vipSecretsFile,
} from '../../../controller/network/generate/vip-secrets.ts';
import type { CliContext } from '../../context.ts';
import { CliError, usageError } from '../../exit.ts';
import { emit, type OutputOptions, textOf, withOutputOptions } from '../../generate/output.ts';
import { readText } from '../../input.ts';
import { contextsToSurvey } from '../../network/contexts.ts';

interface VipOptions extends OutputOptions {
  vip: string;
  node: string[];
  outside: string[];
  interface: string;
  virtualRouterId: number;
  port: number;
  apiPort: number;
  healthCheck: HealthCheck;
  configFolder: string;
  secrets?: string;
  clusterName?: string;
  certSan: string[];
  podCidr: string[];
  serviceCidr: string[];
}

export function register(program: Command, context: CliContext): void {
  const collect = (text: string, before: string[]) => [...before, ...text.split(',')];
  const command = program
    .command('control-plane-vip')
    .argument('[context]', 'take the control-plane nodes of this cluster')
    .description('HAProxy, keepalived and kubeadm files for API servers behind one virtual address')
    .requiredOption('--vip <address/prefix>', "the virtual address, with the prefix length of its machines' network")
    .option('--node <name=address,...>', 'nodes with an API server; the cluster begins on the first', collect, [])
    .option('--outside <name=address,...>', 'machines that run HAProxy and keepalived (else the nodes do)', collect, [])
    .option('--interface <name>', 'where the machines have their address', 'eth0')
    .option('--virtual-router-id <number>', 'of VRRP: 1 to 255, once in a network', Number, 51)
    .option('--port <port>', 'where clients connect', Number, 6443)
    .option('--api-port <port>', 'where API servers listen', Number, 6444)
    .addOption(
      new Option('--health-check <how>', 'how API servers are checked: GET /readyz, or by connecting only')
        .choices(['https', 'http', 'tcp'])
        .default('https'),
    )
    .option('--config-folder <folder>', 'where keepalived and its check script are on the machines', '/etc/keepalived')
    .option('--secrets <file>', `passwords to use (else ${VIP_SECRETS_PATH} in --output-dir, else new ones)`)
    .option('--cluster-name <name>', "kubeadm's clusterName")
    .option('--cert-san <name,...>', "further names for the API server's certificate", collect, [])
    .option('--pod-cidr <range,...>', "kubeadm's podSubnet", collect, [])
    .option('--service-cidr <range,...>', "kubeadm's serviceSubnet", collect, []);
  withOutputOptions(command)
    .addHelpText(
      'after',
      `\nExamples:
  fedctl generate control-plane-vip earth --vip 10.0.0.100/24
  fedctl generate control-plane-vip --vip 10.0.0.100/24 --node a=10.0.0.1,b=10.0.0.2,c=10.0.0.3 --output-dir out`,
    )
    .action((name: string | undefined, options: VipOptions) => controlPlaneVip(context, name, options));
}

async function controlPlaneVip(context: CliContext, cluster: string | undefined, options: VipOptions): Promise<void> {
  if (cluster !== undefined && options.node.length > 0) {
    throw usageError('nodes come from a context or from --node, not from both', 'leave out one of them');
  }
  const nodes =
    cluster === undefined
      ? options.node.map((text) => machine('--node', text))
      : await controlPlaneNodes(context, cluster, options.vip);
  const { secrets, file } = await secretsFor(context, options);
  const ranges = (flag: string, texts: readonly string[]) => texts.map((text) => rangeIn(flag, text).text);
  const generated = generateVip({
    vip: options.vip,
    nodes,
    outside: options.outside.map((text) => machine('--outside', text)),
    interfaceName: interfaceName('--interface', options.interface),
    virtualRouterId: options.virtualRouterId,
    port: options.port,
    apiPort: options.apiPort,
    healthCheck: options.healthCheck,
    configFolder: options.configFolder,
    secrets,
    ...(options.clusterName === undefined ? {} : { clusterName: options.clusterName }),
    certSANs: options.certSan,
    podCIDRs: ranges('--pod-cidr', options.podCidr),
    serviceCIDRs: ranges('--service-cidr', options.serviceCidr),
  });
  await emit(
    context,
    { ...generated, files: [...generated.files, ...(file ? [vipSecretsFile(secrets)] : [])] },
    options,
  );
}

/** In the order of their names; of several addresses the one in the virtual address's network. */
async function controlPlaneNodes(context: CliContext, cluster: string, vip: string): Promise<Machine[]> {
  const [name = cluster] = await contextsToSurvey(context, [cluster]);
  const client = await context.clientFor(name);
  const { items } = await client.listAll<Node>(NODES, { signal: context.signal });
  const nodes = items.filter(({ metadata }) => metadata.labels?.[CONTROL_PLANE] !== undefined);
  if (nodes.length === 0) {
    throw new CliError(`${name} shows no control-plane node: none has the label ${CONTROL_PLANE}`, {
      hint: 'name them: --node NAME=ADDRESS,...',
    });
  }
  const network = networkOf(vip);
  return nodes
    .map(({ metadata, status }) => {
      const internal = (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP');
      const addresses = addressesOf(internal.map(({ address }) => address));
      const near = addresses.find((address) => network !== undefined && contains(network, address)) ?? addresses[0];
      return { name: metadata.name ?? '', address: near === undefined ? '' : bare(near) };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

/** Undefined: it is no address, which is told where the rest of it is looked at. */
function networkOf(vip: string): IpRange | undefined {
  const [text = '', length = ''] = vip.split('/');
  const address = parseIpAddress(text);
  return typeof address === 'string'
    ? undefined
    : rangeAt(address.family, address.first, Number(length) || address.prefix);
}

/** `file`: whether they are to be kept beside the other files. */
async function secretsFor(
  context: CliContext,
  { secrets, outputDir }: VipOptions,
): Promise<{ secrets: VipSecrets; file: boolean }> {
  if (secrets !== undefined) return { secrets: readVipSecrets(await readText(context, secrets), secrets), file: false };
  if (outputDir === undefined) return { secrets: makeVipSecrets(randomBytes), file: false };
  const path = join(outputDir, VIP_SECRETS_PATH);
  const text = await textOf(path);
  return { secrets: text === undefined ? makeVipSecrets(randomBytes) : readVipSecrets(text, path), file: true };
}

function machine(flag: string, text: string): Machine {
  const [, name = '', address = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (!/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(name)) {
    throw usageError(
      `${flag} ${text}: it is NAME=ADDRESS`,
      'names are those of the machines: letters, digits, dots and dashes',
    );
  }
  return { name, address: bare(addressIn(`${flag} ${name}`, address)) };
}
