import type { CompleteMeshConfigSpec } from '../../../apis/fedmesh/v1alpha1/mesh-config-defaults.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import { MeshError } from '../providers/mesh-error.ts';
import type {
  MeshAction,
  MeshPlan,
  MeshProblem,
  MeshProvider,
  MeshState,
  ProviderCapabilities,
} from '../providers/provider.ts';
import { meshHazards } from './hazards.ts';
import { type MeshMember, type MeshMembers, memberNetworks } from './member-networks.ts';

/** What was seen of the mesh, and what is to be done about it. */
export interface MeshLook {
  readonly capabilities: ProviderCapabilities;
  readonly members: MeshMembers;
  readonly state: MeshState;
  readonly plan: MeshPlan;
}

/** Asks the provider what is there and plans what the members need. Changes nothing. */
export async function lookAtMesh(
  provider: MeshProvider,
  spec: DeepReadonly<CompleteMeshConfigSpec>,
  members: readonly MeshMember[],
  signal: AbortSignal,
): Promise<MeshLook> {
  const capabilities = await provider.capabilities(signal);
  const wanted = memberNetworks(spec, members, capabilities);
  const state = await provider.observe(wanted.networks, signal);
  const { actions, problems } = provider.plan(wanted.networks, state);
  return {
    capabilities,
    members: wanted,
    state,
    plan: {
      actions: actions.filter(({ cluster }) => cluster === undefined || !wanted.unsettled.has(cluster)),
      problems: [...wanted.problems, ...problems, ...meshHazards(wanted.networks, state)],
    },
  };
}

export interface ApplyOptions {
  readonly signal: AbortSignal;
  /** Throws when nothing may be changed any more. */
  readonly check?: () => void;
  readonly onApplied?: (action: MeshAction) => void;
}

/**
 * Does one step after the other. One that fails leaves the others as they are, unless they would all fail: the provider does not answer,
 * or does not let us in.
 * @returns what went wrong, by step
 */
export async function applyActions(
  provider: MeshProvider,
  actions: readonly MeshAction[],
  { signal, check, onApplied }: ApplyOptions,
): Promise<MeshProblem[]> {
  const failures: MeshProblem[] = [];
  for (const [index, action] of actions.entries()) {
    signal.throwIfAborted();
    check?.();
    try {
      await provider.apply(action, signal);
      onApplied?.(action);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MeshError)) throw error;
      failures.push(failureOf(action, error, isForAll(error) ? actions.length - index - 1 : 0));
      if (isForAll(error)) return failures;
    }
  }
  return failures;
}

/** Whether the next step would meet the same. */
function isForAll({ code }: MeshError): boolean {
  return code === 'Unreachable' || code === 'Unauthorized' || code === 'Credentials';
}

function failureOf({ verb, resource, name, cluster }: MeshAction, error: MeshError, left: number): MeshProblem {
  const rest = left > 0 ? ` (${left} further steps wait)` : '';
  return {
    ...(cluster === undefined ? {} : { cluster }),
    reason: error.code,
    message: `${verb} ${resource} ${name}: ${error.message}${rest}`,
  };
}

/** What people are told when the provider could not be asked at all. */
export function providerFault(error: unknown): { reason: string; message: string } | undefined {
  return error instanceof MeshError ? { reason: error.code, message: error.message } : undefined;
}
