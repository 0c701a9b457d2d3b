import { type Command, Option } from 'commander';
import { stringify } from 'yaml';
import { CONFIG_MAPS } from '../../../controller/kube/core-kinds.ts';
import type { ConfigMap } from '../../../controller/network/discovery/facts.ts';
import {
  block,
  clusterDomainOf,
  takesCustomRules,
  withoutRule,
  withRule,
} from '../../../controller/network/generate/corefile.ts';
import { fileName, type GeneratedFile, madeBy, PLAIN } from '../../../controller/network/generate/generated-file.ts';
import { corefileRewrite } from '../../../controller/services/derived-name.ts';
import { mapConcurrently } from '../../concurrently.ts';
import type { CliContext } from '../../context.ts';
import { CliError, usageError } from '../../exit.ts';
import { emit, type OutputOptions, withOutputOptions } from '../../generate/output.ts';
import { contextsToSurvey } from '../../network/contexts.ts';

interface CorednsOptions extends OutputOptions {
  for?: 'corefile' | 'k3s';
  clusterDomain?: string;
  clustersetDomain: string;
  remove?: boolean;
}

const CLUSTERS_AT_A_TIME = 16;
const WHERE = { name: 'coredns', namespace: 'kube-system' };
const CUSTOM = { name: 'coredns-custom', namespace: 'kube-system' };

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('coredns')
    .argument(
      '[context...]',
      'contexts whose CoreDNS is read: its ConfigMap is printed with the rule in it (else the rule alone)',
    )
    .description('the rule by which NAME.NAMESPACE.svc.clusterset.local is answered by a stock CoreDNS')
    .addOption(
      new Option('--for <what>', 'without a context: lines for a Corefile, or the ConfigMap that k3s reads').choices([
        'corefile',
        'k3s',
      ]),
    )
    .option('--cluster-domain <domain>', "the cluster's own (else the one that its Corefile names, else cluster.local)")
    .option('--clusterset-domain <domain>', 'of Services that several clusters share', 'clusterset.local')
    .option('--remove', 'the ConfigMap of a context without the rule');
  withOutputOptions(command)
    .addHelpText(
      'after',
      '\nExample:\n  fedctl generate coredns vulcan | kubectl --context vulcan apply -f -    # CoreDNS reads it within a minute',
    )
    .action((names: string[], options: CorednsOptions) => coredns(context, names, options));
}

async function coredns(context: CliContext, names: readonly string[], options: CorednsOptions): Promise<void> {
  for (const domain of [options.clustersetDomain, options.clusterDomain ?? 'cluster.local']) assertDomain(domain);
  if (names.length === 0) {
    if (options.remove) throw usageError('--remove needs a context', 'its Corefile is printed as it was before');
    await emit(context, { files: [alone(options)], warnings: [] }, options);
    return;
  }
  if (options.for !== undefined) throw usageError('--for is for no context', 'what a cluster needs is seen there');
  const contexts = await contextsToSurvey(context, names);
  const files = await mapConcurrently(contexts, CLUSTERS_AT_A_TIME, (name) => forContext(context, name, options));
  await emit(context, { files, warnings: [] }, options);
}

function alone({ clusterDomain, clustersetDomain, for: what }: CorednsOptions): GeneratedFile {
  const rule = ruleFor(clusterDomain, clustersetDomain);
  if (what === 'k3s') return customConfigMap('k3s', rule);
  const about = 'into the server block of the Corefile that has the kubernetes plugin';
  return { path: 'coredns/Corefile', mode: PLAIN, text: `${madeBy('coredns', about)}${block(rule).join('\n')}\n` };
}

async function forContext(context: CliContext, name: string, options: CorednsOptions): Promise<GeneratedFile> {
  const client = await context.clientFor(name);
  const configMap = await client.get<ConfigMap>(CONFIG_MAPS, WHERE, { signal: context.signal });
  const corefile = configMap.data?.Corefile;
  if (corefile === undefined) {
    throw new CliError(`${name}: ConfigMap kube-system/coredns has no Corefile`, {
      hint: 'leave the context out to get the rule alone',
    });
  }
  const rule = ruleFor(options.clusterDomain ?? clusterDomainOf(corefile), options.clustersetDomain);
  if (takesCustomRules(corefile)) return customConfigMap(name, options.remove ? undefined : rule);
  const edited = options.remove ? withoutRule(corefile) : withRule(corefile, rule);
  const about = `CoreDNS's ConfigMap in ${name}; kubectl apply -f`;
  return configMapFile(name, about, WHERE, { ...configMap.data, Corefile: edited });
}

function ruleFor(cluster: string | undefined, clusterset: string): string {
  return corefileRewrite({ clusterset, ...(cluster === undefined ? {} : { cluster }) });
}

/** k3s takes a change of its Corefile back at the next start, and reads this one instead. */
function customConfigMap(name: string, rule: string | undefined): GeneratedFile {
  const about = 'rules that the Corefile of k3s imports; kubectl apply -f';
  // Applied with an empty value the rule is gone, and other people's entries stay.
  return configMapFile(name, about, CUSTOM, { 'fedmesh.override': rule ?? '' });
}

function configMapFile(cluster: string, about: string, metadata: object, data: Record<string, string>): GeneratedFile {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
  return {
    path: `coredns/${fileName(cluster)}.yaml`,
    mode: PLAIN,
    text: madeBy('coredns', about) + stringify(object, { lineWidth: 0 }),
  };
}

function assertDomain(domain: string): void {
  if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(domain)) return;
  throw usageError(
    `${JSON.stringify(domain)} is no domain`,
    'it is written like clusterset.local, without a dot at its end',
  );
}
