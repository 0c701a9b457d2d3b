import type {
  V1DaemonSet,
  V1Deployment,
  V1ReplicaSet,
  V1StatefulSet,
  V1StatefulSetSpec,
} from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { forbiddenField, invalid, notSupported, required } from '../../errors/field-errors.ts';
import { GoStruct } from '../../errors/go-text.ts';
import type { FieldError } from '../../errors/status-error.ts';
import {
  atMost100Percent,
  intOrPercentValue,
  nonNegative,
  validateDnsLabel,
  validateIntOrPercent,
} from '../../validation/fields.ts';
import { immutable, semanticallyEqual } from '../../validation/immutable.ts';
import { isEmptySelector, validateLabelSelector } from '../../validation/labels.ts';
import type { Typed } from '../built-in-kind.ts';
import {
  isUsableSelector,
  type Selector,
  type Template,
  validatePodTemplate,
  validateRunsForever,
  validateSelected,
  validateWorkloadSelector,
} from '../pods/pod-template.ts';

type Of<T> = DeepReadonly<Typed<T>>;

const EMPTY: Template = {};

/** Template of a ReplicaSet or Deployment: found by the selector, valid, and run for ever. */
function validateReplicaTemplate(selector: Selector, template: Template): FieldError[] {
  const path = 'spec.template';
  if (!isUsableSelector(selector)) return [invalid('spec.selector', selector, 'invalid label selector')];
  return [
    ...validateSelected(selector, template, path),
    ...validatePodTemplate(template, path),
    ...validateRunsForever(template, path, 'ReplicaSet'),
  ];
}

export function validateDeployment({ spec }: Of<V1Deployment>): FieldError[] {
  const { replicas, selector, template = EMPTY, strategy, minReadySeconds = 0 } = spec ?? {};
  const { progressDeadlineSeconds, revisionHistoryLimit } = spec ?? {};
  const path = 'spec.strategy';
  const rolling = strategy?.rollingUpdate;
  const errors = [
    ...nonNegative(replicas, 'spec.replicas'),
    ...validateWorkloadSelector(selector as Selector, 'spec.selector', 'deployment'),
    ...validateReplicaTemplate(selector as Selector, template),
  ];
  if (strategy?.type === 'Recreate') {
    if (rolling !== undefined) {
      errors.push(forbiddenField(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'"));
    }
  } else if (strategy?.type === 'RollingUpdate') {
    errors.push(...validateRollingDeployment(rolling ?? {}, `${path}.rollingUpdate`));
  } else {
    const shown = new GoStruct({ Type: strategy?.type ?? '', RollingUpdate: rolling ?? null });
    errors.push(notSupported(path, shown, ['Recreate', 'RollingUpdate']));
  }
  errors.push(...nonNegative(minReadySeconds, 'spec.minReadySeconds'));
  errors.push(...nonNegative(revisionHistoryLimit, 'spec.revisionHistoryLimit'));
  if (progressDeadlineSeconds !== undefined) {
    errors.push(...nonNegative(progressDeadlineSeconds, 'spec.progressDeadlineSeconds'));
    if (progressDeadlineSeconds <= minReadySeconds) {
      const why = 'must be greater than minReadySeconds';
      errors.push(invalid('spec.progressDeadlineSeconds', progressDeadlineSeconds, why));
    }
  }
  return errors;
}

interface Rolling {
  readonly maxUnavailable?: unknown;
  readonly maxSurge?: unknown;
}

function validateRollingDeployment({ maxUnavailable, maxSurge }: Rolling, path: string): FieldError[] {
  const nothingMoves = intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0;
  return [
    ...validateIntOrPercent(maxUnavailable, `${path}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${path}.maxSurge`),
    ...(nothingMoves ? [invalid(`${path}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')] : []),
    ...atMost100Percent(maxUnavailable, `${path}.maxUnavailable`),
  ];
}

export function validateDeploymentUpdate(object: Of<V1Deployment>, stored: Of<V1Deployment>): FieldError[] {
  return [
    ...validateDeployment(object),
    ...immutable('spec.selector', object.spec?.selector ?? null, stored.spec?.selector),
  ];
}

export function validateReplicaSet({ spec }: Of<V1ReplicaSet>): FieldError[] {
  const selector = spec?.selector as Selector;
  return [
    ...nonNegative(spec?.replicas, 'spec.replicas'),
    ...nonNegative(spec?.minReadySeconds, 'spec.minReadySeconds'),
    ...validateWorkloadSelector(selector, 'spec.selector', 'deployment'),
    ...validateReplicaTemplate(selector, spec?.template ?? EMPTY),
  ];
}

export function validateReplicaSetUpdate(object: Of<V1ReplicaSet>, stored: Of<V1ReplicaSet>): FieldError[] {
  return [
    ...validateReplicaSet(object),
    ...immutable('spec.selector', object.spec?.selector ?? null, stored.spec?.selector),
  ];
}

export function validateDaemonSet({ spec }: Of<V1DaemonSet>): FieldError[] {
  const selector = spec?.selector as Selector;
  const template = spec?.template ?? EMPTY;
  const errors = [
    ...validateLabelSelector(selector, 'spec.selector'),
    ...validateSelected(selector, template, 'spec.template'),
  ];
  if (selector && isEmptySelector(selector)) {
    errors.push(invalid('spec.selector', selector, 'empty selector is invalid for daemonset'));
  }
  errors.push(...validatePodTemplate(template, 'spec.template'));
  errors.push(...validateRunsForever(template, 'spec.template', 'DaemonSet'));
  errors.push(...nonNegative(spec?.minReadySeconds, 'spec.minReadySeconds'));
  errors.push(...validateDaemonStrategy(spec?.updateStrategy ?? {}));
  errors.push(...nonNegative(spec?.revisionHistoryLimit, 'spec.revisionHistoryLimit'));
  return errors;
}

function validateDaemonStrategy(strategy: { readonly type?: string; readonly rollingUpdate?: Rolling }): FieldError[] {
  const path = 'spec.updateStrategy';
  if (strategy.type === 'OnDelete') return [];
  if (strategy.type !== 'RollingUpdate') {
    const shown = new GoStruct({ Type: strategy.type ?? '', RollingUpdate: strategy.rollingUpdate ?? null });
    return [notSupported(path, shown, ['RollingUpdate', 'OnDelete'])];
  }
  const { maxUnavailable = 0, maxSurge = 0 } = strategy.rollingUpdate ?? {};
  const unavailable = intOrPercentValue(maxUnavailable) !== 0;
  const surge = intOrPercentValue(maxSurge) !== 0;
  const at = `${path}.rollingUpdate`;
  return [
    ...validateIntOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${at}.maxSurge`),
    ...atMost100Percent(maxUnavailable, `${at}.maxUnavailable`),
    ...atMost100Percent(maxSurge, `${at}.maxSurge`),
    ...(unavailable && surge
      ? [invalid(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')]
      : []),
    ...(unavailable || surge ? [] : [required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')]),
  ];
}

export function validateDaemonSetUpdate(object: Of<V1DaemonSet>, stored: Of<V1DaemonSet>): FieldError[] {
  return [
    ...validateDaemonSet(object),
    ...immutable('spec.selector', object.spec?.selector ?? null, stored.spec?.selector),
  ];
}

export function validateStatefulSet({ spec }: Of<V1StatefulSet>): FieldError[] {
  const serviceName = spec?.serviceName ?? '';
  const named = serviceName === '' ? [] : validateDnsLabel(serviceName, 'spec.serviceName');
  return validateStatefulSpec(spec, named);
}

function validateStatefulSpec(
  spec: DeepReadonly<V1StatefulSetSpec> | undefined,
  serviceName: readonly FieldError[],
): FieldError[] {
  const selector = spec?.selector as Selector;
  const template = withClaims(spec);
  const errors: FieldError[] = [];
  const management = spec?.podManagementPolicy ?? '';
  if (management !== 'OrderedReady' && management !== 'Parallel') {
    errors.push(invalid('spec.podManagementPolicy', management, "must be 'OrderedReady' or 'Parallel'"));
  }
  errors.push(...validateStatefulStrategy(spec?.updateStrategy ?? {}));
  for (const [field, value] of Object.entries(spec?.persistentVolumeClaimRetentionPolicy ?? {})) {
    const path = `spec.persistentVolumeClaimRetentionPolicy.${field}`;
    if (value !== 'Retain' && value !== 'Delete') errors.push(notSupported(path, value, ['Retain', 'Delete']));
  }
  return [
    ...errors,
    ...nonNegative(spec?.replicas, 'spec.replicas'),
    ...nonNegative(spec?.minReadySeconds, 'spec.minReadySeconds'),
    ...nonNegative(spec?.ordinals?.start, 'spec.ordinals.start'),
    ...serviceName,
    ...validateWorkloadSelector(selector, 'spec.selector', 'statefulset'),
    ...validateSelected(selector, template, 'spec.template'),
    ...validatePodTemplate(template, 'spec.template'),
    ...validateRunsForever(template, 'spec.template', 'StatefulSet'),
  ];
}

/** Each claim is a volume of its name in every Pod. */
function withClaims(spec: DeepReadonly<V1StatefulSetSpec> | undefined): Template {
  const template = spec?.template ?? EMPTY;
  const claims = (spec?.volumeClaimTemplates ?? []).map(({ metadata }) => {
    const name = metadata?.name ?? '';
    return { name, persistentVolumeClaim: { claimName: name, readOnly: false } };
  });
  if (claims.length === 0 || template.spec === undefined) return template;
  const replaced = new Set(claims.map(({ name }) => name));
  const others = (template.spec.volumes ?? []).filter(({ name }) => !replaced.has(name));
  return { ...template, spec: { ...template.spec, volumes: [...claims, ...others] } };
}

function validateStatefulStrategy(strategy: {
  readonly type?: string;
  readonly rollingUpdate?: Rolling & { readonly partition?: number };
}): FieldError[] {
  const path = 'spec.updateStrategy';
  const rolling = strategy.rollingUpdate;
  if (strategy.type === 'OnDelete') {
    if (rolling === undefined) return [];
    const shown = new GoStruct({ Partition: rolling.partition ?? 0, MaxUnavailable: rolling.maxUnavailable ?? null });
    return [invalid(`${path}.rollingUpdate`, shown, "only allowed for updateStrategy 'RollingUpdate'")];
  }
  if (strategy.type !== 'RollingUpdate') {
    const shown = new GoStruct({ Type: strategy.type ?? '', RollingUpdate: rolling ?? null });
    return [invalid(path, shown, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  const maximum = rolling?.maxUnavailable;
  const at = `${path}.rollingUpdate.maxUnavailable`;
  return [
    ...nonNegative(rolling?.partition, `${path}.rollingUpdate.partition`),
    ...(maximum === undefined ? [] : validateIntOrPercent(maximum, at)),
    ...(maximum !== undefined && intOrPercentValue(maximum) === 0 ? [invalid(at, maximum, 'cannot be 0')] : []),
    ...atMost100Percent(maximum, at),
  ];
}

const MUTABLE = [
  'replicas',
  'template',
  'updateStrategy',
  'minReadySeconds',
  'ordinals',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
] as const;

export function validateStatefulSetUpdate(object: Of<V1StatefulSet>, stored: Of<V1StatefulSet>): FieldError[] {
  const kept = Object.fromEntries(MUTABLE.map((field) => [field, stored.spec?.[field]]));
  const errors = validateStatefulSpec(object.spec, []);
  if (semanticallyEqual({ ...object.spec, ...kept }, stored.spec)) return errors;
  const why =
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  return [...errors, forbiddenField('spec', why)];
}
