import { setTimeout as delay } from 'node:timers/promises';
import lodashGet from 'lodash/get.js';
import type { Condition, Exchange, Identity, OpenWatch, ReadEvents, Scenario, Step } from './scenario.ts';
import { Variables } from './variables.ts';
import { WatchStream } from './watch-stream.ts';
import type { WebhookServer } from './webhook-server.ts';
import type { Answer, Target, Wire, WireRequest } from './wire.ts';

/** What was seen in one step, before anything in it is made comparable. */
export interface Observation {
  /** `POST /api/v1/namespaces/{ns}/pods`, as the scenario has it. */
  readonly step: string;
  /** The step's request as it was sent: values that it names itself are no accidents. */
  readonly sent: string;
  readonly code?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly events?: readonly unknown[];
  /** How a watch stands after the events. */
  readonly watch?: 'open' | 'ended' | 'silent';
}

export interface ScenarioRun {
  readonly namespace: string;
  readonly observations: readonly Observation[];
}

const COMPARED_HEADERS = ['content-type', 'warning', 'retry-after', 'allow', 'location'];
/** By controllers, a moment later: what counts objects must not meet that moment. */
const MADE_IN_EACH_NAMESPACE = [
  '/api/v1/namespaces/{ns}/configmaps/kube-root-ca.crt',
  '/api/v1/namespaces/{ns}/serviceaccounts/default',
];
const UNTIL_MS = Number(process.env.CONFORMANCE_PATIENCE_MS ?? 120_000);
const ASK_AGAIN_MS = 50;
export const USER_AGENT = 'conformance/1.0';

/** Runs a scenario's steps in order against one server. */
export async function runScenario(
  scenario: Scenario,
  at: { readonly target: Target; readonly wire: Wire; readonly webhooks: WebhookServer; readonly run: string },
): Promise<ScenarioRun> {
  const namespace = `${slug(`${scenario.area} ${scenario.title}`)}-${at.run}`;
  const webhookPath = `/${at.target.name}/${namespace}`;
  const variables = new Variables({
    ns: namespace,
    run: at.run,
    webhook: `${at.webhooks.url}${webhookPath}`,
    webhookCa: Buffer.from(at.webhooks.caPem).toString('base64'),
  });
  const session = new Session(at.target, at.wire, variables);
  const namespaces: Exchange = {
    step: 'exchange',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  };
  const observations: Observation[] = [];
  try {
    await session.exchange(namespaces);
    for (const path of MADE_IN_EACH_NAMESPACE) {
      await session.exchange({ step: 'exchange', method: 'GET', path, until: { code: 200 } });
    }
    for (const step of scenario.steps) {
      if (step.step === 'webhook-calls') {
        const body = at.webhooks.take(`${webhookPath}${step.path}`);
        observations.push({ step: `webhook ${step.path}`, sent: '', body });
      } else {
        observations.push(await session.take(step));
      }
    }
    for (const step of scenario.cleanUp ?? []) if (step.step !== 'webhook-calls') await session.take(step);
    await session.exchange({ step: 'exchange', method: 'DELETE', path: '/api/v1/namespaces/{ns}' });
  } finally {
    session.close();
  }
  return { namespace, observations };
}

class Session {
  readonly #target: Target;
  readonly #wire: Wire;
  readonly #variables: Variables;
  readonly #watches = new Map<string, WatchStream>();

  constructor(target: Target, wire: Wire, variables: Variables) {
    this.#target = target;
    this.#wire = wire;
    this.#variables = variables;
  }

  take(step: Exclude<Step, { step: 'webhook-calls' }>): Promise<Observation> {
    if (step.step === 'exchange') return this.exchange(step);
    return step.step === 'watch' ? this.#watch(step) : this.#events(step);
  }

  async exchange(step: Exchange): Promise<Observation> {
    const request = this.#request(step);
    const deadline = Date.now() + UNTIL_MS;
    let answer = await this.#wire.send(request);
    while (step.until !== undefined && !holds(step.until, answer) && Date.now() < deadline) {
      await delay(ASK_AGAIN_MS);
      answer = await this.#wire.send(request);
    }
    const body = bodyOf(answer);
    for (const [name, source] of Object.entries(step.save ?? {})) {
      const value = typeof source === 'string' ? lodashGet(body, source) : callable(source)(body);
      if (value !== undefined) this.#variables.set(name, String(value));
    }
    const shown = step.show === undefined || answer.code >= 300 ? body : shownBy(step.show, body);
    return {
      step: `${step.method} ${step.path}${identityText(step.as)}`,
      sent: `${request.path} ${request.body ?? ''}`,
      code: answer.code,
      headers: comparedHeaders(answer.headers),
      body: shown,
    };
  }

  async #watch(step: OpenWatch): Promise<Observation> {
    const request = this.#request({ ...step, step: 'exchange', method: 'GET' });
    const observed = { step: `WATCH ${step.path}${identityText(step.as)}`, sent: request.path };
    try {
      const response = await this.#wire.open(request, AbortSignal.timeout(60_000));
      const stream = new WatchStream(response);
      this.#watches.set(step.id, stream);
      const headers = comparedHeaders(response.headers);
      return { ...observed, code: response.statusCode ?? 0, headers };
    } catch (error) {
      return { ...observed, code: 0, body: error instanceof Error ? error.message : String(error) };
    }
  }

  async #events(step: ReadEvents): Promise<Observation> {
    const observed = { step: `events of ${step.id} (${step.count})`, sent: '' };
    const stream = this.#watches.get(step.id);
    if (stream === undefined) return { ...observed, body: 'there is no such watch' };
    const { events, ended, inTime } = await stream.next(step.count);
    const { show } = step;
    const shown = show === undefined ? events : events.map((event) => shownBy(show, event));
    return { ...observed, events: shown, watch: inTime ? (ended ? 'ended' : 'open') : 'silent' };
  }

  close(): void {
    for (const stream of this.#watches.values()) stream.close();
  }

  #request(step: Exchange): WireRequest {
    const body =
      step.text !== undefined
        ? this.#variables.fill(step.text)
        : step.body === undefined
          ? undefined
          : JSON.stringify(this.#variables.fillIn(step.body));
    const { headers, certificate } = this.#identity(step.as);
    return {
      method: step.method,
      path: encodeURI(this.#variables.fill(step.path)).replaceAll('%25', '%'),
      headers: {
        accept: 'application/json',
        'user-agent': USER_AGENT,
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.#variables.fillIn(step.headers ?? {}) as Record<string, string>),
      },
      body,
      certificate,
    };
  }

  #identity(as: Identity | undefined): Pick<WireRequest, 'headers' | 'certificate'> {
    if (as === 'nobody') return { headers: {} };
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    if (as === undefined) return { headers: bearer(this.#target.token) };
    if ('token' in as) return { headers: bearer(this.#variables.fill(as.token)) };
    if ('certificate' in as) {
      const { user, groups } = as.certificate;
      const certificate = this.#target.issueClientCertificate?.(user, groups);
      return { headers: {}, certificate };
    }
    const groups = as.groups?.length ? { 'impersonate-group': [...as.groups] } : {};
    return {
      headers: { ...bearer(this.#target.token), 'impersonate-user': this.#variables.fill(as.user), ...groups },
    };
  }
}

/** At most 40 characters that a namespace's name may have. */
export function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
}

function identityText(as: Identity | undefined): string {
  if (as === undefined) return '';
  if (as === 'nobody') return ' as nobody';
  if ('token' in as) return ' by token';
  return 'certificate' in as ? ` by certificate of ${as.certificate.user}` : ` as ${as.user}`;
}

function comparedHeaders(headers: Answer['headers']): Record<string, string> {
  return Object.fromEntries(
    COMPARED_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  );
}

function bodyOf(answer: Answer): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    return answer.text;
  }
}

function holds(condition: Condition, answer: Answer): boolean {
  if (typeof condition === 'function') return shownBy(condition, bodyOf(answer)) === true;
  if ('code' in condition) return answer.code === condition.code;
  return lodashGet(bodyOf(answer), condition.path) === condition.equals;
}

/** A body that has not the expected shape is a difference to show, no reason to stop. */
function shownBy(show: (body: never) => unknown, body: unknown): unknown {
  try {
    return callable(show)(body);
  } catch (error) {
    return { unexpected: error instanceof Error ? error.message : String(error), body };
  }
}

/** Scenarios write the shape that they expect as the parameter's type. */
function callable(show: (body: never) => unknown): (body: unknown) => unknown {
  return show as (body: unknown) => unknown;
}
