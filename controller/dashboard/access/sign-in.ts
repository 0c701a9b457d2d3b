import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { tokenExpiry } from '../../membership/token.ts';
import type { Clock } from '../../time/clock.ts';
import { type Person, Refusal, type Visitor } from './person.ts';
import { type ProxyTrust, personFromProxy } from './proxy-sign-in.ts';
import type { Reviewer } from './reviewer.ts';
import { Sessions } from './sessions.ts';

export const COOKIE = 'fedmesh-session';
const TOKEN_SESSION_MS = 8 * 3_600_000;
const LINK_SESSION_MS = 3_600_000;

export interface SignInOptions {
  readonly reviewer: Reviewer;
  readonly clock: Clock;
  /** Whoever reaches the address is let in and sees everything: in a sandbox on loopback. */
  readonly open: boolean;
  readonly proxy: ProxyTrust | undefined;
  readonly redeem: (link: string, signal: AbortSignal) => Promise<Person | undefined>;
}

/** Finds out who asks. */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #sessions: Sessions;

  constructor(options: SignInOptions) {
    this.#options = options;
    this.#sessions = new Sessions(options.clock);
  }

  /** @throws Refusal 401 */
  async visitorOf(request: IncomingMessage, signal: AbortSignal): Promise<Visitor> {
    const { headers, socket } = request;
    if (headers.authorization !== undefined) return this.#byToken(bearerOf(headers.authorization), signal);
    const cookie = cookieOf(headers.cookie);
    const session = cookie === undefined ? undefined : this.#sessions.find(cookie);
    if (session !== undefined) {
      if (await session.still(signal)) return session;
      throw new Refusal(401, 'you are signed out: your token is no longer accepted', SIGN_IN);
    }
    const { proxy, open } = this.#options;
    const person = proxy === undefined ? undefined : personFromProxy(proxy, headers, socket.remoteAddress);
    if (person !== undefined) {
      return { by: 'proxy', person, account: `user:${person.user}`, still: () => Promise.resolve(true) };
    }
    if (open) {
      const still = () => Promise.resolve(true);
      return { by: 'loopback', person: undefined, account: 'loopback', still };
    }
    throw new Refusal(401, 'you are not signed in', SIGN_IN);
  }

  /** A cookie's value for somebody who showed a token. */
  keep(visitor: Visitor): { readonly id: string; readonly expiresAt: number } {
    const latest = this.#options.clock.now() + TOKEN_SESSION_MS;
    const expiresAt = Math.min(latest, visitor.expiresAt ?? latest);
    return { id: this.#sessions.add({ ...visitor, expiresAt }), expiresAt };
  }

  /** The same for who comes by a link; undefined when it is none, was used, or is too old. */
  async byLink(link: string, signal: AbortSignal): Promise<{ id: string; expiresAt: number } | undefined> {
    const { clock, redeem } = this.#options;
    const person = await redeem(link, signal);
    if (person === undefined) return undefined;
    const expiresAt = clock.now() + LINK_SESSION_MS;
    const still = () => Promise.resolve(clock.now() < expiresAt);
    const id = this.#sessions.add({ by: 'link', person, account: `user:${person.user}`, expiresAt, still });
    return { id, expiresAt };
  }

  async #byToken(token: string | undefined, signal: AbortSignal): Promise<Visitor> {
    const { reviewer } = this.#options;
    const person = token === undefined ? undefined : await reviewer.personOf(token, signal);
    if (token === undefined || person === undefined) {
      throw new Refusal(401, 'the API server does not accept this token', SIGN_IN);
    }
    const expiresAt = tokenExpiry(token);
    return {
      by: 'token',
      person,
      account: `token:${createHash('sha256').update(token).digest('base64url').slice(0, 16)}`,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      still: async (later) => (await reviewer.personOf(token, later)) !== undefined,
    };
  }
}

const SIGN_IN =
  'sign in with a token of this cluster (kubectl create token NAME), or with the link that `fedctl dashboard` prints';

function bearerOf(authorization: string): string | undefined {
  return /^Bearer +([\x21-\x7e]{1,16384})$/i.exec(authorization)?.[1];
}

function cookieOf(header: string | undefined): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [name, value] = pair.trim().split('=');
    if (name === COOKIE && value !== undefined) return value;
  }
  return undefined;
}
