import { defaultKubeFedConfig } from '../../apis/core/v1beta1/kubefed-config-defaults.ts';
import { table } from '../output/table.ts';
import type { MemberFinding } from './members.ts';
import { counted, type MigrationPlan, type Obstacle } from './plan.ts';
import type { Survey } from './survey.ts';
import { failurePoliciesOf } from './webhook-configurations.ts';

/** What a person reads before saying yes. */
export function migrationReport(survey: Survey, plan: MigrationPlan): string {
  return [
    found(survey),
    section(
      'What will be done',
      plan.steps.map(({ text }, index) => `${index + 1}. ${text}`),
    ),
    section(
      'What differs from KubeFed then',
      plan.differences.map((line) => `- ${line}`),
    ),
    obstacles(plan.obstacles),
  ].join('');
}

function found(survey: Survey): string {
  const { deployments, members, types, objects, webhooks, config, host, namespace, kubefedLeader } = survey;
  const { spec } = defaultKubeFedConfig(config);
  const gates = spec.featureGates.filter(({ configuration }) => configuration === 'Enabled').map(({ name }) => name);
  const total = objects.counts.reduce((sum, { count }) => sum + count, 0);
  const disabled = types.filter(({ propagation }) => propagation !== 'Enabled').length;
  const rows = [
    ...deployments.map(({ name, replicas, image }) => [name, `${counted(replicas, 'replica')}, ${image}`]),
    ...(kubefedLeader === undefined ? [] : [['leader', kubefedLeader]]),
    [
      'configuration',
      `scope ${spec.scope}, adoptResources ${spec.syncController.adoptResources}, gates ${gates.join(', ') || 'none'}`,
    ],
    ...webhooks.map((each) => ['webhooks', `${each.metadata.name ?? ''} (${failurePoliciesOf(each).join(', ')})`]),
    ...members.map((member) => ['member', `${member.name}: ${describeMember(member)}`]),
    ['types', `${types.length - disabled} enabled${disabled === 0 ? '' : `, ${disabled} disabled`}`],
    [
      'objects',
      total === 0
        ? 'none'
        : `${total} (${objects.counts.map(({ kind, count }) => `${count} ${kind}`).join(', ')}), ` +
          `${total - objects.unrecorded} with their PropagatedVersion`,
    ],
  ].map(([name = '', value = '']) => [`  ${name}`, value]);
  const head = `KubeFed in ${namespace} of ${host}:`;
  return table([head, ''], rows).replace(/^KubeFed[^\n]*/, head);
}

function describeMember({ ready, leaving, credentials, message, lacking }: MemberFinding): string {
  const state = leaving ? 'leaving' : ready ? 'ready' : 'not ready';
  if (credentials !== 'works') return `${state}, ${message ?? 'does not answer'}`;
  return lacking.length === 0 ? `${state}, its credentials have every right` : `${state}, lacks ${lacking.join(', ')}`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

export function obstacles(found: readonly Obstacle[]): string {
  return section(
    'What stands in the way',
    found.flatMap(({ what, mend }) => [`- ${what}`, `  ${mend}`]),
  );
}

/** The same for scripts. */
export function migrationJson(survey: Survey, plan: MigrationPlan): object {
  const { host, namespace, deployments, kubefedLeader, members, types, objects, webhooks, widenings } = survey;
  const plain = ({
    namespace: where,
    name,
    resource,
  }: {
    namespace?: string;
    name: string;
    resource: { kind: string };
  }) => ({
    kind: resource.kind,
    ...(where === undefined ? {} : { namespace: where }),
    name,
  });
  return {
    host,
    namespace,
    state: plan.state,
    found: {
      deployments,
      ...(kubefedLeader === undefined ? {} : { leader: kubefedLeader }),
      webhooks: webhooks.map((each) => ({
        kind: each.kind,
        name: each.metadata.name,
        failurePolicies: failurePoliciesOf(each),
      })),
      members,
      types,
      objects: {
        ...objects,
        ignoredNamespaces: objects.ignoredNamespaces.map((each) => ({ ...plain(each), contents: each.contents })),
        annotated: objects.annotated.map(plain),
        frozen: objects.frozen.map((each) => ({ ...plain(each), reason: each.reason })),
      },
      crds: widenings,
    },
    steps: plan.steps,
    differences: plan.differences,
    obstacles: plan.obstacles,
  };
}
