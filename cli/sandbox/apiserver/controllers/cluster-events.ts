import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { AS_CONTROLLER_MANAGER, builtIn, type ControllerContext, timestamp } from './controller.ts';

/** Where Events are kept, of both groups. */
export const EVENTS = 'events';

export interface EventToWrite {
  /** Whose story it belongs to. */
  readonly about: DeepReadonly<KubeObject>;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly component: string;
}

let lastNanoseconds = 0n;

/** An Event as client-go's recorder writes it; about cluster-scoped objects in the namespace `default`. */
export function writeEvent(context: ControllerContext, event: EventToWrite): void {
  const { cluster, clock } = context;
  const { about, component } = event;
  const { namespace = '', name = '', uid = '' } = about.metadata;
  const now = timestamp(clock);
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${uniqueTime(clock.now()).toString(16)}`, namespace: namespace || 'default' },
    involvedObject: {
      kind: about.kind,
      ...(namespace === '' ? {} : { namespace }),
      name,
      uid,
      apiVersion: about.apiVersion,
    },
    reason: event.reason,
    message: event.message,
    source: { component },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    type: event.type,
    eventTime: null,
    reportingComponent: component,
    reportingInstance: '',
  };
  cluster.registry.create(builtIn(cluster, '', 'Event'), object, AS_CONTROLLER_MANAGER);
}

/** Nanoseconds since the epoch, as Event names bear them; no two alike. */
function uniqueTime(nowMs: number): bigint {
  const now = BigInt(Math.floor(nowMs)) * 1_000_000n;
  lastNanoseconds = now > lastNanoseconds ? now : lastNanoseconds + 1n;
  return lastNanoseconds;
}
