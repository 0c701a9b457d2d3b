import type { EventSummary } from '../../../apis/dashboard/v1.ts';
import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import type { Client } from '../../kube/client.ts';
import { EVENTS } from '../../kube/core-kinds.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../time/clock.ts';
import { Expiring } from '../access/expiring.ts';

const HELD_MS = 5_000;
const MOST = 500;
const SHOWN = 50;
const TIMEOUT_MS = 5_000;

/** What was told of an object, asked for when somebody looks at it: of all there are nobody needs a watch. */
export class ObjectEvents {
  readonly #host: Pick<Client, 'list'>;
  readonly #known: Expiring<readonly EventSummary[]>;
  readonly #log: Log;

  constructor(host: Pick<Client, 'list'>, clock: Clock, log: Log) {
    this.#host = host;
    this.#log = log;
    this.#known = new Expiring(clock, { ms: HELD_MS, most: MOST });
  }

  /** The latest first. None, rather than no answer at all, where they cannot be had. */
  async of({ metadata }: DeepReadonly<KubeObject>, signal: AbortSignal): Promise<readonly EventSummary[]> {
    const { uid = '', namespace = 'default' } = metadata;
    try {
      return await this.#known.get(uid, () => this.#ask(namespace, uid, signal));
    } catch (error) {
      this.#log.debug({ err: error }, 'the events of an object could not be read');
      return [];
    }
  }

  async #ask(namespace: string, uid: string, signal: AbortSignal): Promise<readonly EventSummary[]> {
    const { items } = await this.#host.list<KubeObject>(EVENTS, {
      namespace,
      fieldSelector: `involvedObject.uid=${uid}`,
      limit: 500,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    return items
      .map(summaryOf)
      .sort((a, b) => (a.lastSeen < b.lastSeen ? 1 : a.lastSeen > b.lastSeen ? -1 : 0))
      .slice(0, SHOWN);
  }
}

function summaryOf(event: KubeObject): EventSummary {
  const { type, reason, message, count, lastTimestamp, firstTimestamp, eventTime, metadata } = event;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    type: type === 'Warning' ? 'Warning' : 'Normal',
    reason: text(reason),
    message: text(message),
    count: typeof count === 'number' ? count : 1,
    lastSeen: text(lastTimestamp) || text(eventTime) || text(firstTimestamp) || (metadata.creationTimestamp ?? ''),
  };
}
