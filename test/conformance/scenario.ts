/**
 * Exchanges as data. Strings in paths, bodies and headers may name variables: `{ns}` is the scenario's own namespace,
 * `{run}` a word that is unique to the run, and `save` adds others from the answers. Words in braces that name no variable stay.
 */

export interface Scenario {
  readonly area: string;
  readonly title: string;
  readonly steps: readonly Step[];
  /** Changes what others would see (discovery, cluster-wide rights): runs when nothing else does. */
  readonly alone?: boolean;
  /** Removes what is left outside the namespace; not compared. */
  readonly cleanUp?: readonly Step[];
}

export type Step = Exchange | OpenWatch | ReadEvents | WebhookCalls;

/** One request and its answer. */
export interface Exchange {
  readonly step: 'exchange';
  readonly method: string;
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, variables aside. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the administrator's token. */
  readonly as?: Identity;
  /** Variables from the answer: the path of a value in its body (lodash), or what a function makes of the body. */
  readonly save?: Readonly<Record<string, string | ((body: never) => string)>>;
  /** Asked again and again until this holds, at most two minutes; only the last answer counts. */
  readonly until?: Condition;
  /** What of the body is compared; default: all. */
  readonly show?: (body: never) => unknown;
}

/** `code`: the HTTP status; `path`, `equals`: a value in the body, `undefined` when it must be missing. */
export type Condition =
  | { readonly code: number }
  | { readonly path: string; readonly equals: unknown }
  | ((body: never) => boolean);

export type Identity =
  | { readonly token: string }
  | { readonly user: string; readonly groups?: readonly string[] }
  | { readonly certificate: { readonly user: string; readonly groups: readonly string[] } }
  | 'nobody';

/** Opens a watch that later steps read from. What it answered (status, headers) is compared. */
export interface OpenWatch {
  readonly step: 'watch';
  readonly id: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly as?: Identity;
}

/** The next events of a watch: as many as `count` says, or all until the server ends it. At most 20 s. */
export interface ReadEvents {
  readonly step: 'events';
  readonly id: string;
  readonly count: number | 'all';
  /** What of each event is compared; default: all. */
  readonly show?: (event: never) => unknown;
}

/** The AdmissionReviews that the webhook under this path got since the scenario began. */
export interface WebhookCalls {
  readonly step: 'webhook-calls';
  readonly path: string;
}

export type ExchangeOptions = Omit<Exchange, 'step' | 'method' | 'path' | 'body'>;

export function get(path: string, options: ExchangeOptions = {}): Exchange {
  return { step: 'exchange', method: 'GET', path, ...options };
}

export function post(path: string, body: unknown, options: ExchangeOptions = {}): Exchange {
  return { step: 'exchange', method: 'POST', path, body, ...options };
}

export function put(path: string, body: unknown, options: ExchangeOptions = {}): Exchange {
  return { step: 'exchange', method: 'PUT', path, body, ...options };
}

/** Without a body the server's defaults for the kind count. */
export function del(path: string, body?: unknown, options: ExchangeOptions = {}): Exchange {
  return { step: 'exchange', method: 'DELETE', path, ...(body === undefined ? {} : { body }), ...options };
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export function patch(type: PatchType, path: string, body: unknown, options: ExchangeOptions = {}): Exchange {
  const headers = { 'content-type': PATCH_TYPES[type], ...options.headers };
  return { step: 'exchange', method: 'PATCH', path, body, ...options, headers };
}

/** A request whose body is no JSON that a program would write, or whose method is none that a client would use. */
export function raw(method: string, path: string, text: string | undefined, options: ExchangeOptions = {}): Exchange {
  return { step: 'exchange', method, path, ...(text === undefined ? {} : { text }), ...options };
}

export function watch(id: string, path: string, options: Pick<OpenWatch, 'headers' | 'as'> = {}): OpenWatch {
  return { step: 'watch', id, path, ...options };
}

export function events(id: string, count: number | 'all', show?: (event: never) => unknown): ReadEvents {
  return { step: 'events', id, count, ...(show === undefined ? {} : { show }) };
}

export function webhookCalls(path: string): WebhookCalls {
  return { step: 'webhook-calls', path };
}

/** Gives all scenarios of a file their area. */
export function area(
  name: string,
  scenarios: Readonly<Record<string, readonly Step[] | Omit<Scenario, 'area' | 'title'>>>,
): Scenario[] {
  return Object.entries(scenarios).map(([title, given]) =>
    'steps' in given ? { area: name, title, ...given } : { area: name, title, steps: given },
  );
}
