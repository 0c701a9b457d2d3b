import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  FORCE_TEARDOWN_ANNOTATION,
  MESH_CONDITIONS,
  MESH_CONFIG_NAME,
  MESH_CONFIGS,
  MESH_FINALIZER,
  type MeshConfig,
} from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { Client } from '../../../controller/kube/client.ts';
import { SECRETS } from '../../../controller/kube/core-kinds.ts';
import { ApiError, ConnectionError } from '../../../controller/kube/errors.ts';
import { readControlPlane } from '../../../controller/membership/control-plane.ts';
import { describePlace } from '../../../controller/network/mesh/mesh-place.ts';
import { withdrawFrom } from '../../../controller/network/mesh/withdraw.ts';
import { readPresence } from '../../../controller/runtime/presence.ts';
import { sleep } from '../../../controller/time/clock.ts';
import { deleteIfPresent, getIfPresent, outcomeLine } from '../../apply.ts';
import type { CliContext } from '../../context.ts';
import { CliError, refused } from '../../exit.ts';
import { readMembers } from '../../federation/members.ts';
import { readMeshConfig } from '../../network/mesh-config.ts';
import { meshProvider } from '../../network/mesh-provider.ts';
import { isOfSetup, readToken } from '../../network/mesh-writes.ts';
import { removeNetclient } from '../../network/netclient.ts';
import { takeNodeRoutesOut } from '../../network/node-routes.ts';
import { memberContexts } from '../../network/setup-members.ts';
import { TOKEN_KEY, TOKEN_SECRET } from '../../network/setup-spec.ts';
import { outputFormat, toJson } from '../../output/format.ts';
import { createProgress, type Progress } from '../../output/progress.ts';

interface TeardownOptions {
  force?: boolean;
  yes?: boolean;
  timeout: number;
}

const POLL_MS = 250;

export function register(program: Command, context: CliContext): void {
  program
    .command('teardown')
    .description('withdraw from the mesh what was made there, and delete the MeshConfig; members stay members')
    .option('--force', 'delete the MeshConfig although its provider does not answer, and leave there what was made')
    .option('-y, --yes', 'do not ask')
    .addOption(new Option('--timeout <seconds>', 'how long to wait until it is done').argParser(seconds).default(120))
    .addHelpText('after', '\nWhat others made in the provider is not touched. Output formats (-o): text, json.')
    .action((options: TeardownOptions) => teardown(context, options));
}

async function teardown(context: CliContext, options: TeardownOptions): Promise<void> {
  const format = outputFormat(context, ['text', 'json']);
  const progress = createProgress(context, { structuredOutput: format !== 'text' });
  const host = await context.hostClient();
  const config = await readMeshConfig(context, host);
  if (config === undefined) {
    progress.line('there is no MeshConfig: nothing is to be withdrawn');
    if (format === 'json') context.stdout.write(toJson({ removed: false }));
    return;
  }
  const place = config.status?.programmed;
  const what = place === undefined ? 'nothing was made in it' : `all that was made in ${describePlace(place)} goes`;
  progress.line(`the mesh of provider ${config.spec.provider}: ${what}`);
  if (!context.options.dryRun) {
    await askFirst(context, options.yes === true);
    await progress.during('the mesh is taken down', () => takeDown(context, host, config, options, progress));
  }
  if (format === 'json')
    context.stdout.write(toJson({ removed: !context.options.dryRun, provider: config.spec.provider }));
}

async function askFirst(context: CliContext, yes: boolean): Promise<void> {
  if (yes) return;
  if (!context.interactive) throw refused('nobody was there to be asked, so nothing was changed', '--yes goes ahead');
  if (!(await context.confirm('Take the mesh down?'))) throw refused('nothing was changed');
}

async function takeDown(
  context: CliContext,
  host: Client,
  config: MeshConfig,
  { force, timeout }: TeardownOptions,
  progress: Progress,
): Promise<void> {
  const { signal, clock } = context;
  const { kubefedNamespace: namespace } = context.options;
  const ref = { name: MESH_CONFIG_NAME, namespace };
  if (force === true) {
    const body = { metadata: { annotations: { [FORCE_TEARDOWN_ANNOTATION]: 'true' } } };
    await host.patch(MESH_CONFIGS, ref, { type: 'merge', body }, { signal });
  }
  const { running } = await readPresence(host, namespace, { signal, now: clock.now() });
  if (!running) await withdrawFromHere(context, host, config, force === true, progress);
  const outcome = await deleteIfPresent(host, MESH_CONFIGS, ref, { signal, dryRun: false });
  await gone(context, host, timeout * 1_000);
  progress.line(outcomeLine(MESH_CONFIGS, ref, outcome, { dryRun: false }));
  await leaveMembers(context, host, progress);
  const secret = { name: TOKEN_SECRET, namespace };
  const kept = await getIfPresent(host, SECRETS, secret, signal);
  if (kept === undefined || !isOfSetup(kept)) return;
  progress.line(
    outcomeLine(SECRETS, secret, await deleteIfPresent(host, SECRETS, secret, { signal, dryRun: false }), {
      dryRun: false,
    }),
  );
}

/** Takes netclient, and what is left of the routes of nodes, out of the members whose contexts are at hand. */
async function leaveMembers(context: CliContext, host: Client, progress: Progress): Promise<void> {
  const { kubefedNamespace: namespace } = context.options;
  const { clientOf } = await memberContexts(context, []);
  const { uid: owner } = await readControlPlane(host, namespace, context.signal);
  for (const { metadata } of await readMembers(context, host)) {
    const name = metadata.name ?? '';
    try {
      const client = await clientOf(name);
      if (client === undefined) continue;
      if (await removeNetclient(client, namespace, context.signal)) progress.line(`netclient removed from ${name}`);
      if (await takeNodeRoutesOut(client, { namespace, owner }, context.signal))
        progress.line(`the routes of nodes are taken out of ${name}`);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof ApiError) && !(error instanceof ConnectionError)) throw error;
      progress.warn(`whether netclient or fedmesh-routes runs in ${name} could not be seen: ${error.message}`);
    }
  }
}

/** No controller lives that would do it. */
async function withdrawFromHere(
  context: CliContext,
  host: Client,
  { metadata, status }: MeshConfig,
  force: boolean,
  progress: Progress,
): Promise<void> {
  const { signal } = context;
  const { kubefedNamespace: namespace } = context.options;
  const place = status?.programmed;
  if (place !== undefined) {
    const { uid: owner } = await readControlPlane(host, namespace, signal);
    const { name = '', key = TOKEN_KEY } = place.netmaker?.tokenSecretRef ?? {};
    const token = name === '' ? undefined : await readToken(host, { namespace, name, key }, signal);
    const provider = meshProvider(context, place, { owner, token });
    try {
      const fault = await withdrawFrom(() => provider, {
        signal,
        onApplied: ({ summary }) => progress.line(`done: ${summary}`),
      });
      if (fault !== undefined && !force) {
        throw new CliError(`what was made in ${describePlace(place)} could not be withdrawn: ${fault.message}`, {
          hint: 'mend that and run the same command again; --force leaves it there',
        });
      }
      if (fault !== undefined)
        progress.warn(`what was made in ${describePlace(place)} is left there: ${fault.message}`);
    } finally {
      await provider.close?.();
    }
  }
  const finalizers = (metadata.finalizers ?? []).filter((each) => each !== MESH_FINALIZER);
  const body = { metadata: { finalizers } };
  await host.patch(MESH_CONFIGS, { name: MESH_CONFIG_NAME, namespace }, { type: 'merge', body }, { signal });
}

async function gone(context: CliContext, host: Client, timeoutMs: number): Promise<void> {
  const { clock, signal } = context;
  const deadline = clock.monotonic() + timeoutMs;
  for (;;) {
    const config = await readMeshConfig(context, host);
    if (config === undefined) return;
    if (clock.monotonic() >= deadline) {
      const said = config.status?.conditions?.find(({ type }) => type === MESH_CONDITIONS.applied)?.message;
      throw new CliError(`the MeshConfig is still there${said === undefined ? '' : `: ${said}`}`, {
        hint: '--force lets it go and leaves what was made in the provider there; --timeout waits longer',
      });
    }
    await sleep(clock, POLL_MS, signal);
  }
}

function seconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It is a whole number of seconds.');
  return Number(text);
}
