import { enumerateSentences } from '../../../apis/enumeration.ts';
import {
  MESH_CONDITIONS,
  MESH_STATUS_LIMIT,
  type MeshCondition,
  type MeshConfigStatus,
  type MeshProviderName,
} from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { MeshProblem, MeshState } from '../providers/provider.ts';
import type { KeptNodeRoutes } from './mesh-node-routes.ts';

/** How many sentences a condition holds. */
const NAMED = 3;

/** What a condition says, without its type and times. */
export type Said = Pick<MeshCondition, 'status' | 'reason' | 'message'>;

/** How far a look at the mesh got. */
export interface MeshOutcome {
  readonly provider: MeshProviderName;
  readonly version?: string | undefined;
  readonly managesRoutes: boolean;
  readonly state: MeshState;
  /** What kept the plan from being whole. */
  readonly problems: readonly MeshProblem[];
  /** What went wrong with single steps. */
  readonly failures: readonly MeshProblem[];
}

/** What there is to say after a look that got as far as the provider. */
export function statusOf(outcome: MeshOutcome): Required<Pick<MeshConfigStatus, 'gateways' | 'routes' | 'problems'>> & {
  conditions: Record<string, Said>;
} {
  const { state, problems, failures } = outcome;
  return {
    gateways: state.gateways.slice(0, MESH_STATUS_LIMIT).map((gateway) => ({
      ...gateway,
      meshAddresses: [...gateway.meshAddresses],
    })),
    routes: state.routes.slice(0, MESH_STATUS_LIMIT).map((route) => ({ ...route, gateways: [...route.gateways] })),
    problems: [...problems, ...failures].slice(0, MESH_STATUS_LIMIT).map((problem) => ({ ...problem })),
    conditions: {
      [MESH_CONDITIONS.planned]: planned(outcome),
      [MESH_CONDITIONS.applied]: applied(outcome),
      [MESH_CONDITIONS.providerReachable]: reachable(outcome),
    },
  };
}

function planned({ problems }: MeshOutcome): Said {
  const [first] = problems;
  if (first === undefined) return { status: 'True', reason: 'Complete', message: 'nothing is missing' };
  return { status: 'False', reason: first.reason, message: sentences(problems.map(({ message }) => message)) };
}

function applied({ provider, managesRoutes, failures, state }: MeshOutcome): Said {
  if (!managesRoutes) return { status: 'Unknown', reason: 'NotManaged', message: WHO_ROUTES[provider] };
  const [first] = failures;
  if (first !== undefined) {
    return { status: 'False', reason: first.reason, message: sentences(failures.map(({ message }) => message)) };
  }
  return { status: 'True', reason: 'UpToDate', message: `${state.routes.length} routes are in place` };
}

const WHO_ROUTES: Readonly<Record<MeshProviderName, string>> = {
  netmaker: 'this Netmaker server takes no routes',
  submariner: 'routes are made by Submariner, which is only read',
  cilium: 'routes are made by Cilium, which is only read',
  static: 'routes are kept by hand: `fedctl generate routes` writes them for each node',
  none: 'nothing routes between members, as far as is known',
};

function reachable({ provider, version }: MeshOutcome): Said {
  if (provider === 'none' || provider === 'static')
    return { status: 'True', reason: 'NothingToReach', message: 'there is no server to be asked' };
  const what = version === undefined ? provider : `${provider} ${version}`;
  return { status: 'True', reason: 'Answers', message: `${what} answers` };
}

/** Whether the nodes that Fedmesh gives routes have them. */
export function nodesRouted({ status, problems }: Pick<KeptNodeRoutes, 'status' | 'problems'>): Said {
  const [first] = problems;
  const nodes = status.reduce((sum, member) => sum + member.nodes, 0);
  const routed = status.reduce((sum, member) => sum + member.routed, 0);
  if (first !== undefined)
    return { status: 'False', reason: first.reason, message: sentences(problems.map(({ message }) => message)) };
  return {
    status: 'True',
    reason: 'AllRouted',
    message: `${routed} of ${nodes} nodes that are no gateway have their routes`,
  };
}

export function sentences(messages: readonly string[]): string {
  return enumerateSentences(messages, NAMED);
}

/** The conditions with what is said now; one that says the same as before keeps its time. */
export function withConditions(
  previous: DeepReadonly<MeshCondition[]>,
  said: Readonly<Record<string, Said>>,
  observedGeneration: number,
  now: string,
): MeshCondition[] {
  const own = Object.entries(said).map(([type, condition]): MeshCondition => {
    const old = previous.find((each) => each.type === type);
    const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : now;
    return { type, ...condition, lastTransitionTime, observedGeneration };
  });
  return [...previous.filter(({ type }) => said[type] === undefined), ...own];
}
