import type { Observation, ScenarioRun } from './run-scenario.ts';
import type { Target } from './wire.ts';

/**
 * Makes what two servers answered comparable: uids, times, addresses and generated names become `<uid-1>`, `<time>` and so
 * on, numbered in order of appearance; resourceVersions become their rank among those of the scenario, so that their order
 * stays; what the scenario itself sent stays as it is.
 */
export function normalise(
  run: ScenarioRun,
  context: { readonly target: Target; readonly run: string; readonly webhookUrl: string },
): Observation[] {
  const normaliser = new Normaliser(run, context);
  return run.observations.map((observation) => normaliser.observation(observation));
}

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const TIME = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})/g;
const ADDRESS = /\b10\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g;
const JWT = /\beyJ[\w-]{10,}\.[\w-]+\.[\w-]+\b/g;
const PEM = /-----BEGIN [A-Z ]+-----[\s\S]+?-----END [A-Z ]+-----\n?/g;
const PEM_IN_BASE64 = /\bLS0tLS1CRUdJT[\w+/]{100,}=*/g;
const DURATION = /^(\d+(ms|s|m|h|d|y))+$/;
/** The letters of names that the server generates (`rand.String`): no vowels, nothing that reads like another. */
const SUFFIX = '[bcdfghjklmnpqrstvwxz2456789]{5}';
/** Messages in which a number is a resourceVersion. */
const VERSIONS_IN_MESSAGES = [
  /(ResourceVersion in the precondition \()(\d+)(\))/g,
  /(ResourceVersion in record \()(\d+)(\))/g,
  /(ResourceVersion in object meta: )(\d+)()/g,
  /(current: )(\d+)()$/g,
  /("resourceVersion\\*":\\*")(\d+)()/g,
];
const ALLOCATED_PORTS = new Set(['nodePort', 'healthCheckNodePort']);
const NOW_MS = 2 * 24 * 3600 * 1000;

class Normaliser {
  readonly #context: { readonly target: Target; readonly run: string; readonly webhookUrl: string };
  readonly #numbered = new Map<string, Map<string, string>>();
  readonly #ranks: Map<number, number>;
  readonly #versions: readonly number[];
  readonly #prefixes: readonly string[];
  readonly #sent: string;

  constructor(
    run: ScenarioRun,
    context: { readonly target: Target; readonly run: string; readonly webhookUrl: string },
  ) {
    this.#context = context;
    const versions = new Set<number>();
    const prefixes = new Set<string>();
    for (const { body, events } of run.observations) {
      for (const value of [body, ...(events ?? [])]) {
        visit(value, (node, parent) => {
          if (typeof node.generateName === 'string' && node.generateName !== '') prefixes.add(node.generateName);
          if (typeof node.resourceVersion === 'string' && !isList(parent) && !isBookmark(parent))
            versions.add(Number(node.resourceVersion));
        });
      }
    }
    for (const { sent } of run.observations) {
      for (const match of sent.matchAll(/"generateName":"([^"]+)"/g)) prefixes.add(match[1] ?? '');
    }
    this.#versions = [...versions].filter((version) => version > 0).sort((a, b) => a - b);
    this.#ranks = new Map(this.#versions.map((version, index) => [version, index + 1]));
    this.#prefixes = [...prefixes].sort((a, b) => b.length - a.length);
    this.#sent = run.observations.map(({ sent }) => sent).join('\n');
  }

  observation(observation: Observation): Observation {
    const { step, body, events, headers } = observation;
    return {
      ...observation,
      step: step.replaceAll(this.#context.run, '{run}'),
      sent: '',
      ...(headers === undefined ? {} : { headers: this.#value(headers, '', undefined) as Record<string, string> }),
      ...(body === undefined ? {} : { body: this.#value(body, '', undefined) }),
      ...(events === undefined ? {} : { events: events.map((event) => this.#value(event, '', undefined)) }),
    };
  }

  #value(value: unknown, key: string, parent: unknown): unknown {
    if (typeof value === 'string') return this.#string(value, key, parent);
    if (typeof value === 'number') return this.#number(value, key);
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#value(item, key, value));
      // Their order is that of times in whole seconds, and that of the fields of a hash table.
      return key === 'managedFields' || key === 'causes' ? items.sort(byText) : items;
    }
    if (value === null || typeof value !== 'object') return value;
    const holder = key === 'metadata' ? parent : value;
    if (isRecord(value) && value.kind === 'Status') return this.#status(value);
    // By name: what is numbered by its first appearance must not depend on an order that means nothing.
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([name, item]) => [this.#text(name), this.#value(item, name, holder)]));
  }

  #status(status: Record<string, unknown>): unknown {
    const fields = Object.fromEntries(
      Object.entries(status).map(([name, item]) => [name, this.#value(item, name, status)]),
    );
    const causes = isRecord(fields.details) && Array.isArray(fields.details.causes) ? fields.details.causes : [];
    if (causes.length < 2 || typeof status.message !== 'string') return fields;
    const listed = originalCauses(status).map(({ field, message }) => `${field}: ${message}`);
    const list = `[${listed.join(', ')}]`;
    if (!status.message.endsWith(list)) return fields;
    const message = `${status.message.slice(0, -list.length)}[${listed.map(withSortedObjects).sort().join(', ')}]`;
    return { ...fields, message: this.#string(message, 'message', status) };
  }

  #string(value: string, key: string, holder: unknown): string {
    if (key === 'resourceVersion') return this.#resourceVersion(value, holder);
    if (key === 'continue' && value !== '') return '<continue>';
    if (key === 'cells' && DURATION.test(value)) return '<duration>';
    if (key === 'message') return this.#text(this.#message(value));
    return this.#text(value);
  }

  #resourceVersion(value: string, holder: unknown): string {
    if (value === '' || value === '0') return value;
    if (!/^\d+$/.test(value)) return this.#text(value);
    const version = Number(value);
    // A list's is that of the whole server, which others move on; what counts is whose changes it contains.
    if (isList(holder) || isBookmark(holder)) return `≥ #${this.#versions.filter((other) => other <= version).length}`;
    return `#${this.#ranks.get(version) ?? value}`;
  }

  #message(value: string): string {
    let text = withSortedObjects(value).replace(/(too old resource version: \d+ )\(\d+\)/g, '$1(<version>)');
    for (const pattern of VERSIONS_IN_MESSAGES) {
      text = text.replace(pattern, (_whole, before: string, version: string, after: string) => {
        const rank = this.#ranks.get(Number(version));
        return `${before}${rank === undefined ? '<version>' : `#${rank}`}${after}`;
      });
    }
    return text;
  }

  #number(value: number, key: string): unknown {
    if (ALLOCATED_PORTS.has(key) && value !== 0 && !this.#sent.includes(String(value))) {
      return this.#numberedAs('port', String(value));
    }
    return value;
  }

  #text(value: string): string {
    const { target, run, webhookUrl } = this.#context;
    const { host } = new URL(target.url);
    let text = value
      .replaceAll(`${webhookUrl}/${target.name}`, '<webhook>')
      .replaceAll(webhookUrl, '<webhook>')
      .replaceAll(target.url, '<server>')
      .replaceAll(host, '<server>')
      .replaceAll(run, '{run}')
      .replace(PEM, '<pem>')
      .replace(PEM_IN_BASE64, '<pem>')
      .replace(JWT, (token) => this.#token(token))
      .replace(UUID, (uid) => this.#numberedAs('uid', uid))
      .replace(
        /(X509SHA256=)([0-9a-f]{64})/g,
        (_whole, before: string, hash: string) => before + this.#numberedAs('hash', hash),
      )
      .replace(/(Key: \/)[\w-]+\//, '$1<prefix>/')
      .replace(TIME, (time) => this.#time(time))
      .replace(ADDRESS, (address) => (this.#sent.includes(address) ? address : this.#numberedAs('address', address)));
    for (const prefix of this.#prefixes) {
      const shown = prefix.replaceAll(run, '{run}');
      if (!text.includes(shown)) continue;
      const pattern = new RegExp(`(${escaped(shown)})(${SUFFIX})(?![\\w-])`, 'g');
      text = text.replace(
        pattern,
        (_whole, before: string, suffix: string) => before + this.#numberedAs('suffix', suffix),
      );
    }
    return text;
  }

  #time(time: string): string {
    const isNow = Math.abs(Date.parse(time) - Date.now()) < NOW_MS;
    if (!isNow || this.#sent.includes(time)) return time;
    return /\.\d{6}/.test(time) ? '<microtime>' : time.includes('.') ? '<fractional time>' : '<time>';
  }

  /** What a ServiceAccount's token says; times as what lies between them. */
  #token(token: string): string {
    const [header = '', payload = ''] = token.split('.');
    try {
      const { alg } = decoded(header);
      const { exp, iat, nbf, ...claims } = decoded(payload);
      const seconds = { lifetime: Number(exp) - Number(iat), notBefore: Number(nbf) - Number(iat) };
      return `<token ${typeof alg} ${JSON.stringify(this.#value(sorted({ ...claims, ...seconds }), '', undefined))}>`;
    } catch {
      return '<token that cannot be read>';
    }
  }

  #numberedAs(kind: string, value: string): string {
    const known = this.#numbered.get(kind) ?? new Map<string, string>();
    this.#numbered.set(kind, known);
    const name = known.get(value) ?? `<${kind}-${known.size + 1}>`;
    known.set(value, name);
    return name;
  }
}

function originalCauses(status: Record<string, unknown>): { field?: string; message?: string }[] {
  return (status as { details: { causes: { field?: string; message?: string }[] } }).details.causes;
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(sorted(a)), JSON.stringify(sorted(b))];
  return left < right ? -1 : Number(left > right);
}

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** Messages may quote a whole value, whose keys stand in any order. */
function withSortedObjects(message: string): string {
  const pattern = /(Invalid value: )("\{.*\}"|[[{].*[\]}])(: )/s;
  return message.replace(pattern, (whole, before: string, quoted: string, after: string) => {
    try {
      const value: unknown = JSON.parse(quoted);
      return before + JSON.stringify(sorted(typeof value === 'string' ? JSON.parse(value) : value)) + after;
    } catch {
      return whole;
    }
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function isList(holder: unknown): boolean {
  return isRecord(holder) && (Array.isArray(holder.items) || (holder.kind === 'Table' && holder.rows !== undefined));
}

/** A bookmark's object has nothing but kind, apiVersion and metadata, and no name. */
function isBookmark(holder: unknown): boolean {
  return isRecord(holder) && isRecord(holder.metadata) && holder.metadata.name === undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Calls back for each object with the one that holds it. */
function visit(value: unknown, look: (node: Record<string, unknown>, parent: unknown) => void, parent?: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, look, value);
  } else if (isRecord(value)) {
    look(value, parent);
    for (const item of Object.values(value)) visit(item, look, value);
  }
}
