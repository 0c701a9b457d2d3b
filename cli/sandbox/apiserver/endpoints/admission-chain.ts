import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { ReviewedWrite } from '../admission/webhooks/webhook.ts';

/**
 * What may change or refuse a write, beyond its kind's own strategy. Both answer without a promise when nobody outside the
 * process has to be asked, so that the write is made at once; both refuse by a StatusError.
 */
export interface AdmissionChain {
  /** Whether somebody outside may have to be asked: what a subresource would write is worked out before only then. */
  readonly asksOutside: boolean;
  /** `object` may be changed in place; it is `undefined` for a deletion. Answers the object to go on with. */
  mutate(attributes: ReviewedWrite, object: KubeObject): KubeObject | Promise<KubeObject>;
  mutate(attributes: ReviewedWrite, object: undefined): undefined | Promise<undefined>;
  validate(attributes: ReviewedWrite, object: DeepReadonly<KubeObject> | undefined): undefined | Promise<undefined>;
}
