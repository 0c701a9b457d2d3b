import { type Command, InvalidArgumentError, Option } from 'commander';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { UNJOIN_RECEIPTS, type UnjoinReceipt } from '../../apis/fedmesh/v1alpha1/unjoin-receipt.ts';
import type { Secret } from '../../controller/clusters/endpoint.ts';
import type { Client } from '../../controller/kube/client.ts';
import { SECRETS } from '../../controller/kube/core-kinds.ts';
import { ApiError, ConnectionError, isUnauthorized } from '../../controller/kube/errors.ts';
import { optional } from '../../controller/kube/optional.ts';
import { type ControlPlane, readControlPlane } from '../../controller/membership/control-plane.ts';
import { removeRights } from '../../controller/membership/departure.ts';
import { MembershipError } from '../../controller/membership/errors.ts';
import { enabledTypes, readTypeConfigs } from '../../controller/membership/granted-types.ts';
import { beginUnjoin } from '../../controller/membership/host-records.ts';
import { identityOf, type MemberIdentity, secretRefOf } from '../../controller/membership/identity.ts';
import { LEAVING_CONDITION } from '../../controller/membership/leaving-condition.ts';
import { receiptNameOf } from '../../controller/membership/receipt.ts';
import {
  cleanLeftovers,
  describeEntry,
  forceUnjoin,
  leftIn,
  recordLeftBehind,
  surveyMember,
  type UnjoinContext,
  unjoinMember,
} from '../../controller/membership/unjoin.ts';
import { readPresence } from '../../controller/runtime/presence.ts';
import { sleep } from '../../controller/time/clock.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT, refused, usageError } from '../exit.ts';
import { accessMember, type MemberAccess } from '../membership/member-access.ts';
import { removeNetclient } from '../network/netclient.ts';
import { withdrawMember } from '../network/withdraw-member.ts';
import { byKind } from '../output/by-kind.ts';
import { outputFormat, toJson } from '../output/format.ts';
import { createProgress, type Progress } from '../output/progress.ts';

interface UnjoinOptions {
  clusterContext?: string;
  clusterKubeconfig?: string;
  hostClusterName?: string;
  cascade: 'delete' | 'orphan';
  assumeCreated?: boolean;
  force?: boolean;
  yes?: boolean;
  timeout: number;
}

const POLL_MS = 500;
/** How often it is looked whether the controller that does the work still lives. */
const PRESENCE_MS = 5_000;

export function register(program: Command, context: CliContext): void {
  program
    .command('unjoin')
    .argument('<name>', 'the member that is to leave')
    .description('let a member go: what was created there is removed, what was adopted is released')
    .option('--cluster-context <context>', "the member's context (else the one called NAME, else its own credentials)")
    .option('--cluster-kubeconfig <file>', 'kubeconfig with that context, when it is another file')
    .addOption(new Option('--host-cluster-name <name>', "KubeFed's flag; the host knows").hideHelp())
    .addOption(
      new Option('--cascade <what>', 'delete: created objects are removed; orphan: they stay, released')
        .choices(['delete', 'orphan'])
        .default('delete'),
    )
    .option(
      '--assume-created',
      'remove managed copies that do not say who made them too: what KubeFed left, created or adopted',
    )
    .option('--force', 'take a member that does not answer out of the host, and say what is left behind in it')
    .option('-y, --yes', 'do not ask')
    .addOption(new Option('--timeout <seconds>', 'how long to wait until it is done').argParser(seconds).default(600))
    .action((name: string, options: UnjoinOptions) => unjoin(context, name, options));
}

/** All that is known of the member that is to leave. */
interface Leaving {
  readonly host: Client;
  readonly cluster: KubeFedCluster;
  readonly controlPlane: ControlPlane;
  readonly identity: MemberIdentity | undefined;
  readonly access: MemberAccess | Error;
}

async function unjoin(context: CliContext, name: string, options: UnjoinOptions): Promise<void> {
  if (options.assumeCreated === true && options.cascade === 'orphan') {
    throw usageError('--assume-created says what to remove, --cascade orphan that nothing is');
  }
  const format = outputFormat(context, ['text', 'json']);
  const progress = createProgress(context, { structuredOutput: format !== 'text' });
  const leaving = await progress.during(`looking at ${name}`, () => findMember(context, name, options));
  if (leaving.access instanceof Error && options.force !== true) throw await refuseAbsent(leaving, context, progress);
  const go = await progress.during(`looking through ${name}`, () => preview(context, leaving, options, progress));
  if (context.options.dryRun) return;
  if (options.yes !== true && context.interactive && !(await context.confirm(go))) throw refused('nothing was changed');
  await leaveMesh(context, leaving, progress);
  const receipt = await progress.during(`${name} is leaving`, () => letGo(context, leaving, options, progress));
  if (format === 'json') context.stdout.write(toJson(receipt));
  report(context, name, receipt, progress);
}

/** What `network setup` put into the member is nobody else's to take out. */
async function leaveMesh(context: CliContext, { access, cluster }: Leaving, progress: Progress): Promise<void> {
  if (access instanceof Error || !access.asAdmin) return;
  const { name = '' } = cluster.metadata;
  try {
    if (await removeNetclient(access.client, context.options.kubefedNamespace, context.signal)) {
      progress.line(`netclient removed from ${name}`);
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof ApiError) && !(error instanceof ConnectionError)) throw error;
    progress.warn(`netclient could not be removed from ${name}: ${error.message}`);
  }
}

async function findMember(context: CliContext, name: string, options: UnjoinOptions): Promise<Leaving> {
  const { signal } = context;
  const namespace = context.options.kubefedNamespace;
  const host = await context.hostClient();
  const controlPlane = await readControlPlane(host, namespace, signal);
  const cluster = await optional(host.get<KubeFedCluster>(KUBEFED_CLUSTERS, { namespace, name }, { signal }));
  if (cluster === undefined) {
    throw new MembershipError('NotJoined', `no member is called "${name}"`, {
      cluster: name,
      hint: `\`fedctl status\` shows the members; after an interrupted join, run that again and then unjoin`,
    });
  }
  const secret = await optional(host.get<Secret>(SECRETS, secretRefOf(cluster), { signal }));
  const { clusterContext, clusterKubeconfig } = options;
  const access = await accessMember(context, {
    cluster,
    secret,
    ...(clusterContext === undefined ? {} : { clusterContext }),
    ...(clusterKubeconfig === undefined ? {} : { clusterKubeconfig }),
  });
  return { host, cluster, controlPlane, identity: identityOf(secret), access };
}

/** A member that cannot be cleaned stays a member until somebody says that it does not matter. */
async function refuseAbsent(leaving: Leaving, context: CliContext, progress: Progress): Promise<CliError> {
  const { cluster, access } = leaving;
  const name = cluster.metadata.name ?? '';
  // The rights may have gone already, and with them the way in: then only the records in the host are left.
  const left = await leftIn({ ...leaving, signal: context.signal });
  for (const line of told(left, context)) progress.warn(`would be left in ${name}: ${line}`);
  const why = access instanceof Error ? access.message : '';
  return new CliError(`"${name}" cannot be cleaned: ${why}`, {
    hint: `--force takes it out of the host and leaves ${left.length === 0 ? 'everything' : 'that'} behind; --cluster-context gives another way in`,
    exitCode: access instanceof Error && isUnauthorized(access) ? EXIT.failed : EXIT.unreachable,
  });
}

/** Says what is about to happen. Returns the question to ask. */
async function preview(
  context: CliContext,
  leaving: Leaving,
  options: UnjoinOptions,
  progress: Progress,
): Promise<string> {
  const { cluster, access } = leaving;
  const name = cluster.metadata.name ?? '';
  if (access instanceof Error) {
    const left = await leftIn({ ...leaving, signal: context.signal });
    for (const line of told(left, context)) progress.line(`${name}: will be left behind: ${line}`);
    return `Take "${name}" out of the host although it cannot be cleaned?`;
  }
  const work = await contextFor(context, leaving, access);
  const { assumeCreated = false, cascade } = options;
  const { remove, release, keep, unsigned } = await surveyMember(work, { cascade, assumeCreated });
  if (assumeCreated && unsigned > 0) {
    const they = unsigned === 1 ? 'it' : 'them';
    const those = unsigned === 1 ? '1 managed object does' : `${unsigned} managed objects do`;
    progress.warn(
      `${name}: ${those} not say who made ${they}; --assume-created removes ${they}, also what was there before it was federated`,
    );
  }
  for (const [entries, what] of [
    [remove, 'remove'],
    [release, 'release'],
    [keep, 'keep'],
  ] as const) {
    if (context.options.dryRun || context.options.verbosity > 0) {
      for (const entry of entries) progress.line(`${name}: would ${what} ${describeEntry(entry)}`);
    }
  }
  const counts = `objects to remove: ${remove.length}, to release: ${release.length}, to keep: ${keep.length}`;
  progress.line(`${name}: ${counts}${context.options.dryRun ? ' (dry run)' : ''}`);
  return `Let "${name}" go (${counts})?`;
}

async function contextFor(
  context: CliContext,
  { host, cluster, controlPlane, identity }: Leaving,
  access: MemberAccess,
): Promise<UnjoinContext> {
  const { clock, signal } = context;
  const types = enabledTypes(await readTypeConfigs(host, controlPlane.namespace, signal), controlPlane);
  return {
    host,
    member: access.client,
    asAdmin: access.asAdmin,
    cluster,
    controlPlane,
    identity,
    types,
    clock,
    signal,
  };
}

async function letGo(
  context: CliContext,
  leaving: Leaving,
  options: UnjoinOptions,
  progress: Progress,
): Promise<UnjoinReceipt> {
  const { host, cluster, controlPlane } = leaving;
  const { signal, clock } = context;
  const force = options.force === true;
  // While the host's records still say what is there.
  if (leaving.access instanceof Error) await recordLeftBehind({ ...leaving, clock, signal });
  const { cascade, assumeCreated = false } = options;
  const begun = await beginUnjoin(host, cluster, { cascade, assumeCreated, force, signal });
  const deadline = clock.monotonic() + options.timeout * 1_000;
  let receipt: UnjoinReceipt | undefined;
  let current = begun;
  while (current !== undefined) {
    const presence = await readPresence(host, controlPlane.namespace, { signal, now: clock.now() });
    if (presence.running) {
      current = await watchController(context, { ...leaving, cluster: current }, progress);
    } else {
      receipt = await work(context, { ...leaving, cluster: current }, progress);
      current = receipt === undefined ? await refetch(host, current, signal) : undefined;
    }
    if (current !== undefined && clock.monotonic() >= deadline) throw unfinished(current);
  }
  if (!(leaving.access instanceof Error) && leaving.access.asAdmin) {
    await seeToTheEnd(context, { ...leaving, cluster: begun ?? cluster }, leaving.access, progress);
  }
  return receipt ?? (await readReceipt(host, cluster, signal));
}

/** The controller does the work; whoever sits here sees how far it is. Returns the object as long as there is one. */
async function watchController(
  { clock, signal }: CliContext,
  { host, cluster }: Leaving,
  progress: Progress,
): Promise<KubeFedCluster | undefined> {
  const until = clock.monotonic() + PRESENCE_MS;
  let said = '';
  let current: KubeFedCluster | undefined = cluster;
  while (current !== undefined && clock.monotonic() < until) {
    await sleep(clock, POLL_MS, signal);
    current = await refetch(host, current, signal);
    const condition = current?.status?.conditions?.find(({ type }) => type === LEAVING_CONDITION);
    if (condition?.message !== undefined && condition.message !== said)
      progress.line(`controller: ${condition.message}`);
    said = condition?.message ?? said;
  }
  return current;
}

async function refetch(
  host: Client,
  { metadata }: KubeFedCluster,
  signal: AbortSignal,
): Promise<KubeFedCluster | undefined> {
  const { name = '', namespace = '', uid } = metadata;
  const now = await optional(host.get<KubeFedCluster>(KUBEFED_CLUSTERS, { name, namespace }, { signal }));
  return now?.metadata.uid === uid ? now : undefined;
}

/** No controller lives, so the work is done from here. `undefined`: not finished yet. */
async function work(context: CliContext, leaving: Leaving, progress: Progress): Promise<UnjoinReceipt | undefined> {
  const { clock, signal } = context;
  if (leaving.access instanceof Error) {
    const elsewhere = await outOfTheMesh(context, leaving, progress);
    return forceUnjoin({ ...leaving, clock, signal, elsewhere });
  }
  const unjoining = await contextFor(context, leaving, leaving.access);
  const elsewhere = await outOfTheMesh(context, leaving, progress);
  let said = '';
  const outcome = await unjoinMember({
    ...unjoining,
    elsewhere,
    onProgress: ({ left, waitingFor }) => {
      const first = waitingFor[0];
      const waiting = first === undefined ? '' : `, waiting for ${describeEntry(first)}`;
      const line = `${leaving.cluster.metadata.name}: ${left} objects left${waiting}`;
      if (line !== said) progress.line(line);
      said = line;
    },
  });
  return outcome.finished ? outcome.receipt : undefined;
}

function outOfTheMesh(
  context: CliContext,
  { host, controlPlane, cluster }: Leaving,
  progress: Progress,
): Promise<readonly string[]> {
  return withdrawMember(context, host, controlPlane, cluster.metadata.name ?? '', progress);
}

/** With a person's rights one can see that nothing is left, neither of the objects nor of the membership's own rights. */
async function seeToTheEnd(
  context: CliContext,
  leaving: Leaving,
  access: MemberAccess,
  progress: Progress,
): Promise<void> {
  const { identity, controlPlane } = leaving;
  for (const entry of await cleanLeftovers(await contextFor(context, leaving, access))) {
    progress.warn(`still there in ${leaving.cluster.metadata.name}: ${describeEntry(entry)}`);
  }
  if (identity === undefined) return;
  const rights = { names: identity.names, namespace: identity.namespace, controlPlane };
  await removeRights(access.client, { rights, asAdmin: true, clock: context.clock, signal: context.signal });
}

async function readReceipt(host: Client, cluster: KubeFedCluster, signal: AbortSignal): Promise<UnjoinReceipt> {
  const { name = '', namespace = '' } = cluster.metadata;
  const ref = { namespace, name: receiptNameOf(cluster) };
  const receipt = await optional(host.get<UnjoinReceipt>(UNJOIN_RECEIPTS, ref, { signal }));
  return receipt ?? { metadata: ref, spec: { cluster: name, cascade: 'delete', startedAt: '' } };
}

function unfinished(cluster: KubeFedCluster): CliError {
  const name = cluster.metadata.name ?? '';
  const said = cluster.status?.conditions?.find(({ type }) => type === LEAVING_CONDITION)?.message;
  return new CliError(`"${name}" has not left yet${said === undefined ? '' : `: ${said}`}`, {
    hint: 'run the command again to go on waiting; --force leaves behind what cannot be removed',
  });
}

/** Every object with `--v=1` or in a dry run, else a line for each kind. */
function told(lines: readonly string[], { options }: CliContext): readonly string[] {
  return options.dryRun || options.verbosity > 0 ? lines : byKind(lines);
}

function report(context: CliContext, name: string, { metadata, status }: UnjoinReceipt, progress: Progress): void {
  for (const entry of status?.kept ?? []) progress.line(`${name}: kept ${describeEntry(entry)}`);
  for (const line of told(status?.leftBehind ?? [], context)) progress.warn(`left behind in ${name}: ${line}`);
  const { removed = 0, released = 0, kept = 0 } = status?.totals ?? {};
  progress.line(`${name} has left: ${removed} removed, ${released} released, ${kept} kept (receipt ${metadata.name})`);
}

function seconds(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError('It must be a number of seconds, more than 0.');
  return number;
}
