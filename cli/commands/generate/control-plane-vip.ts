import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { addressIn, bare, rangeIn } from '../../../controller/network/generate/addresses.ts';
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
import { usageError } from '../../exit.ts';
import { emit, type OutputOptions, textOf, withOutputOptions } from '../../generate/output.ts';
import { readText } from '../../input.ts';

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
      `\nExample:
  fedctl generate control-plane-vip --vip 10.0.0.100/24 --node a=10.0.0.1,b=10.0.0.2,c=10.0.0.3 --output-dir out`,
    )
    .action((options: VipOptions) => controlPlaneVip(context, options));
}

async function controlPlaneVip(context: CliContext, options: VipOptions): Promise<void> {
  const { secrets, file } = await secretsFor(context, options);
  const ranges = (flag: string, texts: readonly string[]) => texts.map((text) => rangeIn(flag, text).text);
  const generated = generateVip({
    vip: options.vip,
    nodes: options.node.map((text) => machine('--node', text)),
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
