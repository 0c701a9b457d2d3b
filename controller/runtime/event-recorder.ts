import { createHash } from 'node:crypto';
import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import { RECONCILE_ID_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../kube/client.ts';
import { EVENTS } from '../kube/core-kinds.ts';
import { isNotFound } from '../kube/errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import { EventLimits } from './event-limits.ts';

/** What an event is about. */
export type Regarding = Pick<DeepReadonly<KubeObject>, 'apiVersion' | 'kind' | 'metadata'>;

export interface EventRecorder {
  /**
   * Tells whoever looks at `object` with kubectl. Returns at once; an event may get lost, for it is an aid, not a record.
   * @param source the controller's name, as KubeFed wrote it: `federateddeployment-controller`
   * @param reconcileId of the run that tells: it leads from the event to the log
   */
  record(
    object: Regarding,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    source: string,
    reconcileId?: string,
  ): void;
  /** Gives what waits a moment to go out, then ends. */
  close(): Promise<void>;
}

export interface EventRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** Events per second in the long run, and how many may come at once. They must never compete with the work itself. */
  readonly perSecond?: number;
  readonly burst?: number;
}

/** Told at most this often to the server while the same thing happens again and again. */
const REPEAT_MS = 30_000;
const REMEMBERED = 2_000;
const CLOSE_MS = 500;

interface Occurrence {
  count: number;
  readonly first: string;
  readonly sentAt: number;
}

/**
 * Writes core/v1 Events as client-go does: one of the same words about the same object is counted up instead of told anew, many
 * of one reason that only differ in their words become one, and past the limits of the object, and of all, events are
 * dropped, of all the Normal ones first.
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, log } = options;
  const perSecond = options.perSecond ?? 5;
  const burst = options.burst ?? 25;
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();
  const seen = new Map<string, Occurrence>();
  const limits = new EventLimits(clock);
  let tokens = burst;
  let refilledAt = clock.monotonic();

  function takeToken(type: 'Normal' | 'Warning'): boolean {
    const now = clock.monotonic();
    tokens = Math.min(burst, tokens + ((now - refilledAt) / 1000) * perSecond);
    refilledAt = now;
    const reserve = type === 'Warning' ? 0 : Math.floor(burst / 5);
    if (tokens < 1 + reserve) return false;
    tokens -= 1;
    return true;
  }

  function remember(id: string, now: number, at: string): Occurrence {
    const before = seen.get(id);
    seen.delete(id);
    const fresh = { count: (before?.count ?? 0) + 1, first: before?.first ?? at, sentAt: now };
    seen.set(id, fresh);
    const oldest = seen.keys().next().value;
    if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest);
    return fresh;
  }

  async function send(event: KubeObject, isRepeat: boolean): Promise<void> {
    const signal = closing.signal;
    try {
      if (isRepeat) {
        const { name = '', namespace = '' } = event.metadata;
        const { count, lastTimestamp, message } = event;
        const { annotations } = event.metadata;
        const metadata = annotations === undefined ? {} : { metadata: { annotations } };
        const body = { ...metadata, count, lastTimestamp, message };
        await client.patch(EVENTS, { name, namespace }, { type: 'merge', body }, { signal });
      } else {
        await client.create(EVENTS, event, { signal });
      }
    } catch (error) {
      // Servers forget events after an hour.
      if (isRepeat && isNotFound(error)) {
        await send(event, false);
        return;
      }
      log.debug({ err: error, reason: event.reason }, 'an event was not written');
    }
  }

  return {
    record(object, type, reason, text, source, reconcileId) {
      const about = `${object.metadata.uid}\n${source}`;
      const commonplace = limits.isCommonplace(`${about}\n${type}\n${reason}`, text);
      const message = commonplace ? `(combined from similar events): ${text}` : text;
      const id = digest(`${object.metadata.uid}\n${reason}\n${commonplace ? '' : text}`);
      const before = seen.get(id);
      const now = clock.monotonic();
      const isEarly = before !== undefined && now - before.sentAt < REPEAT_MS;
      if (isEarly || closing.signal.aborted || !limits.take(about) || !takeToken(type)) {
        if (before !== undefined) before.count += 1;
        return;
      }
      const at = rfc3339(clock.now());
      const { count, first } = remember(id, now, at);
      const { name = '', namespace = 'default', uid, resourceVersion } = object.metadata;
      const event: KubeObject = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: {
          name: `${name}.${digest(id + first)}`,
          namespace,
          ...(reconcileId === undefined ? {} : { annotations: { [RECONCILE_ID_ANNOTATION]: reconcileId } }),
        },
        involvedObject: {
          apiVersion: object.apiVersion,
          kind: object.kind,
          name,
          namespace: object.metadata.namespace,
          uid,
          resourceVersion,
        },
        type,
        reason,
        message,
        source: { component: source },
        reportingComponent: source,
        reportingInstance: '',
        firstTimestamp: first,
        lastTimestamp: at,
        count,
      };
      const sending = send(event, before !== undefined).finally(() => underWay.delete(sending));
      underWay.add(sending);
    },
    async close() {
      const cancel = clock.after(CLOSE_MS, () => closing.abort(new Error('the event recorder is closed')));
      await Promise.all(underWay);
      cancel();
      closing.abort(new Error('the event recorder is closed'));
    },
  };
}

function digest(text: string): string {
  return createHash('md5').update(text).digest('hex').slice(0, 16);
}
