import type { Resource } from '../../apis/meta/resource.ts';
import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedTemplate } from '../../apis/types/v1beta1/federated-object.ts';
import { CREATED_BY_ANNOTATION, FOLLOW_LABEL, MANAGED_LABEL } from '../../apis/well-known.ts';
import { digestOf } from './copy.ts';
import { reasonToLeaveOut } from './leave-out.ts';
import { templateOf } from './template.ts';

/**
 * - `followed`: what a person put into the namespace
 * - `leftOut`: by its label, or because a controller or every cluster makes it
 * - `copy`: a control plane put it there from a federated object; following it would chase its tail
 * - `leaving`: it is being deleted
 */
export type Standing = 'followed' | 'leftOut' | 'copy' | 'leaving';

/** A plain object in a followed namespace, as following sees it. */
export interface OriginalLook {
  readonly uid: string;
  readonly standing: Standing;
  /** What `fedctl federate` would make of it. */
  readonly template: DeepReadonly<FederatedTemplate>;
  readonly digest: string;
}

/** For stores: nobody follows what an object's own controllers say of it. */
export function withoutStatus(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object;
  return rest;
}

const LOOKS = new WeakMap<DeepReadonly<KubeObject>, OriginalLook>();

/** Computed once for each version of an object that a store holds. */
export function originalLook(
  object: DeepReadonly<KubeObject>,
  target: Pick<Resource, 'group' | 'kind' | 'plural'>,
): OriginalLook {
  const known = LOOKS.get(object);
  if (known !== undefined) return known;
  const template = templateOf(object as KubeObject, target);
  const look: OriginalLook = {
    uid: object.metadata.uid ?? '',
    standing: standingOf(object, target),
    template,
    digest: digestOf(template),
  };
  LOOKS.set(object, look);
  return look;
}

/** Whether nothing has changed that following cares about. */
export function sameOriginal(a: OriginalLook, b: OriginalLook): boolean {
  return a.uid === b.uid && a.standing === b.standing && a.digest === b.digest;
}

function standingOf(object: DeepReadonly<KubeObject>, target: Pick<Resource, 'group' | 'plural'>): Standing {
  const { deletionTimestamp, labels, annotations } = object.metadata;
  if (deletionTimestamp !== undefined) return 'leaving';
  if (labels?.[FOLLOW_LABEL] === 'false' || reasonToLeaveOut(object, target) !== undefined) return 'leftOut';
  const isCopy = annotations?.[CREATED_BY_ANNOTATION] !== undefined && labels?.[MANAGED_LABEL] === 'true';
  return isCopy ? 'copy' : 'followed';
}
