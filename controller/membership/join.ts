import type { Client } from '../kube/client.ts';
import { readControlPlane } from './control-plane.ts';
import { assertName, type JoinRequest, planJoin, readPresent, warnOfLoopback } from './join-plan.ts';
import { joinSteps } from './join-steps.ts';
import { explain } from './reach.ts';
import type { GrantedType } from './role.ts';
import { runSteps, type StepReport } from './steps.ts';

export interface JoinResult {
  name: string;
  /** The member is the host. */
  isHost: boolean;
  apiEndpoint: string;
  serviceAccount: string;
  secretName: string;
  /** Federated kinds that the role does not cover. */
  withheld: readonly GrantedType[];
  steps: StepReport[];
}

/**
 * Makes a cluster a member: rights and a token in the member, a Secret and a KubeFedCluster in the host. Can be repeated at
 * any time and mends what is missing. What fails half-way takes back what it had made.
 * @throws MembershipError with what is in the way and how to mend it.
 */
export async function join(request: JoinRequest): Promise<JoinResult> {
  const { name, member, memberEndpoint, signal, onWarning } = request;
  assertName(name);
  const controlPlane = await readControlPlane(request.host, request.namespace, signal);
  const present = await readPresent(request);
  warnOfLoopback(request, present);
  try {
    const plan = await planJoin(request, controlPlane, present);
    for (const type of plan.withheld) {
      onWarning?.(
        `${type.plural}.${type.group} is federated but not granted: whoever may write it on the host could give themselves any right in "${name}"; --allow-rbac-propagation grants it all the same`,
      );
    }
    const steps = await runSteps(joinSteps(plan), {
      cluster: name,
      dryRun: request.dryRun ?? false,
      clock: request.clock,
      ...(request.onStep === undefined ? {} : { onStep: request.onStep }),
    });
    return {
      name,
      isHost: plan.isHost,
      apiEndpoint: plan.apiEndpoint,
      serviceAccount: plan.rights.names.serviceAccount,
      secretName: plan.secretName,
      withheld: plan.withheld,
      steps,
    };
  } catch (error) {
    throw isAbout(error, member) ? explain(error, name, memberEndpoint.server, memberEndpoint.tls.serverName) : error;
  }
}

function isAbout(error: unknown, client: Client): boolean {
  return typeof error === 'object' && error !== null && (error as { cluster?: unknown }).cluster === client.cluster;
}
