import type { Command } from 'commander';
import isEqual from 'lodash/isEqual.js';
import {
  MESH_CONFIG_NAME,
  MESH_CONFIGS,
  type MeshConfig,
  type MeshConfigSpec,
  type MeshProviderName,
} from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import { defaultMeshConfigSpec } from '../../../apis/fedmesh/v1alpha1/mesh-config-defaults.ts';
import type { Client } from '../../../controller/kube/client.ts';
import { SECRETS } from '../../../controller/kube/core-kinds.ts';
import { readControlPlane } from '../../../controller/membership/control-plane.ts';
import { readTypeConfigs } from '../../../controller/membership/granted-types.ts';
import { lookAtMesh, type MeshLook } from '../../../controller/network/mesh/look.ts';
import type { MeshMember } from '../../../controller/network/mesh/member-networks.ts';
import { placeOf } from '../../../controller/network/mesh/mesh-place.ts';
import { NetmakerProvider } from '../../../controller/network/providers/netmaker/provider.ts';
import type { MeshProvider } from '../../../controller/network/providers/provider.ts';
import { type Outcome, outcomeLine } from '../../apply.ts';
import type { CliContext } from '../../context.ts';
import { refused, usageError } from '../../exit.ts';
import { readMembers } from '../../federation/members.ts';
import { widenMembers } from '../../federation/widen-members.ts';
import { readText } from '../../input.ts';
import { readMeshConfig } from '../../network/mesh-config.ts';
import { carryOut } from '../../network/mesh-progress.ts';
import { meshProvider } from '../../network/mesh-provider.ts';
import { readToken, type TokenRef, writeMeshConfig, writeToken } from '../../network/mesh-writes.ts';
import { applyNetclient, hasNetclient, netclientObjects } from '../../network/netclient.ts';
import { planNodeRouteSteps } from '../../network/node-routes.ts';
import { addSetupOptions, type SetupOptions } from '../../network/setup-flags.ts';
import { assertGateways, memberClients, memberContexts, setupMembers } from '../../network/setup-members.ts';
import { nodesBesideGateways, renderPlan } from '../../network/setup-plan.ts';
import { setupSpec, TOKEN_KEY, TOKEN_SECRET } from '../../network/setup-spec.ts';
import { outputFormat, toJson } from '../../output/format.ts';
import { createProgress, type Progress } from '../../output/progress.ts';

export function register(program: Command, context: CliContext): void {
  addSetupOptions(
    program
      .command('setup')
      .description('have packets carried between members: checks, shows the plan, asks, then writes the MeshConfig'),
  )
    .addHelpText(
      'after',
      `
Examples:
  fedctl network setup --provider netmaker --server https://api.netmaker.example.com --token-file token \\
    --gateway earth=earth-1,vulcan=vulcan-1
  fedctl network setup --provider static            # routes by hand: \`fedctl generate routes\` writes them
  fedctl network setup --provider none              # nothing routes; reachability is probed all the same

What is not said stays as it is; running it again changes nothing. Output formats (-o): text, json.`,
    )
    .action((options: SetupOptions) => setup(context, options));
}

async function setup(context: CliContext, options: SetupOptions): Promise<void> {
  const format = outputFormat(context, ['text', 'json']);
  assertFlags(options);
  const progress = createProgress(context, { structuredOutput: format !== 'text' });
  const prepared = await prepare(context, options, progress);
  try {
    const { mesh, spec, members } = prepared;
    const look = await progress.during(`asking ${mesh.name}`, () =>
      lookAtMesh(mesh, defaultMeshConfigSpec(spec), members, context.signal),
    );
    const nodeRoutes = await nodeRoutesOf(context, prepared, look);
    show(context, look, nodeRoutes, format === 'text', progress);
    const done = context.options.dryRun
      ? { applied: false }
      : await goAhead(context, options, { ...prepared, look, nodeRoutes }, progress);
    if (format === 'json') context.stdout.write(toJson(asData(spec, look, nodeRoutes, done)));
  } finally {
    await prepared.mesh.close?.();
  }
}

type NodeRoutes = Awaited<ReturnType<typeof planNodeRouteSteps>>;

/** Undefined: people see to the routes of nodes that are no gateway, and have done so before. */
async function nodeRoutesOf(
  context: CliContext,
  { spec, present, clients, ref, owner }: Prepared,
  look: MeshLook,
): Promise<NodeRoutes | undefined> {
  const isWanted = spec.nodeRoutes?.mode === 'DaemonSet';
  if (!isWanted && (present?.status?.nodeRoutes ?? []).length === 0) return undefined;
  const place = { namespace: ref.namespace, owner };
  return planNodeRouteSteps(defaultMeshConfigSpec(spec), look, clients, place, context.signal);
}

/** All that is known before the provider is asked. */
interface Prepared {
  readonly host: Client;
  readonly present: MeshConfig | undefined;
  readonly spec: MeshConfigSpec;
  readonly ref: TokenRef;
  /** The token that was handed over; missing: the one that is kept counts. */
  readonly givenToken: string | undefined;
  readonly members: readonly MeshMember[];
  readonly mesh: MeshProvider;
  /** UID of the control plane. */
  readonly owner: string;
  readonly clients: ReadonlyMap<string, Client>;
}

async function prepare(context: CliContext, options: SetupOptions, progress: Progress): Promise<Prepared> {
  const { kubefedNamespace: namespace } = context.options;
  const { relay, clusterContexts = [], gateway, ...flags } = options;
  const { token: givenToken, caBundle } = await readFiles(context, options);
  const host = await context.hostClient();
  const present = await readMeshConfig(context, host);
  const spec = setupSpec(
    {
      ...flags,
      ...(relay === undefined ? {} : { relay: new Map(relay) }),
      ...(gateway === undefined ? {} : { gateway }),
      ...(caBundle === undefined ? {} : { caBundle }),
    },
    present?.spec,
  );
  const ref = tokenRef(namespace, spec);
  const token = givenToken ?? (await keptToken(context, host, ref, spec));
  const contexts = await memberContexts(context, clusterContexts);
  const members = await progress.during('looking at the members', async () =>
    setupMembers(context, await readMembers(context, host), contexts),
  );
  assertGateways(gateway ?? [], members, (message) => progress.warn(message));
  const { uid: owner } = await readControlPlane(host, namespace, context.signal);
  const clients = await memberClients(members, contexts);
  const mesh = meshProvider(context, placeOf(defaultMeshConfigSpec(spec)), {
    owner,
    token,
    clients,
  });
  return { host, present, spec, ref, givenToken, members, mesh, owner, clients };
}

async function goAhead(
  context: CliContext,
  { yes, timeout }: SetupOptions,
  {
    host,
    present,
    spec,
    ref,
    givenToken,
    members,
    mesh,
    owner,
    clients,
    look,
    nodeRoutes,
  }: Prepared & {
    look: MeshLook;
    nodeRoutes: NodeRoutes | undefined;
  },
  progress: Progress,
): Promise<{ applied: boolean; secret?: Outcome; outcome: Outcome }> {
  const { signal } = context;
  const isSame = present !== undefined && isEqual(present.spec, spec);
  const steps = look.plan.actions.length + (nodeRoutes?.actions.length ?? 0);
  if (!isSame || steps > 0) await askFirst(context, yes === true);
  const secret =
    givenToken === undefined ? undefined : await writeToken(host, ref, givenToken, { signal, dryRun: false });
  const { outcome, config } = await writeMeshConfig(host, ref.namespace, spec, present, signal);
  tell(progress, ref, secret, outcome);
  if (READ_IN_MEMBERS.includes(spec.provider) || spec.nodeRoutes?.mode === 'DaemonSet') {
    const present = await readTypeConfigs(host, ref.namespace, signal);
    await widenMembers(context, host, progress, { allowRbac: false, present, enabling: [] });
  }
  const result = await progress.during('the routes are being made', () =>
    carryOut({
      ...{ context, host, config, provider: mesh, spec: defaultMeshConfigSpec(spec), members, look },
      timeoutMs: timeout * 1_000,
    }),
  );
  for (const line of result.lines) progress.line(line);
  if (mesh instanceof NetmakerProvider) await bringIn(context, mesh, { owner, ref, look, clients }, progress);
  return { applied: result.isDone, ...(secret === undefined ? {} : { secret }), outcome };
}

interface BringIn {
  readonly owner: string;
  readonly ref: TokenRef;
  readonly look: MeshLook;
  readonly clients: ReadonlyMap<string, Client>;
}

/** Has the gateway nodes join that are not in the mesh. One that somebody made join by hand is left alone. */
async function bringIn(
  context: CliContext,
  provider: NetmakerProvider,
  { owner, ref: { namespace }, look, clients }: BringIn,
  progress: Progress,
): Promise<void> {
  const { signal } = context;
  for (const { cluster, gatewayNodes: nodes } of look.members.networks) {
    const client = clients.get(cluster);
    const isIn = nodes.every((node) =>
      look.state.gateways.some((each) => each.cluster === cluster && each.node === node),
    );
    if (nodes.length === 0 || (isIn && (client === undefined || !(await hasNetclient(client, namespace, signal)))))
      continue;
    if (client === undefined) {
      progress.warn(
        `the gateway of "${cluster}" is not in the mesh, and its context is not at hand: \`fedctl network netclient ${cluster} | kubectl --context CONTEXT apply -f -\` has it join`,
      );
      continue;
    }
    const objects = await netclientObjects({ provider, owner, cluster, namespace, nodes, signal });
    if (objects === undefined) continue;
    const outcome = await applyNetclient(client, objects, signal);
    progress.line(`netclient on ${nodes.join(', ')} of ${cluster}: ${outcome}`);
  }
}

/** Providers that live in the members, so that the members' roles have to let them be read. */
const READ_IN_MEMBERS: readonly MeshProviderName[] = ['submariner', 'cilium'];

function tell(progress: Progress, { name, namespace }: TokenRef, secret: Outcome | undefined, outcome: Outcome): void {
  if (secret !== undefined) progress.line(outcomeLine(SECRETS, { name, namespace }, secret, { dryRun: false }));
  progress.line(outcomeLine(MESH_CONFIGS, { name: MESH_CONFIG_NAME, namespace }, outcome, { dryRun: false }));
}

/** What nobody needs a server for. */
function assertFlags({
  provider,
  server,
  tokenFile,
  network,
  caFile,
  addressRange,
  addressRange6,
}: SetupOptions): void {
  if (provider === 'netmaker') return;
  const all = {
    server,
    'token-file': tokenFile,
    network,
    'ca-file': caFile,
    'address-range': addressRange,
    'address-range6': addressRange6,
  };
  const foreign = Object.entries(all).find(([, value]) => value !== undefined)?.[0];
  if (foreign !== undefined) throw usageError(`--${foreign} is for --provider netmaker, not ${provider}`);
}

async function readFiles(
  context: CliContext,
  { tokenFile, caFile }: SetupOptions,
): Promise<{ token?: string; caBundle?: string }> {
  const token = tokenFile === undefined ? undefined : (await readText(context, tokenFile)).trim();
  if (token === '') throw usageError(`--token-file ${tokenFile}: the file is empty`);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw usageError(`--token-file ${tokenFile}: it holds more than one token, or characters that no token has`);
  }
  const caBundle = caFile === undefined ? undefined : await readText(context, caFile);
  if (caBundle !== undefined && !caBundle.includes('-----BEGIN CERTIFICATE-----')) {
    throw usageError(`--ca-file ${caFile}: it holds no certificate in PEM`);
  }
  return { ...(token === undefined ? {} : { token }), ...(caBundle === undefined ? {} : { caBundle }) };
}

function tokenRef(namespace: string, { netmaker }: MeshConfigSpec): TokenRef {
  const { name = TOKEN_SECRET, key = TOKEN_KEY } = netmaker?.tokenSecretRef ?? {};
  return { namespace, name, key };
}

async function keptToken(
  context: CliContext,
  host: Client,
  ref: TokenRef,
  { provider }: MeshConfigSpec,
): Promise<string | undefined> {
  if (provider !== 'netmaker') return undefined;
  const kept = await readToken(host, ref, context.signal);
  if (kept !== undefined) return kept;
  throw usageError(
    '--token-file is missing: the host has no token for Netmaker yet',
    "an access token of the server's dashboard, or its master key, in a file (- for standard input)",
  );
}

function show(
  context: CliContext,
  look: MeshLook,
  nodeRoutes: NodeRoutes | undefined,
  isText: boolean,
  progress: Progress,
): void {
  if (isText) context.stdout.write(renderPlan(look, nodeRoutes?.actions));
  for (const { message, cluster } of [...look.plan.problems, ...(nodeRoutes?.problems ?? [])]) {
    progress.warn(cluster === undefined || message.includes(cluster) ? message : `${cluster}: ${message}`);
  }
}

async function askFirst(context: CliContext, yes: boolean): Promise<void> {
  if (yes) return;
  if (!context.interactive)
    throw refused('nobody was there to be asked, so nothing was changed', '--yes goes ahead; --dry-run shows the plan');
  if (!(await context.confirm('Go ahead?'))) throw refused('nothing was changed');
}

function asData(
  spec: MeshConfigSpec,
  { plan, capabilities, members, state }: MeshLook,
  nodeRoutes: NodeRoutes | undefined,
  rest: object,
): object {
  const actions = [...plan.actions, ...(nodeRoutes?.actions ?? [])].map(
    ({ verb, resource, name, cluster, summary }) => ({
      verb,
      resource,
      name,
      cluster,
      summary,
    }),
  );
  const nodesToRoute = spec.nodeRoutes?.mode === 'DaemonSet' ? {} : nodesBesideGateways(members.networks);
  return {
    spec,
    capabilities,
    plan: actions,
    nodesToRoute,
    problems: [...plan.problems, ...(nodeRoutes?.problems ?? [])],
    gateways: state.gateways,
    ...rest,
  };
}
