/**
 * What goes wrong, and where. Rules are plain data; each holds for one server until it is taken back or runs out.
 *
 *     faults.add({ match: { resource: 'deployments.apps', verb: 'create' }, effect: { kind: 'status', code: 429, retryAfterSeconds: 1 }, first: 3 });
 *     faults.add({ match: { verb: 'watch' }, effect: { kind: 'drop-watch-events' }, forMs: 5_000 });
 */
export interface FaultRule {
  /** Default: every request. */
  readonly match?: FaultMatch;
  readonly effect: FaultEffect;
  /** Of the requests that match, 0 to 1, drawn from the seed. Default: all. */
  readonly share?: number;
  /** Matching requests that are let through before the rule begins to count. */
  readonly after?: number;
  /** Only for so many matching requests; the rule is spent then. */
  readonly first?: number;
  /** Milliseconds for which it holds. Default: until it is taken back. */
  readonly forMs?: number;
}

/** All that is given must hold. In texts, `*` stands for anything. */
export interface FaultMatch {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for other paths the method in lower case. */
  readonly verb?: string | readonly string[];
  /** `deployments.apps`, `pods`; with a subresource `serviceaccounts/token`. */
  readonly resource?: string | readonly string[];
  readonly namespace?: string;
  readonly name?: string;
  /** Of the path with its query. */
  readonly path?: RegExp;
  /** `system:serviceaccount:kube-federation-system:*`. */
  readonly user?: string;
}

export type FaultEffect =
  /** Answers later: by so many milliseconds, or by some number of them between two. */
  | { readonly kind: 'latency'; readonly ms: number | readonly [least: number, most: number] }
  /** Accepts and never answers; watches fall silent. Goes on where it was when the rule is taken back, as after SIGCONT. */
  | { readonly kind: 'hang' }
  /** The whole server: nobody listens, and what was open is closed. */
  | { readonly kind: 'refuse' }
  /** Breaks the connection: before the answer, or once so many bytes of it were sent. Watches that are open break when the rule comes. */
  | { readonly kind: 'reset'; readonly afterBytes?: number }
  /** Answers with a failure as Kubernetes words it. */
  | {
      readonly kind: 'status';
      readonly code: 401 | 403 | 404 | 409 | 410 | 429 | 500 | 502 | 503 | 504;
      readonly retryAfterSeconds?: number;
      readonly message?: string;
    }
  /** Ends the answer properly after so many bytes (default: half of it): it looks whole, and is no JSON. */
  | { readonly kind: 'truncate'; readonly bytes?: number }
  /** Watches miss events, `share` of them, and get a bookmark for what they missed. */
  | { readonly kind: 'drop-watch-events' }
  /** Gets and lists show the state of so many revisions, or milliseconds, ago; as far as the server remembers. */
  | { readonly kind: 'stale'; readonly revisions: number }
  | { readonly kind: 'stale'; readonly ms: number }
  /** The whole server: its clock is ahead by so many milliseconds (behind, if negative). */
  | { readonly kind: 'clock-offset'; readonly ms: number }
  /** Tokens that were issued before the rule count as expired; `match.user` says whose. Those that are issued from now on are good. */
  | { readonly kind: 'expire-tokens' };

/** A request as rules look at it. */
export interface FaultRequest {
  readonly verb: string;
  /** `deployments.apps`, `serviceaccounts/token`; empty for other paths. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** With its query. */
  readonly path: string;
  readonly user: string;
}

export function matchesRequest(match: FaultMatch | undefined, request: FaultRequest): boolean {
  if (match === undefined) return true;
  return (
    oneOf(match.verb, request.verb) &&
    oneOf(match.resource, request.resource) &&
    oneOf(match.namespace, request.namespace) &&
    oneOf(match.name, request.name) &&
    oneOf(match.user, request.user) &&
    (match.path === undefined ||
      new RegExp(match.path.source, match.path.flags.replace(/[gy]/g, '')).test(request.path))
  );
}

/** Whose tokens a rule is about, before anything else is known of the request. */
export function matchesUser(match: FaultMatch | undefined, user: string): boolean {
  return oneOf(match?.user, user);
}

function oneOf(patterns: string | readonly string[] | undefined, text: string): boolean {
  if (patterns === undefined) return true;
  return (typeof patterns === 'string' ? [patterns] : patterns).some((pattern) => fits(pattern, text));
}

function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === text;
  const [head = '', ...rest] = parts;
  const tail = rest.pop() ?? '';
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  let position = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return position <= text.length - tail.length;
}
