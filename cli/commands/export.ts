import { type Command, Option } from 'commander';
import { SERVICE_EXPORTS, type ServiceExport } from '../../apis/multicluster/service-export.ts';
import type { Client } from '../../controller/kube/client.ts';
import { SERVICES } from '../../controller/kube/core-kinds.ts';
import { readControlPlane } from '../../controller/membership/control-plane.ts';
import { exportNameFault } from '../../controller/services/derived-name.ts';
import { OWNER_LABEL } from '../../controller/services/kinds.ts';
import { LOCAL_SERVICE_ANNOTATION, type LocalServiceMode } from '../../controller/services/local-service.ts';
import { createIfMissing, deleteIfPresent, getIfPresent, objectName, outcomeLine } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError, usageError } from '../exit.ts';
import { outputFormat, toJson } from '../output/format.ts';
import { createProgress } from '../output/progress.ts';
import { administratorOf, membersNamed, takesPart } from '../services/participants.ts';

interface ExportOptions {
  namespace: string;
  cluster?: string[];
  host?: boolean;
  localService?: LocalServiceMode;
}

const WHERE =
  '\nWithout --cluster and --host: in every member that takes part and has the Service.\nOutput formats (-o): text, json.';

export function register(program: Command, context: CliContext): void {
  withOptions(program, 'export', 'let other clusters consume a Service: makes a ServiceExport')
    .addOption(
      new Option(
        '--local-service <mode>',
        'give the local Service of the same name the endpoints of other clusters too: PreferLocal, only while it has none of its own; Spread, beside its own',
      ).choices(['PreferLocal', 'Spread']),
    )
    .addHelpText('after', WHERE)
    .action((kind: string, name: string, options: ExportOptions) => exportService(context, kind, name, options));
  withOptions(program, 'unexport', 'end an export')
    .addHelpText('after', WHERE.replace(' and has the Service', ''))
    .action((kind: string, name: string, options: ExportOptions) => unexportService(context, kind, name, options));
}

function withOptions(program: Command, verb: string, description: string): Command {
  return program
    .command(verb)
    .description(description)
    .argument('<kind>', 'service')
    .argument('<name>', 'of the Service')
    .option('-n, --namespace <namespace>', 'its namespace', 'default')
    .option('--cluster <name,...>', 'in these members only', (text) => text.split(','))
    .option('--host', 'on the host, for all members that have the Service: a FederatedService, for instance');
}

async function exportService(context: CliContext, kind: string, name: string, options: ExportOptions): Promise<void> {
  assertService(kind);
  const fault = exportNameFault(name);
  if (fault !== undefined) throw usageError(`Service "${name}" cannot be exported: its name ${fault}`);
  const { namespace, localService } = options;
  const { signal, options: flags } = context;
  const host = await context.hostClient();
  const { uid } = await readControlPlane(host, flags.kubefedNamespace, signal);
  const object: ServiceExport = {
    apiVersion: `${SERVICE_EXPORTS.group}/${SERVICE_EXPORTS.version}`,
    kind: SERVICE_EXPORTS.kind,
    metadata: {
      name,
      namespace,
      labels: { [OWNER_LABEL]: uid },
      ...(localService === undefined ? {} : { annotations: { [LOCAL_SERVICE_ANNOTATION]: localService } }),
    },
  };
  const places = await placesOf(context, host, options);
  const report = reporter(context);
  const isNamed = options.host === true || options.cluster !== undefined;
  let found = 0;
  for (const { cluster, client, isHost } of places) {
    if (!isHost) {
      const service = await getIfPresent(client, SERVICES, { name, namespace }, signal);
      if (service === undefined && !isNamed) continue;
      if (service === undefined)
        report.warn(
          `${cluster} has no ${objectName(SERVICES, { name, namespace })} yet: it is exported as soon as it is there`,
        );
    }
    found += 1;
    const { outcome, object: stored } = await createIfMissing(client, SERVICE_EXPORTS, object, {
      signal,
      dryRun: flags.dryRun,
    });
    let said: 'created' | 'unchanged' | 'updated' = outcome;
    if (localService !== undefined && stored.metadata.annotations?.[LOCAL_SERVICE_ANNOTATION] !== localService) {
      const body = { metadata: { annotations: { [LOCAL_SERVICE_ANNOTATION]: localService } } };
      if (!flags.dryRun) await client.patch(SERVICE_EXPORTS, { name, namespace }, { type: 'merge', body }, { signal });
      said = 'updated';
    }
    report.line(cluster, said, outcomeLine(SERVICE_EXPORTS, { name, namespace }, said, flags));
  }
  if (found === 0) {
    throw new CliError(`no member that takes part has ${objectName(SERVICES, { name, namespace })}`, {
      hint: '--cluster NAME exports it there as soon as it comes',
    });
  }
  report.end();
}

async function unexportService(context: CliContext, kind: string, name: string, options: ExportOptions): Promise<void> {
  assertService(kind);
  const { namespace } = options;
  const { signal, options: flags } = context;
  const host = await context.hostClient();
  const report = reporter(context);
  for (const { cluster, client } of await placesOf(context, host, options)) {
    const outcome = await deleteIfPresent(
      client,
      SERVICE_EXPORTS,
      { name, namespace },
      { signal, dryRun: flags.dryRun },
    );
    report.line(cluster, outcome, outcomeLine(SERVICE_EXPORTS, { name, namespace }, outcome, flags));
  }
  report.end();
}

interface Place {
  readonly cluster: string;
  readonly client: Client;
  readonly isHost: boolean;
}

async function placesOf(context: CliContext, host: Client, { cluster, host: onHost }: ExportOptions): Promise<Place[]> {
  if (onHost === true && cluster !== undefined) throw usageError('--host and --cluster exclude each other');
  if (onHost === true) return [{ cluster: 'host', client: host, isHost: true }];
  const members = await membersNamed(context, host, cluster ?? []);
  const taking = members.filter(takesPart);
  const absent = members.find((member) => !takesPart(member));
  if (taking.length === 0 || (cluster !== undefined && absent !== undefined)) {
    const who = cluster === undefined ? 'no member takes part' : `${absent?.metadata.name ?? ''} takes no part`;
    throw new CliError(`${who} in Services across clusters`, { hint: '`fedctl services enable`' });
  }
  return Promise.all(
    taking.map(async (member) => ({
      cluster: member.metadata.name ?? '',
      client: await administratorOf(context, member),
      isHost: false,
    })),
  );
}

function assertService(kind: string): void {
  if (!['service', 'services', 'svc'].includes(kind)) {
    throw usageError(`only Services are exported, no ${kind}`, 'fedctl export service NAME -n NAMESPACE');
  }
}

function reporter(context: CliContext) {
  const format = outputFormat(context, ['text', 'json']);
  const progress = createProgress(context, { structuredOutput: format !== 'text' });
  const results: { cluster: string; outcome: string }[] = [];
  return {
    warn: (text: string) => progress.warn(text),
    line(cluster: string, outcome: string, text: string) {
      results.push({ cluster, outcome });
      if (format === 'text') progress.line(`${cluster}: ${text}`);
    },
    end() {
      if (format === 'json') context.stdout.write(toJson(results));
    },
  };
}
