import { parseDuration } from '../../apis/duration.ts';
import type { Client } from '../../controller/kube/client.ts';
import type { CliContext } from '../context.ts';
import { waitUntilEstablished } from '../install/crds.ts';
import {
  FEDMESH_CONTROLLER,
  KUBEFED_CONTROLLER,
  KUBEFED_WEBHOOKS,
  scale,
  waitUntilStopped,
} from '../install/deployments.ts';
import { widenings } from '../install/widen-existing.ts';
import type { Progress } from '../output/progress.ts';
import { waitUntilSilent } from './lock.ts';
import { freeze, thaw } from './objects.ts';
import { counted, type MigrationPlan, type StepName } from './plan.ts';
import { createRecord, type MigrationRecord, readRecord, setMarker } from './record.ts';
import type { Survey } from './survey.ts';
import { removeWebhooks } from './webhook-configurations.ts';

/** As `manifests/deploy` has it. */
const FEDMESH_REPLICAS = 2;

interface Work {
  readonly context: CliContext;
  readonly client: Client;
  readonly survey: Survey;
  readonly plan: MigrationPlan;
  readonly progress: Progress;
}

type Doer = (work: Work) => Promise<string>;

/** Takes the steps of a plan, in their order. Stopped at any write and run again, it goes on from there: the plan is made anew. */
export async function migrate(work: Work): Promise<void> {
  for (const { name, text } of work.plan.steps) {
    const said = await work.progress.during(text, () => STEPS[name](work));
    work.progress.line(said);
  }
}

const STEPS: Readonly<Record<StepName, Doer>> = {
  async remember({ context, client, survey }) {
    await createRecord(client, survey.namespace, recordOf(survey, context), context.signal);
    return 'configmap/fedmesh-migration holds what KubeFed was';
  },
  async 'stop-controller'({ context, client, survey }) {
    const { namespace } = survey;
    const ref = { name: KUBEFED_CONTROLLER, namespace };
    if (survey.deployments.some(({ name, replicas }) => name === KUBEFED_CONTROLLER && replicas > 0)) {
      await scale(client, ref, 0, context.signal);
    }
    await waitUntilStopped(context, client, ref);
    const renewDeadlineMs = parseDuration(survey.config.spec.leaderElect?.renewDeadline ?? '');
    await waitUntilSilent(context, client, { renewDeadlineMs });
    return "KubeFed's controller has stopped";
  },
  async 'remove-webhooks'({ context, client, survey }) {
    const removed = await removeWebhooks(client, survey.webhooks, context.signal);
    return `${removed.join(', ')} taken away, and remembered`;
  },
  async 'stop-webhooks'({ context, client, survey }) {
    await scale(client, { name: KUBEFED_WEBHOOKS, namespace: survey.namespace }, 0, context.signal);
    return `deployment.apps/${KUBEFED_WEBHOOKS} scaled to 0`;
  },
  async widen({ context, client, progress }) {
    const names: string[] = [];
    for await (const { crd, outcome, changes } of widenings(context, client, {
      signal: context.signal,
      dryRun: false,
    })) {
      names.push(crd.metadata.name ?? '');
      if (context.options.verbosity === 0 || outcome === 'unchanged') continue;
      progress.line(`${crd.metadata.name ?? ''} ${outcome}`);
      for (const change of changes) progress.line(`  ${change}`);
    }
    await waitUntilEstablished(client, names, context);
    return `${counted(names.length, 'custom resource definition')} know what Fedmesh adds`;
  },
  async freeze({ context, client, plan }) {
    const { namespaces, annotated } = plan.toFreeze;
    await freeze(client, namespaces, 'namespace', context.signal);
    await freeze(client, annotated, 'annotations', context.signal);
    return `${counted(namespaces.length + annotated.length, 'object')} frozen until you agree`;
  },
  async thaw({ context, client, plan }) {
    await thaw(client, plan.toThaw, context.signal);
    return `${counted(plan.toThaw.length, 'object')} no longer frozen`;
  },
  async mark({ context, client, survey }) {
    const record = survey.record ?? (await readRecord(client, survey.namespace, context.signal));
    await setMarker(client, survey.namespace, record ?? recordOf(survey, context), context.signal);
    return 'kubefedconfig.core.kubefed.io/kubefed marked: PropagatedVersions are kept current';
  },
  async start({ context, client, survey }) {
    await scale(client, { name: FEDMESH_CONTROLLER, namespace: survey.namespace }, FEDMESH_REPLICAS, context.signal);
    return `deployment.apps/${FEDMESH_CONTROLLER} scaled to ${FEDMESH_REPLICAS}`;
  },
};

function recordOf(survey: Survey, { clock }: CliContext): MigrationRecord {
  return {
    version: 1,
    startedAt: new Date(clock.now()).toISOString(),
    deployments: survey.deployments.map(({ name, replicas }) => ({ name, replicas })),
    webhooks: survey.webhooks,
    configSpec: survey.config.spec,
    createdCrds: survey.widenings.flatMap(({ crd, created }) => (created ? [crd] : [])),
  };
}
