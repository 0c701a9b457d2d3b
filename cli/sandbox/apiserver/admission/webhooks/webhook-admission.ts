import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly, KubeObject } from '../../../../../apis/meta/v1.ts';
import { badRequest, internalError, notImplemented } from '../../errors/status-error.ts';
import type { ClusterServices, ResourceDefinition } from '../../resources/resource-definition.ts';
import type { Storage } from '../../storage/storage.ts';
import { wantedAs } from './matching.ts';
import { patchedBy } from './patching.ts';
import { answerOf, CallFailure, denial, inVersion, type ReviewAnswer, reviewOf } from './review.ts';
import { isExempt, type ReviewedWrite, type Webhook, webhooksIn } from './webhook.ts';
import { WebhookClient } from './webhook-client.ts';

const KINDS = ['mutating', 'validating'] as const;

type Reviewed = DeepReadonly<KubeObject> | undefined;

/**
 * Asks the webhooks that the configurations of a cluster name whether a write may be made, and as what. Nothing is awaited
 * where there are none: such a write stays in one piece. Kubernetes: `admission/plugin/webhook`.
 */
export class WebhookAdmission {
  readonly #storage: Storage;
  readonly #cluster: () => Pick<ClusterServices, 'definitions'>;
  readonly #client = new WebhookClient();

  constructor(options: { readonly storage: Storage; readonly cluster: () => Pick<ClusterServices, 'definitions'> }) {
    this.#storage = options.storage;
    this.#cluster = options.cluster;
  }

  /** Whether there is anybody to ask at all. */
  get hasWebhooks(): boolean {
    return KINDS.some((kind) => webhooksIn(this.#storage, kind).length > 0);
  }

  /**
   * The object as the mutating webhooks will have it, one after the other. `object` itself stays as it is; for a deletion
   * there is none.
   *
   * @throws {StatusError} what a webhook refused with; 500 one could not be asked and its failurePolicy is `Fail`.
   */
  mutate(write: ReviewedWrite, object: KubeObject): KubeObject | Promise<KubeObject>;
  mutate(
    write: ReviewedWrite,
    object: KubeObject | undefined,
  ): KubeObject | undefined | Promise<KubeObject | undefined>;
  mutate(
    write: ReviewedWrite,
    object: KubeObject | undefined,
  ): KubeObject | undefined | Promise<KubeObject | undefined> {
    const webhooks = webhooksIn(this.#storage, 'mutating');
    if (webhooks.length === 0 || isExempt(write)) return object;
    return this.#mutateBy(webhooks, write, object);
  }

  /** Asks the validating webhooks, all at once. @throws {StatusError} as `mutate`. */
  validate(write: ReviewedWrite, object: Reviewed): undefined | Promise<undefined> {
    const webhooks = webhooksIn(this.#storage, 'validating');
    if (webhooks.length === 0 || isExempt(write)) return undefined;
    const wanted = webhooks.flatMap((webhook) => {
      const seenAs = this.#wantedAs(webhook, write, object);
      return seenAs === undefined ? [] : [{ webhook, seenAs }];
    });
    return wanted.length === 0 ? undefined : this.#validateBy(wanted, write, object);
  }

  /** Closes the connections to webhooks. */
  close(): void {
    this.#client.close();
  }

  async #mutateBy(
    webhooks: readonly Webhook[],
    write: ReviewedWrite,
    object: KubeObject | undefined,
  ): Promise<KubeObject | undefined> {
    let current = object;
    let invoked = new Set<Webhook>();
    const again = new Set<Webhook>();
    // Who asked for it is asked a second time when a later webhook has changed the object.
    for (const round of [0, 1]) {
      for (const webhook of webhooks) {
        const seenAs = this.#wantedAs(webhook, write, current);
        if (seenAs === undefined || (round === 1 && !again.has(webhook))) continue;
        const before = current;
        current = await this.#mutateOnce(webhook, write, seenAs, current);
        if (current !== before && !isEqual(current, before)) {
          for (const earlier of invoked) again.add(earlier);
          invoked = new Set();
        }
        if (webhook.reinvocationPolicy === 'IfNeeded') invoked.add(webhook);
      }
      if (again.size === 0) break;
    }
    return current;
  }

  async #mutateOnce(
    webhook: Webhook,
    write: ReviewedWrite,
    seenAs: ResourceDefinition,
    object: KubeObject | undefined,
  ): Promise<KubeObject | undefined> {
    try {
      const { patch, patchType } = await this.#ask(webhook, write, seenAs, object, true);
      if (patch === undefined) return object;
      if (object === undefined) {
        const who = `admission webhook ${JSON.stringify(webhook.name)}`;
        throw internalError(`${who} attempted to modify the object, which is not supported for this operation`);
      }
      const { definition } = write;
      if (seenAs === definition) return patchedBy({ patch, patchType }, object, definition);
      return inVersion(
        definition,
        seenAs,
        patchedBy({ patch, patchType }, inVersion(seenAs, definition, object), seenAs),
      );
    } catch (error) {
      ignoreOrThrow(webhook, error);
      return object;
    }
  }

  async #validateBy(
    wanted: readonly { readonly webhook: Webhook; readonly seenAs: ResourceDefinition }[],
    write: ReviewedWrite,
    object: Reviewed,
  ): Promise<undefined> {
    const verdicts = await Promise.allSettled(
      wanted.map(async ({ webhook, seenAs }) => {
        try {
          await this.#ask(webhook, write, seenAs, object, false);
        } catch (error) {
          ignoreOrThrow(webhook, error);
        }
      }),
    );
    for (const verdict of verdicts) if (verdict.status === 'rejected') throw verdict.reason;
    return undefined;
  }

  async #ask(
    webhook: Webhook,
    write: ReviewedWrite,
    seenAs: ResourceDefinition,
    object: Reviewed,
    mutating: boolean,
  ): Promise<ReviewAnswer> {
    if (write.dryRun && webhook.sideEffects !== 'None' && webhook.sideEffects !== 'NoneOnDryRun') {
      throw badRequest(`admission webhook ${JSON.stringify(webhook.name)} does not support dry run`);
    }
    const review = reviewOf(webhook, write, seenAs, object);
    const answer = answerOf(await this.#client.post(webhook, review.body), review, mutating);
    for (const warning of answer.warnings) write.warn(warning);
    if (!answer.allowed) throw denial(webhook, answer.status);
    return answer;
  }

  #wantedAs(webhook: Webhook, write: ReviewedWrite, object: Reviewed): ResourceDefinition | undefined {
    const seenAs = wantedAs(webhook, write, object, this.#storage, this.#cluster().definitions());
    if (seenAs !== undefined && (webhook.matchConditions ?? []).length > 0) {
      throw notImplemented(`matchConditions of webhooks, which ${webhook.name} has`);
    }
    return seenAs;
  }
}

function ignoreOrThrow(webhook: Webhook, error: unknown): void {
  if (!(error instanceof CallFailure)) throw error;
  if (webhook.failurePolicy === 'Ignore') return;
  throw internalError(`failed calling webhook ${JSON.stringify(webhook.name)}: ${error.message}`);
}
