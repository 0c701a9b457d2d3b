import { enumerate } from '../../../apis/enumeration.ts';
import type { MeshNodeRoutesStatus } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { CompleteMeshConfigSpec } from '../../../apis/fedmesh/v1alpha1/mesh-config-defaults.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import { isLeaving } from '../../clusters/leaving.ts';
import type { Client } from '../../kube/client.ts';
import { isForbidden } from '../../kube/errors.ts';
import type { Clock } from '../../time/clock.ts';
import { within } from '../../time/within.ts';
import { NODE_ROUTES_NAME, nodeRoutesObjects } from '../node-routes/manifest.ts';
import {
  type NodeRoutesPlace,
  type NodeRoutesStep,
  nodeRoutesStep,
  nodesWithRoutes,
  type PresentNodeRoutes,
  putNodeRoutes,
  readNodeRoutes,
  removeNodeRoutes,
} from '../node-routes/member-objects.ts';
import { describeMemberRoutes, type MemberRoutes, planNodeRoutes } from '../node-routes/plan.ts';
import type { MeshAction, MeshProblem } from '../providers/provider.ts';
import { CONTROLLER_IMAGE } from '../reachability/settings.ts';
import type { MeshLook } from './look.ts';

/** One member that answers slowly holds up the mesh for no longer. */
const MEMBER_TIMEOUT_MS = 5_000;
/** So many nodes of a member are named. */
const NAMED = 10;

export interface MeshNodeRoutesOptions extends NodeRoutesPlace {
  readonly clusters: Clusters;
  readonly clock: Clock;
}

type Spec = DeepReadonly<Pick<CompleteMeshConfigSpec, 'nodeRoutes'>>;

/** What the nodes of members are to have by the DaemonSet; nothing where people see to it. */
export interface WantedNodeRoutes {
  readonly members: readonly MemberRoutes[];
  readonly problems: readonly MeshProblem[];
  /** Members of which too little is known to change anything. */
  readonly unsettled: ReadonlySet<string>;
  readonly image: string;
}

export const NO_NODE_ROUTES: WantedNodeRoutes = { members: [], problems: [], unsettled: new Set(), image: '' };

export function wantedNodeRoutes({ nodeRoutes }: Spec, { members, state }: MeshLook): WantedNodeRoutes {
  if (nodeRoutes.mode !== 'DaemonSet') return NO_NODE_ROUTES;
  const { unsettled, networks } = members;
  return { ...planNodeRoutes(networks, state), unsettled, image: nodeRoutes.image ?? CONTROLLER_IMAGE };
}

/** One line of a plan; undefined: nothing is to be done, or may be. */
export function nodeRoutesAction(
  cluster: string,
  step: NodeRoutesStep,
  routes: MemberRoutes | undefined,
): MeshAction | undefined {
  if (step === 'none' || step === 'taken') return undefined;
  const summary =
    routes === undefined
      ? `take the routes of nodes that are no gateway out of ${cluster}`
      : describeMemberRoutes(routes);
  return { verb: step, resource: 'daemonset', name: NODE_ROUTES_NAME, cluster, summary };
}

export interface KeptNodeRoutes {
  /** Of each member in which it is, or may be. */
  readonly status: readonly MeshNodeRoutesStatus[];
  readonly problems: readonly MeshProblem[];
  /** What was done. */
  readonly actions: readonly MeshAction[];
}

/** Keeps `fedmesh-routes` in the members as the mesh says, and takes it away again. */
export class MeshNodeRoutesKeeper {
  readonly #options: MeshNodeRoutesOptions;

  constructor(options: MeshNodeRoutesOptions) {
    this.#options = options;
  }

  /** Members that are about to get it for the first time, and of which that has to be remembered before. */
  newcomers(wanted: WantedNodeRoutes, before: DeepReadonly<MeshNodeRoutesStatus[]>): MeshNodeRoutesStatus[] {
    const known = new Set(before.map(({ cluster }) => cluster));
    return wanted.members
      .filter(({ cluster }) => !known.has(cluster))
      .map(({ cluster, nodes }) => ({ cluster, nodes: nodes.length, routed: 0 }));
  }

  /** Does what is to be done in each member that is wanted, or in which it was. One that fails leaves the others as they are. */
  async keep(
    wanted: WantedNodeRoutes,
    before: DeepReadonly<MeshNodeRoutesStatus[]>,
    signal: AbortSignal,
  ): Promise<KeptNodeRoutes> {
    const routes = new Map(wanted.members.map((member) => [member.cluster, member]));
    const known = new Map(before.map((entry) => [entry.cluster, entry as MeshNodeRoutesStatus]));
    const names = [...new Set([...routes.keys(), ...known.keys()])].sort();
    const kept = await Promise.all(
      names.map((name) => this.#one(name, wanted, routes.get(name), known.get(name), signal)),
    );
    return {
      status: kept.flatMap(({ status }) => status),
      problems: [...wanted.problems, ...kept.flatMap(({ problems }) => problems)],
      actions: kept.flatMap(({ actions }) => actions),
    };
  }

  async #one(
    name: string,
    wanted: WantedNodeRoutes,
    routes: MemberRoutes | undefined,
    known: MeshNodeRoutesStatus | undefined,
    signal: AbortSignal,
  ): Promise<KeptNodeRoutes> {
    const { clusters, clock } = this.#options;
    const accessor = clusters.get(name);
    // What a member has that leaves its unjoin takes away.
    if (accessor === undefined || this.#isGone(name)) return NOTHING;
    const asBefore = { ...NOTHING, status: known === undefined ? [] : [known] };
    if (wanted.unsettled.has(name)) return asBefore;
    const { client, ready } = accessor;
    if (client === undefined || !ready) {
      const away = problem(name, 'MemberAway', `the routes of nodes of "${name}" cannot be seen to: it is away`);
      return { ...asBefore, problems: [away] };
    }
    try {
      return await within(clock, MEMBER_TIMEOUT_MS, signal, (limited) =>
        this.#keepIn(client, name, wanted.image, routes, limited),
      );
    } catch (error) {
      signal.throwIfAborted();
      return { ...asBefore, problems: [faultOf(name, error)] };
    }
  }

  async #keepIn(
    client: Client,
    name: string,
    image: string,
    routes: MemberRoutes | undefined,
    signal: AbortSignal,
  ): Promise<KeptNodeRoutes> {
    const present = await readNodeRoutes(client, this.#options, signal);
    const wanted = routes === undefined ? undefined : nodeRoutesObjects({ ...this.#options, image, list: routes.list });
    const step = nodeRoutesStep(wanted, present);
    const action = nodeRoutesAction(name, step, routes);
    const actions = action === undefined ? [] : [action];
    if (wanted === undefined || routes === undefined) {
      if (step === 'none') return NOTHING;
      const isBegun = [present.daemonSet, present.configMap].some(
        (each) => each?.metadata.deletionTimestamp !== undefined,
      );
      await removeNodeRoutes(client, present, signal);
      const left = nodeRoutesStep(undefined, await readNodeRoutes(client, this.#options, signal)) !== 'none';
      const status = left ? [{ cluster: name, nodes: 0, routed: 0 }] : [];
      return { status, problems: [], actions: isBegun ? [] : actions };
    }
    if (step === 'taken') return { ...NOTHING, problems: [takenIn(name, this.#options.namespace, present)] };
    // Whoever has begun to leave since the look began is given nothing any more.
    if (this.#isGone(name)) return NOTHING;
    if (step !== 'none') await putNodeRoutes(client, wanted, signal);
    const routed = step === 'none' ? await this.#routedIn(client, routes, present, signal) : new Set<string>();
    const lacking = routes.nodes.filter((node) => !routed.has(node));
    const status = {
      cluster: name,
      nodes: routes.nodes.length,
      routed: routes.nodes.length - lacking.length,
      ...(lacking.length === 0 ? {} : { lacking: lacking.slice(0, NAMED) }),
    };
    return {
      status: [status],
      problems: lacking.length === 0 ? [] : [lackingIn(name, lacking, this.#options)],
      actions,
    };
  }

  /** Where the DaemonSet says that every node has a Pod that is Ready, Pods are not asked for. */
  async #routedIn(
    client: Client,
    { nodes }: MemberRoutes,
    { daemonSet }: PresentNodeRoutes,
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>> {
    const { generation } = (daemonSet?.metadata ?? {}) as { generation?: number };
    const { status = {} } = (daemonSet ?? {}) as { status?: Partial<Record<(typeof COUNTS)[number], number>> };
    const [seen, desired = 0, ready = 0, updated = 0] = COUNTS.map((count) => status[count]);
    const isWhole = seen === generation && [desired, ready, updated].every((count) => count === nodes.length);
    return isWhole ? new Set(nodes) : nodesWithRoutes(client, this.#options, signal);
  }

  #isGone(name: string): boolean {
    const cluster = this.#options.clusters.object(name);
    return cluster === undefined || isLeaving(cluster);
  }
}

const COUNTS = ['observedGeneration', 'desiredNumberScheduled', 'numberReady', 'updatedNumberScheduled'] as const;
const NOTHING: KeptNodeRoutes = { status: [], problems: [], actions: [] };

function problem(cluster: string, reason: string, message: string): MeshProblem {
  return { cluster, reason, message };
}

function lackingIn(cluster: string, nodes: readonly string[], { namespace }: NodeRoutesPlace): MeshProblem {
  const message = `${nodes.length === 1 ? 'a node' : `${nodes.length} nodes`} of "${cluster}" lack routes to other members: ${enumerate(nodes, NAMED)}; \`kubectl -n ${namespace} get pods -o wide -l app.kubernetes.io/name=${NODE_ROUTES_NAME}\` there shows which Pod is not Ready, and its log says why`;
  return problem(cluster, 'NodesLackRoutes', message);
}

function takenIn(cluster: string, namespace: string, { taken }: PresentNodeRoutes): MeshProblem {
  const message = `${taken.join(' and ')} "${NODE_ROUTES_NAME}" in namespace ${namespace} of "${cluster}" was made by somebody else, so that its nodes get no routes: rename or remove it`;
  return problem(cluster, 'NodeRoutesTaken', message);
}

function faultOf(cluster: string, error: unknown): MeshProblem {
  if (isForbidden(error)) {
    const message = `the role in "${cluster}" does not let the controller keep ${NODE_ROUTES_NAME}: \`fedctl join ${cluster}\` again grants it`;
    return problem(cluster, 'Forbidden', message);
  }
  if (!(error instanceof Error)) throw error;
  return problem(cluster, 'NodeRoutesFailed', `${NODE_ROUTES_NAME} in "${cluster}": ${error.message}`);
}
