import {
  MESH_CONDITIONS,
  MESH_CONFIG_NAME,
  MESH_CONFIGS,
  MESH_FINALIZER,
  type MeshConfig,
  type MeshConfigStatus,
  type MeshPlace,
} from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { CompleteMeshConfigSpec } from '../../apis/fedmesh/v1alpha1/mesh-config-defaults.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import { applyActions, type MeshLook } from '../../controller/network/mesh/look.ts';
import type { MeshMember } from '../../controller/network/mesh/member-networks.ts';
import { placeOf } from '../../controller/network/mesh/mesh-place.ts';
import type { MeshProvider } from '../../controller/network/providers/provider.ts';
import { readPresence } from '../../controller/runtime/presence.ts';
import { sleep } from '../../controller/time/clock.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit.ts';

export interface Work {
  readonly context: CliContext;
  readonly host: Client;
  /** As it was written. */
  readonly config: MeshConfig;
  readonly provider: MeshProvider;
  readonly spec: DeepReadonly<CompleteMeshConfigSpec>;
  readonly members: readonly MeshMember[];
  readonly look: MeshLook;
  readonly timeoutMs: number;
}

export interface WorkResult {
  readonly isDone: boolean;
  /** For people. */
  readonly lines: readonly string[];
}

const POLL_MS = 250;

/**
 * Sees to it that the plan is carried out: by the controller, which would undo what anybody else did by another MeshConfig; where none lives,
 * from here.
 * @throws CliError with what went wrong, and when it takes too long
 */
export async function carryOut(work: Work): Promise<WorkResult> {
  const { context, host, config, look } = work;
  const { kubefedNamespace: namespace } = context.options;
  if (!look.capabilities.managesRoutes) return { isDone: true, lines: [] };
  const { running } = await readPresence(host, namespace, { signal: context.signal, now: context.clock.now() });
  if (running) return waitForController(work);
  const { actions } = look.plan;
  if (actions.length > 0) await remember(host, config, placeOf(work.spec), context.signal);
  const failures = await applyActions(work.provider, actions, { signal: context.signal });
  const [first] = failures;
  if (first !== undefined) {
    throw new CliError(first.message, { hint: 'mend that and run the same command again: it goes on from there' });
  }
  const lines = actions.map(({ summary }) => `done: ${summary}`);
  return {
    isDone: true,
    lines: [...lines, 'no controller is running that would keep it so (`fedmesh-controller` is one)'],
  };
}

/** What was made has to be withdrawn some day, by whoever comes next. */
async function remember(
  host: Client,
  config: MeshConfig,
  place: DeepReadonly<MeshPlace>,
  signal: AbortSignal,
): Promise<void> {
  const { name = '', namespace = '', finalizers = [] } = config.metadata;
  const ref = { name, namespace };
  if (!finalizers.includes(MESH_FINALIZER)) {
    const body = { metadata: { finalizers: [...finalizers, MESH_FINALIZER] } };
    await host.patch(MESH_CONFIGS, ref, { type: 'merge', body }, { signal });
  }
  const body = { status: { programmed: place } };
  await host.patch(MESH_CONFIGS, ref, { type: 'merge', body }, { subresource: 'status', signal });
}

async function waitForController({ context, host, config, timeoutMs }: Work): Promise<WorkResult> {
  const { clock, signal } = context;
  const { kubefedNamespace: namespace } = context.options;
  const generation = generationOf(config);
  const deadline = clock.monotonic() + timeoutMs;
  for (;;) {
    const now = await host.get<MeshConfig>(MESH_CONFIGS, { namespace, name: MESH_CONFIG_NAME }, { signal });
    const verdict = verdictOf(now.status, generation);
    if (verdict !== undefined) return verdict;
    if (clock.monotonic() >= deadline) {
      throw new CliError('the controller has not carried it out yet', {
        hint: `\`kubectl get meshconfig ${MESH_CONFIG_NAME} -n ${namespace} -o yaml\` shows how far it is; --timeout waits longer`,
      });
    }
    await sleep(clock, POLL_MS, signal);
  }
}

function generationOf({ metadata }: MeshConfig): number {
  return (metadata as { generation?: number }).generation ?? 0;
}

function verdictOf(status: MeshConfigStatus | undefined, generation: number): WorkResult | undefined {
  const condition = (type: string) => status?.conditions?.find((each) => each.type === type);
  const applied = condition(MESH_CONDITIONS.applied);
  if ((status?.observedGeneration ?? -1) < generation || (applied?.observedGeneration ?? -1) < generation)
    return undefined;
  if (applied?.status === 'True') return { isDone: true, lines: [applied.message] };
  const reachable = condition(MESH_CONDITIONS.providerReachable);
  const why = reachable?.status === 'False' ? reachable : applied;
  throw new CliError(`the controller says: ${why?.message ?? 'it could not be done'}`, {
    hint: 'it tries again by itself; mend what it says and run the same command again to see',
  });
}
