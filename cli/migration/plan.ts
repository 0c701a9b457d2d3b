import { KUBEFED_CONTROLLER, KUBEFED_WEBHOOKS } from '../install/deployments.ts';
import type { FrozenObject, ObjectRef } from './objects.ts';
import type { Survey } from './survey.ts';

/** What a person has agreed to: to be written in members although nothing of it has changed. */
export interface Agreement {
  readonly namespaces: boolean;
  readonly annotations: boolean;
}

export interface Obstacle {
  readonly what: string;
  readonly mend: string;
  /** Nothing is lost by going on all the same. */
  readonly forceable: boolean;
}

export type StepName =
  | 'remember'
  | 'stop-controller'
  | 'remove-webhooks'
  | 'stop-webhooks'
  | 'widen'
  | 'freeze'
  | 'mark'
  | 'thaw'
  | 'start';

export interface Step {
  readonly name: StepName;
  readonly text: string;
}

export interface MigrationPlan {
  /** `fresh`: KubeFed rules; `unfinished`: a run was interrupted; `migrated`; `finalized`: there is no KubeFed any more. */
  readonly state: 'fresh' | 'unfinished' | 'migrated' | 'finalized';
  /** What is still to be done, in this order. Empty: nothing. */
  readonly steps: readonly Step[];
  /** What will be otherwise than in KubeFed, for the objects that are there. */
  readonly differences: readonly string[];
  readonly obstacles: readonly Obstacle[];
  readonly toFreeze: { readonly namespaces: readonly ObjectRef[]; readonly annotated: readonly ObjectRef[] };
  readonly toThaw: readonly FrozenObject[];
}

/** What a migration has to do from here. Pure: the same survey gives the same plan. */
export function planMigration(survey: Survey, agreement: Agreement): MigrationPlan {
  const state = stateOf(survey);
  // Once it is migrated, whoever makes such an object means it.
  const late = state === 'migrated' || state === 'finalized';
  const toFreeze = {
    namespaces: agreement.namespaces || late ? [] : notFrozen(survey.objects.ignoredNamespaces, survey),
    annotated: agreement.annotations || late ? [] : notFrozen(survey.objects.annotated, survey),
  };
  const toThaw = survey.objects.frozen.filter(({ reason }) =>
    reason === 'namespace' ? agreement.namespaces : agreement.annotations,
  );
  if (state === 'finalized') return { ...NOTHING, state, steps: thawing(toThaw), toThaw };
  return {
    state,
    steps: stepsFor(survey, toFreeze, toThaw),
    differences: differencesOf(survey, agreement),
    obstacles: obstaclesOf(survey, state),
    toFreeze,
    toThaw,
  };
}

const NOTHING: Omit<MigrationPlan, 'state'> = {
  steps: [],
  differences: [],
  obstacles: [],
  toFreeze: { namespaces: [], annotated: [] },
  toThaw: [],
};

function stateOf({ record, marked }: Survey): MigrationPlan['state'] {
  if (record?.finalizedAt !== undefined) return 'finalized';
  if (record === undefined) return 'fresh';
  return marked ? 'migrated' : 'unfinished';
}

function stepsFor(survey: Survey, toFreeze: MigrationPlan['toFreeze'], toThaw: readonly FrozenObject[]): Step[] {
  const runs = (name: string) => survey.deployments.some((each) => each.name === name && each.replicas > 0);
  const steps: (Step | undefined)[] = [
    survey.record === undefined
      ? { name: 'remember', text: 'write down how KubeFed is installed, in configmap/fedmesh-migration' }
      : undefined,
    runs(KUBEFED_CONTROLLER) || survey.kubefedLeader !== undefined
      ? { name: 'stop-controller', text: `scale ${KUBEFED_CONTROLLER} to 0 and wait until it has stopped` }
      : undefined,
    survey.webhooks.length > 0
      ? {
          name: 'remove-webhooks',
          text: `take KubeFed's ${counted(survey.webhooks.length, 'webhook configuration')} away`,
        }
      : undefined,
    runs(KUBEFED_WEBHOOKS) ? { name: 'stop-webhooks', text: `scale ${KUBEFED_WEBHOOKS} to 0` } : undefined,
    survey.widenings.length > 0
      ? { name: 'widen', text: `widen ${counted(survey.widenings.length, 'custom resource definition')}` }
      : undefined,
    freezing(toFreeze),
    ...thawing(toThaw),
    survey.marked
      ? undefined
      : { name: 'mark', text: 'mark the KubeFedConfig as migrated: PropagatedVersions are kept' },
    survey.fedmesh.deployment?.replicas === 0
      ? { name: 'start', text: `scale ${survey.fedmesh.deployment.name} up` }
      : undefined,
  ];
  return steps.flatMap((step) => step ?? []);
}

function freezing(toFreeze: MigrationPlan['toFreeze']): Step | undefined {
  const count = toFreeze.namespaces.length + toFreeze.annotated.length;
  if (count === 0) return undefined;
  return { name: 'freeze', text: `freeze ${counted(count, 'object')} that Fedmesh would treat otherwise (see below)` };
}

function thawing(toThaw: readonly FrozenObject[]): Step[] {
  if (toThaw.length === 0) return [];
  return [{ name: 'thaw', text: `let go of ${counted(toThaw.length, 'object')} that waited for your word` }];
}

function notFrozen<T extends ObjectRef>(refs: readonly T[], { objects }: Survey): T[] {
  const frozen = new Set(objects.frozen.map(keyOf));
  return refs.filter((ref) => !frozen.has(keyOf(ref)));
}

function keyOf({ resource, namespace, name }: ObjectRef): string {
  return `${resource.plural}.${resource.group}/${namespace ?? ''}/${name}`;
}

const MOST_NAMES = 5;

function differencesOf({ objects, config }: Survey, agreement: Agreement): string[] {
  const { ignoredNamespaces, annotated, unrecorded, outdated, withoutNamespace } = objects;
  const lines: (string | undefined)[] = [
    ignoredNamespaces.length === 0
      ? undefined
      : `${counted(ignoredNamespaces.length, 'FederatedNamespace')} that KubeFed ignores, for another name than the namespace's, would count: ` +
        `${named(ignoredNamespaces)}; ${counted(sum(ignoredNamespaces), 'object')} in there would be propagated. ` +
        (agreement.namespaces ? 'You agreed to it' : 'Frozen until you agree: --accept-namespaces'),
    annotated.length === 0
      ? undefined
      : `${counted(annotated.length, 'template')} with annotations, which KubeFed drops and Fedmesh writes: ${named(annotated)}. ` +
        (agreement.annotations ? 'You agreed to it' : 'Paused until you agree: --accept-annotations'),
    unrecorded === 0
      ? undefined
      : `${counted(unrecorded, 'object')} without a PropagatedVersion: ${unrecorded === 1 ? 'its' : 'their'} copies are compared, and written only where they differ`,
    outdated === 0
      ? undefined
      : `${counted(outdated, 'object')} that KubeFed has not propagated since the last change: Fedmesh does`,
    withoutNamespace === 0
      ? undefined
      : `${counted(withoutNamespace, 'object')} in namespaces that are not federated: KubeFed deletes copies there, Fedmesh leaves what there is`,
    config.spec.syncController?.adoptResources === 'Disabled'
      ? undefined
      : 'objects that are in the way of new ones are taken over, as the configuration says (adoptResources: Enabled)',
  ];
  return lines.flatMap((line) => line ?? []);
}

function obstaclesOf(survey: Survey, state: MigrationPlan['state']): Obstacle[] {
  const { deployments, kubefedLeader, fedmesh, configFault, members, namespace } = survey;
  const obstacles: Obstacle[] = [];
  if (configFault !== undefined) {
    obstacles.push({
      what: `Fedmesh's controller would not start: ${configFault}`,
      mend: `kubectl -n ${namespace} edit kubefedconfig kubefed`,
      forceable: false,
    });
  }
  if (fedmesh.running && state === 'fresh') {
    obstacles.push({
      what: `Fedmesh's controller runs already (${fedmesh.detail}), beside KubeFed's`,
      mend: 'stop it; start it again when the migration is done',
      forceable: false,
    });
  }
  const controller = deployments.find(({ name }) => name === KUBEFED_CONTROLLER);
  if (kubefedLeader !== undefined && (controller === undefined || controller.replicas === 0) && state === 'fresh') {
    obstacles.push({
      what: `a KubeFed controller runs, and not in deployment/${KUBEFED_CONTROLLER}: ${kubefedLeader}`,
      mend: 'stop it; its lock runs out a quarter of a minute later',
      forceable: true,
    });
  }
  return [...obstacles, ...members.flatMap((member) => obstacleOf(member))];
}

function obstacleOf({ name, ready, leaving, credentials, message, lacking }: Survey['members'][number]): Obstacle[] {
  if (leaving) {
    return [{ what: `${name} is leaving`, mend: 'wait until KubeFed is done with it', forceable: true }];
  }
  if (credentials === 'refused') {
    return [
      {
        what: `${name} does not let KubeFed's credentials in: ${message ?? ''}`,
        mend: `kubefedctl unjoin and join it, or \`fedctl join ${name}\` afterwards; --force goes on without it`,
        forceable: true,
      },
    ];
  }
  // KubeFed reaches it: then this machine does not, and nothing is proven. Else it is as it was before.
  if (credentials === 'unreachable' && ready) {
    return [
      {
        what: `${name} is ready, but cannot be reached from here: ${message ?? ''}`,
        mend: 'run the command where its address can be reached, or --force if only this machine cannot',
        forceable: true,
      },
    ];
  }
  if (lacking.length > 0) {
    return [
      {
        what: `${name} lacks rights: ${lacking.slice(0, MOST_NAMES).join(', ')}${lacking.length > MOST_NAMES ? ', …' : ''}`,
        mend: `\`fedctl join ${name} --rbac full\` afterwards grants them; --force goes on without`,
        forceable: true,
      },
    ];
  }
  return [];
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function named(refs: readonly ObjectRef[]): string {
  const names = refs
    .slice(0, MOST_NAMES)
    .map(({ namespace, name }) => (namespace === undefined ? name : `${namespace}/${name}`));
  return `${names.join(', ')}${refs.length > MOST_NAMES ? ', …' : ''}`;
}

function sum(namespaces: readonly { readonly contents: number }[]): number {
  return namespaces.reduce((total, { contents }) => total + contents, 0);
}
