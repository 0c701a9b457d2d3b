import type { FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { Secret } from '../../controller/clusters/endpoint.ts';
import type { Client } from '../../controller/kube/client.ts';
import { SECRETS } from '../../controller/kube/core-kinds.ts';
import { type ControlPlane, readControlPlane } from '../../controller/membership/control-plane.ts';
import { enabledTypes } from '../../controller/membership/granted-types.ts';
import { identityOf, secretRefOf } from '../../controller/membership/identity.ts';
import { readMeshNeeds } from '../../controller/membership/mesh-needs.ts';
import { hostNameOf, memberNames } from '../../controller/membership/names.ts';
import type { MeshNeeds } from '../../controller/membership/network-rules.ts';
import { type GrantedType, withheldTypes } from '../../controller/membership/role.ts';
import { widenRole } from '../../controller/membership/widen.ts';
import { getIfPresent } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { describeError } from '../output/errors.ts';
import type { Progress } from '../output/progress.ts';
import { personalClient } from './member-context.ts';
import { readMembers } from './members.ts';

/** A member that does not answer within this time is left to the person. */
const PATIENCE_MS = 10_000;

interface Widening {
  readonly types: readonly GrantedType[];
  readonly allowRbac: boolean;
  readonly controlPlane: ControlPlane;
  readonly mesh: MeshNeeds | undefined;
}

export interface WidenOptions {
  readonly allowRbac: boolean;
  /** The control plane's types as they are. */
  readonly present: readonly FederatedTypeConfig[];
  /** Those that are about to be enabled. */
  readonly enabling: readonly FederatedTypeConfig[];
}

/**
 * A kind that is enabled has to be in the role that each member grants: before the controller hears of it, or it is refused for some
 * seconds. Where the member's context is at hand the role is widened here; for the others the command is printed that does it.
 */
export async function widenMembers(
  context: CliContext,
  host: Client,
  progress: Progress,
  options: WidenOptions,
): Promise<void> {
  const members = await readMembers(context, host);
  if (members.length === 0) return;
  const names = new Set(options.enabling.map(({ metadata }) => metadata.name));
  const others = options.present.filter(({ metadata }) => !names.has(metadata.name));
  const controlPlane = await readControlPlane(host, context.options.kubefedNamespace, context.signal);
  const types = enabledTypes([...others, ...options.enabling], controlPlane);
  const mesh = await readMeshNeeds(host, controlPlane.namespace, context.signal);
  const widening: Widening = { types, allowRbac: options.allowRbac, controlPlane, mesh };
  const lines = await progress.during('widening the roles in the members', () =>
    Promise.all(members.map((member) => widenMember(context, host, member, widening))),
  );
  for (const line of lines) progress.line(line);
  tellWithheld(enabledTypes(options.enabling, controlPlane), options.allowRbac, progress);
}

async function widenMember(
  context: CliContext,
  host: Client,
  member: KubeFedCluster,
  widening: Widening,
): Promise<string> {
  const { name = '' } = member.metadata;
  const byHand = `fedctl join ${name} --cluster-context CONTEXT --host-cluster-context ${host.cluster}${widening.allowRbac ? ' --allow-rbac-propagation' : ''}`;
  const tooSlow = new AbortController();
  const cancel = context.clock.after(PATIENCE_MS, () =>
    tooSlow.abort(new Error(`no answer within ${PATIENCE_MS / 1000} s`)),
  );
  const signal = AbortSignal.any([context.signal, tooSlow.signal]);
  try {
    const client = await personalClient(context, member, signal);
    if (client === undefined) return `role in ${name} not widened: its context is not at hand. Run: ${byHand}`;
    const outcome = await widenRole(client, {
      rights: {
        names: await namesIn(host, member, signal),
        namespace: context.options.kubefedNamespace,
        controlPlane: widening.controlPlane,
      },
      types: widening.types,
      allowRbac: widening.allowRbac,
      mesh: widening.mesh,
      dryRun: context.options.dryRun,
      signal,
    });
    return `role in ${name} ${outcome}${context.options.dryRun && outcome !== 'unchanged' ? ' (dry run)' : ''}`;
  } catch (error) {
    if (context.signal.aborted) throw error;
    return `role in ${name} not widened: ${describeError(error, context).message}. Run: ${byHand}`;
  } finally {
    cancel();
  }
}

/** By the token that the host holds; before there is one, as join would name them. */
async function namesIn(host: Client, member: KubeFedCluster, signal: AbortSignal) {
  const secret = await getIfPresent<Secret>(host, SECRETS, secretRefOf(member), signal);
  return identityOf(secret)?.names ?? memberNames(member.metadata.name ?? '', hostNameOf(host.cluster));
}

function tellWithheld(types: readonly GrantedType[], allowRbac: boolean, progress: Progress): void {
  const withheld = withheldTypes(types, { allowRbac }).map(({ group, plural }) => `${plural}.${group}`);
  if (withheld.length === 0) return;
  progress.warn(
    `${withheld.join(', ')}: granted only in members that joined with --allow-rbac-propagation; it makes whoever may write them on the host an administrator of the member`,
  );
}
