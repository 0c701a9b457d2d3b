import type { Resource } from '../../../apis/meta/resource.ts';
import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import { valueAt } from '../json/json-pointer.ts';

/** Whether objects of this kind may be deleted by the member itself when they are done. */
export function mayEndByItself({ group, kind }: Resource): boolean {
  return group === 'batch' && kind === 'Job';
}

/**
 * Whether a finished Job is deleted by its member (`ttlSecondsAfterFinished`). One that was written there and is missing is
 * taken for finished: to create it once more would do its work once more, for ever.
 */
export function endsByItself(job: DeepReadonly<KubeObject>): boolean {
  return typeof valueAt(job, ['spec', 'ttlSecondsAfterFinished']) === 'number';
}
