import { CUSTOM_RESOURCE_DEFINITIONS } from '../../apis/apiextensions/v1.ts';
import type { Client } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { groupResourceOf, type Resource } from '../kube/resource.ts';

/**
 * The CustomResourceDefinition of a federated kind, on the host. Whoever deletes it has its objects deleted by the API
 * server, without having said a word about their copies in the members.
 */
export class FederatedDefinition {
  readonly #host: Client;
  readonly #name: string;
  #underWay: Promise<unknown> = Promise.resolve();
  #next: Promise<boolean> | undefined;

  constructor(host: Client, federated: Resource) {
    this.#host = host;
    this.#name = groupResourceOf(federated);
  }

  /**
   * Whether the kind is being deleted or is gone. Read from the host after this call, never before: the API server marks the
   * definition before it deletes the first object. Many who ask at once share one read.
   *
   * @throws ApiError, ConnectionError
   */
  isLeaving(signal: AbortSignal): Promise<boolean> {
    this.#next ??= this.#afterThatUnderWay(signal);
    return this.#next;
  }

  async #afterThatUnderWay(signal: AbortSignal): Promise<boolean> {
    await this.#underWay;
    this.#next = undefined;
    const read = this.#read(signal);
    this.#underWay = read.catch(() => undefined);
    return read;
  }

  async #read(signal: AbortSignal): Promise<boolean> {
    try {
      const { metadata } = await this.#host.get(CUSTOM_RESOURCE_DEFINITIONS, { name: this.#name }, { signal });
      return metadata.deletionTimestamp !== undefined;
    } catch (error) {
      if (isNotFound(error)) return true;
      throw error;
    }
  }
}
