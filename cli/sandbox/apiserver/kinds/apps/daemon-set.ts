import type { V1DaemonSet } from '@kubernetes/client-node';
import { containerImages, containerNames, formatLabels, formatSelector } from '../../columns/cells.ts';
import { columnsOf } from '../../columns/column.ts';
import { semanticallyEqual } from '../../validation/immutable.ts';
import { daemonSetWarnings } from '../../warnings/workload-warnings.ts';
import { builtInKind } from '../built-in-kind.ts';
import { defaultPodSpec } from '../pods/pod-spec-defaults.ts';
import { replicaCounts } from './replica-counts.ts';
import { validateDaemonSet, validateDaemonSetUpdate } from './workload-validation.ts';

/** Counts the changes of the template, for clients that are older than `metadata.generation`. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

export const daemonSets = builtInKind<V1DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  hasGeneration: true,
  defaultPropagation: 'Background',
  status: 'cleared',
  fieldAnnotations: [TEMPLATE_GENERATION],
  columns: columnsOf<V1DaemonSet>('apps/v1/DaemonSet', {
    Desired: ({ status }) => status?.desiredNumberScheduled ?? 0,
    Current: ({ status }) => status?.currentNumberScheduled ?? 0,
    Ready: ({ status }) => status?.numberReady ?? 0,
    'Up-to-date': ({ status }) => status?.updatedNumberScheduled ?? 0,
    Available: ({ status }) => status?.numberAvailable ?? 0,
    'Node Selector': ({ spec }) => formatLabels(spec?.template.spec?.nodeSelector),
    Containers: ({ spec }) => containerNames(spec?.template.spec?.containers),
    Images: ({ spec }) => containerImages(spec?.template.spec?.containers),
    Selector: ({ spec }) => formatSelector(spec?.selector),
  }),
  defaults({ metadata, spec }) {
    // A field of its own inside Kubernetes, and so never missing: whoever writes the object writes it too.
    const generation = metadata.annotations?.[TEMPLATE_GENERATION] ?? '0';
    metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: generation };
    if (spec === undefined) return;
    spec.updateStrategy ??= {};
    const strategy = spec.updateStrategy;
    strategy.type ||= 'RollingUpdate';
    if (strategy.type === 'RollingUpdate') {
      strategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...strategy.rollingUpdate };
    }
    spec.revisionHistoryLimit ??= 10;
    if (spec.template.spec) defaultPodSpec(spec.template.spec);
  },
  prepareForCreate({ metadata }) {
    metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: '1' };
  },
  prepareForUpdate(object, stored) {
    const before = Number(stored.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
    const changed = !semanticallyEqual(object.spec?.template, stored.spec?.template);
    object.metadata.annotations = {
      ...object.metadata.annotations,
      [TEMPLATE_GENERATION]: String(changed ? before + 1 : before),
    };
  },
  validate: validateDaemonSet,
  validateStatus: replicaCounts(
    [
      'currentNumberScheduled',
      'numberMisscheduled',
      'desiredNumberScheduled',
      'numberReady',
      'observedGeneration',
      'updatedNumberScheduled',
      'numberAvailable',
      'numberUnavailable',
      'collisionCount',
    ],
    [],
  ),
  validateUpdate: validateDaemonSetUpdate,
  warnings: daemonSetWarnings,
});
