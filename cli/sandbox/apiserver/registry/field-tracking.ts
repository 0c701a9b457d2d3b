import type { DeepReadonly, KubeObject, ManagedFieldsEntry } from '../../../../apis/meta/v1.ts';
import type { Schema } from '../schema/schema.ts';

/** Who owns which field after a write: `trackUpdate` of managed-fields. */
export type TrackUpdate = (update: {
  readonly stored: DeepReadonly<KubeObject> | undefined;
  readonly next: DeepReadonly<KubeObject>;
  readonly schema: Schema | undefined;
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource?: string;
  readonly now: Date;
}) => ManagedFieldsEntry[];
