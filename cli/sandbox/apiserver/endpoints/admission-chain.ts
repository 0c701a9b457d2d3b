import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { UserInfo } from '../user/user-info.ts';

/** A write, as admission sees it. */
export interface AdmissionAttributes {
  readonly definition: ResourceDefinition;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly subresource: string;
  readonly namespace: string;
  /** Empty for a create that generates it. */
  readonly name: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly oldObject: DeepReadonly<KubeObject> | undefined;
  /** Of the request, such as `{ kind: 'CreateOptions', … }`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Told to the client in a Warning header. */
  readonly warn: (text: string) => void;
}

/**
 * What may change or refuse a write, beyond its kind's own strategy. Both answer without a promise when nobody outside the
 * process has to be asked, so that the write is made at once; both refuse by a StatusError.
 */
export interface AdmissionChain {
  /** Whether somebody outside may have to be asked: what a subresource would write is worked out before only then. */
  readonly asksOutside: boolean;
  /** `object` may be changed in place; it is `undefined` for a deletion. Answers the object to go on with. */
  mutate(attributes: AdmissionAttributes, object: KubeObject): KubeObject | Promise<KubeObject>;
  mutate(attributes: AdmissionAttributes, object: undefined): undefined | Promise<undefined>;
  validate(
    attributes: AdmissionAttributes,
    object: DeepReadonly<KubeObject> | undefined,
  ): undefined | Promise<undefined>;
}
