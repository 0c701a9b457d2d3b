import type { DeepReadonly, ObjectMeta } from '../../../../apis/meta/v1.ts';

/** An object as it is about to be stored: `T` tells its fields beside the metadata. */
export type Written<T> = DeepReadonly<Omit<T, 'metadata'> & { metadata: ObjectMeta }>;
