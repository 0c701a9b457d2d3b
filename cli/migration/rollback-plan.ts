import { KUBEFED_FEATURE_GATES } from '../../apis/core/v1beta1/feature-gates.ts';
import type { KubeFedConfigSpec } from '../../apis/core/v1beta1/kubefed-config.ts';
import { counted, type Obstacle } from './plan.ts';
import type { MigrationRecord } from './record.ts';
import type { Survey } from './survey.ts';

export interface RollbackPlan {
  readonly steps: readonly string[];
  /** What will not be as it was, or what KubeFed does not do. */
  readonly differences: readonly string[];
  readonly obstacles: readonly Obstacle[];
  /** The configuration with words that KubeFed knows; undefined when it needs no change. */
  readonly configSpec: KubeFedConfigSpec | undefined;
}

/** What going back takes. Pure. `record` is the migration's, which is not finalised. */
export function planRollback(survey: Survey, record: MigrationRecord): RollbackPlan {
  const configSpec = spokenByKubeFed(survey.config.spec, record.configSpec);
  const { objects, fedmesh } = survey;
  const steps = [
    fedmesh.deployment !== undefined && fedmesh.deployment.replicas > 0
      ? `scale ${fedmesh.deployment.name} to 0 and wait until it has stopped`
      : undefined,
    survey.fedmeshWebhooks.length > 0
      ? `take Fedmesh's ${counted(survey.fedmeshWebhooks.length, 'webhook configuration')} away`
      : undefined,
    objects.frozen.length > 0 ? `take the marks off ${counted(objects.frozen.length, 'frozen object')}` : undefined,
    "take Fedmesh's finalizers off the members and their Secrets, and its Lease away",
    configSpec === undefined ? undefined : 'write the KubeFedConfig in words that KubeFed knows',
    'take the mark off the KubeFedConfig',
    ...record.deployments.map(({ name, replicas }) => `scale ${name} to ${replicas}`),
    record.webhooks.length > 0
      ? `create KubeFed's ${counted(record.webhooks.length, 'webhook configuration')} again, as they were`
      : undefined,
  ];
  const differences = [
    'the custom resource definitions stay widened: what Fedmesh added is not lost, and KubeFed does not look at it',
    objects.selecting === 0
      ? undefined
      : `${counted(objects.selecting, 'object')} with overrides for clusters by labels: KubeFed does not know those, and WRITES the copies without them`,
    objects.unrecorded === 0
      ? undefined
      : `${counted(objects.unrecorded, 'object')} without a PropagatedVersion: KubeFed WRITES their copies once, to what they are`,
    objects.outdated === 0
      ? undefined
      : `${counted(objects.outdated, 'object')} with a change that is not propagated everywhere yet: KubeFed goes on with that`,
  ];
  return {
    steps: steps.flatMap((step) => step ?? []),
    differences: differences.flatMap((line) => line ?? []),
    obstacles: obstaclesOf(survey, record),
    configSpec,
  };
}

function obstaclesOf({ deployments, members, namespace }: Survey, record: MigrationRecord): Obstacle[] {
  const gone = record.deployments.filter(({ name }) => !deployments.some((each) => each.name === name));
  return [
    ...gone.map(({ name }) => ({
      what: `KubeFed's deployment ${name} is not there any more`,
      mend: `install it again as it was, with 0 replicas, in ${namespace}; --force goes back without it`,
      forceable: true,
    })),
    ...members
      .filter(({ leaving }) => leaving)
      .map(({ name }) => ({
        what: `${name} is leaving, and KubeFed would not see that to its end`,
        mend: `wait until it has left: fedctl unjoin ${name} says when`,
        forceable: false,
      })),
  ];
}

/** KubeFed's process ends at the first word that it does not know. */
function spokenByKubeFed(spec: KubeFedConfigSpec, before: KubeFedConfigSpec): KubeFedConfigSpec | undefined {
  const known: readonly string[] = KUBEFED_FEATURE_GATES;
  const gates = spec.featureGates?.filter(({ name }) => known.includes(name));
  const adopts = spec.syncController?.adoptResources === 'IfNoDiff';
  const locks = spec.leaderElect?.resourceLock === 'leases';
  if (gates?.length === spec.featureGates?.length && !adopts && !locks) return undefined;
  return {
    ...spec,
    ...(gates === undefined ? {} : { featureGates: gates }),
    ...(adopts
      ? {
          syncController: {
            ...spec.syncController,
            // What was safest: it takes nothing over.
            adoptResources: before.syncController?.adoptResources ?? 'Disabled',
          },
        }
      : {}),
    ...(locks
      ? { leaderElect: { ...spec.leaderElect, resourceLock: before.leaderElect?.resourceLock ?? 'configmaps' } }
      : {}),
  };
}
