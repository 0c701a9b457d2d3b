import type { KubeObject, ManagedFieldsEntry } from '../../../../apis/meta/v1.ts';
import { patchScale, type ScaleWrite, trackScale } from '../managed-fields/scale-owners.ts';
import { APPLY_PATCH } from '../patch/apply-patch.ts';
import type { ActionRequest } from '../resources/resource-definition.ts';

/** The Scale that is to be, and who then owns the fields of what is scaled. @throws {StatusError} */
export function sentScale(
  { body, patchType, patched }: ActionRequest,
  write: ScaleWrite,
): { readonly scale: KubeObject; readonly managedFields: ManagedFieldsEntry[] } {
  if (patched !== undefined) return patchScale(write, patched, patchType === APPLY_PATCH);
  const scale = body as KubeObject;
  return { scale, managedFields: trackScale(write, scale) };
}

/** The UID by which a PUT says which object it means. What a patch makes of the UID says nothing of the kind. */
export function meantUid({ body, patched }: ActionRequest): string | undefined {
  return patched === undefined ? (body as KubeObject).metadata.uid || undefined : undefined;
}
