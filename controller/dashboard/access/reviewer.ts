import { createHash } from 'node:crypto';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import type { Client } from '../../kube/client.ts';
import { apiVersionOf, type Resource } from '../../kube/resource.ts';
import { Slots } from '../../kube/slots.ts';
import type { Clock } from '../../time/clock.ts';
import { Expiring } from './expiring.ts';
import { keyOfPerson, type Person, Refusal } from './person.ts';

const TOKEN_REVIEWS: Resource = {
  ...{ group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview', plural: 'tokenreviews', namespaced: false },
};
const ACCESS_REVIEWS: Resource = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
};

/** What somebody would do, in RBAC's words. Without a namespace: in all of them. */
export interface Deed {
  readonly verb: 'get' | 'list';
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** A right that was taken away is noticed well within the minute that streams are given. */
const TOKEN_MS = 10_000;
const DEED_MS = 15_000;
const TIMEOUT_MS = 10_000;
const AT_ONCE = 32;

/** Asks the host's API server who somebody is and what they may do there. */
export class Reviewer {
  readonly #host: Pick<Client, 'create'>;
  readonly #slots = new Slots(AT_ONCE);
  readonly #people: Expiring<Person | undefined>;
  readonly #deeds: Expiring<boolean>;

  constructor(host: Pick<Client, 'create'>, clock: Clock) {
    this.#host = host;
    this.#people = new Expiring(clock, { ms: TOKEN_MS, most: 1_000 });
    this.#deeds = new Expiring(clock, { ms: DEED_MS, most: 20_000 });
  }

  /** Whose token it is; undefined: nobody's that the server knows. */
  personOf(token: string, signal: AbortSignal): Promise<Person | undefined> {
    const key = createHash('sha256').update(token).digest('base64');
    return this.#people.get(key, async () => {
      const { status } = await this.#ask<{
        authenticated?: boolean;
        user?: { username?: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> };
      }>(TOKEN_REVIEWS, { token }, signal);
      const { username, uid, groups = [], extra } = status?.user ?? {};
      if (status?.authenticated !== true || !username) return undefined;
      return { user: username, groups, ...(uid ? { uid } : {}), ...(extra === undefined ? {} : { extra }) };
    });
  }

  may(person: Person, deed: Deed, signal: AbortSignal): Promise<boolean> {
    return this.#deeds.get(`${keyOfPerson(person)}\n${JSON.stringify(deed)}`, async () => {
      const { user, uid, groups, extra } = person;
      const { status } = await this.#ask<{ allowed?: boolean; denied?: boolean }>(
        ACCESS_REVIEWS,
        { user, uid, groups, extra, resourceAttributes: deed },
        signal,
      );
      return status?.allowed === true && status.denied !== true;
    });
  }

  async #ask<S>(resource: Resource, spec: object, signal: AbortSignal): Promise<{ status?: S }> {
    const body: KubeObject = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: {}, spec };
    await new Promise<void>((resolve) => void this.#slots.take(resolve));
    try {
      return (await this.#host.create(resource, body, { signal, timeoutMs: TIMEOUT_MS })) as { status?: S };
    } catch (error) {
      if (signal.aborted) throw error;
      throw new Refusal(
        503,
        'the API server does not say what you may see',
        `the controller needs the right to create ${resource.plural}.${resource.group}: docs/dashboard.md`,
        error,
      );
    } finally {
      this.#slots.release();
    }
  }
}
