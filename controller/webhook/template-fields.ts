import { dns1035LabelFault, dns1123SubdomainFault } from '../../apis/meta/names.ts';
import type { Client } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { apiVersionOf, type Resource } from '../kube/resource.ts';
import type { Log } from '../telemetry/log.ts';
import { type Clock, sleep } from '../time/clock.ts';
import { fieldsOf, type KindSchema, schemaOf } from './kind-schema.ts';

export interface TemplateFieldsOptions {
  readonly host: Pick<Client, 'raw'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Of a review, for looking; what is not known by then stays unsaid. Milliseconds, default 1,000. */
  readonly patienceMs?: number;
}

interface Known {
  /** Undefined: the host does not serve the kind, or does not say what it is made of. */
  readonly schema: KindSchema | undefined;
  readonly until: number;
}

const PATIENCE_MS = 1_000;
const LOAD_MS = 20_000;
/** A CRD changes, an API server is upgraded. */
const KEPT_MS = 600_000;
const FAILED_MS = 60_000;
/** It ends with its time-out, or with the client. */
const NEVER = new AbortController().signal;
const MOST_KINDS = 200;

/**
 * Tells fields that a template has and its kind does not, by the schemas of the host's own API server. Members of other
 * versions may see it otherwise: it is for warnings, and says whose word it is.
 */
export class TemplateFields {
  readonly #options: TemplateFieldsOptions;
  readonly #known = new Map<string, Known>();
  readonly #loading = new Map<string, Promise<KindSchema | undefined>>();

  constructor(options: TemplateFieldsOptions) {
    this.#options = options;
  }

  async unknown(template: unknown, target: Resource): Promise<string[]> {
    const kind = asWritten(template, target);
    if (kind === undefined) return [];
    const schema = await this.#schemaInTime(kind);
    if (schema === undefined) return [];
    const name = `${apiVersionOf(kind)} ${kind.kind}`;
    return fieldsOf(schema, template, 'spec.template').map(
      (path) => `unknown field "${path}": the host's ${name} has none of that name`,
    );
  }

  async #schemaInTime(kind: Resource): Promise<KindSchema | undefined> {
    const { clock, patienceMs = PATIENCE_MS } = this.#options;
    const key = `${apiVersionOf(kind)}/${kind.kind}`;
    const known = this.#known.get(key);
    if (known !== undefined && known.until > clock.monotonic()) return known.schema;
    const waiting = new AbortController();
    const loading = this.#load(key, kind);
    try {
      return await Promise.race([loading, sleep(clock, patienceMs, waiting.signal).then(() => known?.schema)]);
    } finally {
      waiting.abort();
    }
  }

  /** Once for all who ask meanwhile. */
  #load(key: string, kind: Resource): Promise<KindSchema | undefined> {
    const loading = this.#loading.get(key) ?? this.#loadOnce(key, kind).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  /** Never rejects: whoever writes a template is not to hear of it. */
  async #loadOnce(key: string, kind: Resource): Promise<KindSchema | undefined> {
    const { clock, log } = this.#options;
    let schema: KindSchema | undefined;
    let kept = KEPT_MS;
    try {
      schema = await this.#read(kind);
    } catch (error) {
      kept = FAILED_MS;
      log.debug({ err: error, kind: kind.kind }, 'the host does not say what the kind is made of');
    }
    // People may write anything for a version.
    if (this.#known.size >= MOST_KINDS) this.#known.clear();
    this.#known.set(key, { schema, until: clock.monotonic() + kept });
    return schema;
  }

  async #read(kind: Resource): Promise<KindSchema | undefined> {
    const { group, version } = kind;
    const path = `/openapi/v3/${group === '' ? `api/${version}` : `apis/${group}/${version}`}`;
    try {
      const options = { signal: NEVER, timeoutMs: LOAD_MS };
      const { status, text } = await this.#options.host.raw('GET', path, options);
      return status === 200 ? schemaOf(JSON.parse(text), kind) : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

/** The kind in the version that the template names, or the type config's. */
function asWritten(template: unknown, target: Resource): Resource | undefined {
  if (typeof template !== 'object' || template === null) return undefined;
  const apiVersion = 'apiVersion' in template ? template.apiVersion : undefined;
  if (typeof apiVersion !== 'string' || apiVersion === '') return target.version === '' ? undefined : target;
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const isPath =
    dns1035LabelFault(version) === undefined && (group === '' || dns1123SubdomainFault(group) === undefined);
  return isPath ? { ...target, group, version } : undefined;
}
