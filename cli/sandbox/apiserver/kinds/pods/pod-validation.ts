import type { V1Pod } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { internalPodSpec } from '../../encoding/internal-form.ts';
import { forbiddenField, invalid } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { jsonDiff } from '../../errors/unified-diff.ts';
import { semanticallyEqual } from '../../validation/immutable.ts';
import type { Typed } from '../built-in-kind.ts';
import type { Container } from './containers.ts';
import { allowWhileGated } from './gated-changes.ts';
import { type PodSpec, validatePodSpec } from './pod-spec-validation.ts';

type Pod = DeepReadonly<Typed<V1Pod>>;

const UPDATABLE =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

export function validatePod(pod: Pod): FieldError[] {
  const spec = pod.spec ?? { containers: [] };
  return [
    ...validateEveryPod(spec),
    ...(spec.ephemeralContainers?.length
      ? [forbiddenField('spec.ephemeralContainers', 'cannot be set on create')]
      : []),
    ...(spec.nodeName && spec.schedulingGates?.length
      ? [forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')]
      : []),
  ];
}

/** Images may change, tolerations be added, a deadline be shortened, scheduling gates go; nothing else. */
export function validatePodUpdate(pod: Pod, stored: Pod): FieldError[] {
  const spec = pod.spec ?? { containers: [] };
  const old = stored.spec ?? { containers: [] };
  const errors = validateEveryPod(spec);
  for (const field of ['containers', 'initContainers'] as const) {
    const changed = validateContainerCount(spec[field] ?? [], old[field] ?? [], `spec.${field}`);
    errors.push(...changed);
    if (changed.length > 0) return errors;
  }
  errors.push(...validateDeadline(spec.activeDeadlineSeconds, old.activeDeadlineSeconds));
  errors.push(...validateOnlyAdded(spec, old));
  const { terminationGracePeriodSeconds: grace } = spec;
  const wasNegative = (old.terminationGracePeriodSeconds ?? 0) < 0;
  const gated = allowWhileGated(spec, old);
  errors.push(...gated.errors);
  const rest = {
    ...gated.rest,
    containers: withImagesOf(spec.containers ?? [], old.containers ?? []),
    initContainers: withImagesOf(spec.initContainers ?? [], old.initContainers ?? []),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    terminationGracePeriodSeconds: wasNegative && grace === 1 ? old.terminationGracePeriodSeconds : grace,
  };
  if (!semanticallyEqual(rest, old)) {
    const diff = jsonDiff(internalPodSpec(old), internalPodSpec(withoutEmpty(rest)));
    errors.push(forbiddenField('spec', `pod updates may not change fields other than ${UPDATABLE}\n${diff}`));
  }
  return errors;
}

/** What was empty on the way is nothing again. */
function withoutEmpty<T extends Pick<PodSpec, 'initContainers'>>({ initContainers, ...rest }: T): object {
  return initContainers?.length ? { ...rest, initContainers } : rest;
}

function validateEveryPod(spec: PodSpec): FieldError[] {
  return [
    ...validatePodSpec(spec, 'spec'),
    ...validateImages(spec.containers ?? [], 'spec.containers'),
    ...validateImages(spec.initContainers ?? [], 'spec.initContainers'),
  ];
}

function validateImages(containers: readonly Container[], path: string): FieldError[] {
  return containers.flatMap(({ image = '' }, i) =>
    image === image.trim()
      ? []
      : [invalid(`${path}[${i}].image`, image, 'must not have leading or trailing whitespace')],
  );
}

function validateContainerCount(
  containers: readonly Container[],
  stored: readonly Container[],
  path: string,
): FieldError[] {
  if (containers.length === stored.length) return [];
  return [forbiddenField(path, 'pod updates may not add or remove containers')];
}

function withImagesOf(containers: readonly Container[], stored: readonly Container[]): readonly Container[] {
  return containers.map((container, i) => {
    const image = stored[i]?.image;
    return image === undefined ? container : { ...container, image };
  });
}

function validateDeadline(seconds: number | undefined, before: number | undefined): FieldError[] {
  const path = 'spec.activeDeadlineSeconds';
  if (seconds === undefined) {
    return before === undefined ? [] : [invalid(path, null, 'must not update from a positive integer to nil value')];
  }
  return before !== undefined && before < seconds
    ? [invalid(path, seconds, 'must be less than or equal to previous value')]
    : [];
}

function validateOnlyAdded({ tolerations = [], schedulingGates = [] }: PodSpec, old: PodSpec): FieldError[] {
  const kept = (old.tolerations ?? []).every((before) =>
    tolerations.some((now) => semanticallyEqual({ ...now, tolerationSeconds: 0 }, { ...before, tolerationSeconds: 0 })),
  );
  const known = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  return [
    ...(kept
      ? []
      : [forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')]),
    ...schedulingGates.flatMap(({ name }, i) =>
      known.has(name)
        ? []
        : [
            forbiddenField(
              `spec.schedulingGates[${i}].name`,
              `only deletion is allowed, but found new scheduling gate '${name}'`,
            ),
          ],
    ),
  ];
}
