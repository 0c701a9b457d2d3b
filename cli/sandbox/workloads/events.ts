import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import type { WorkloadEnvironment } from './environment.ts';
import { EVENTS } from './kinds.ts';
import { seconds } from './pods.ts';

export interface WorkloadEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly component: string;
}

let last = 0n;

/** As client-go's recorder writes it. What cannot be recorded is logged: an Event is no reason to fail. */
export async function recordEvent(
  { client, clock, log }: Pick<WorkloadEnvironment, 'client' | 'clock' | 'log'>,
  about: DeepReadonly<KubeObject>,
  { type, reason, message, component }: WorkloadEvent,
  signal: AbortSignal,
): Promise<void> {
  const { name = '', namespace = 'default', uid = '' } = about.metadata;
  const now = BigInt(Math.floor(clock.now())) * 1_000_000n;
  last = now > last ? now : last + 1n;
  const event: KubeObject = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${last.toString(16)}`, namespace },
    involvedObject: { apiVersion: about.apiVersion, kind: about.kind, name, namespace, uid },
    reason,
    message,
    source: { component },
    firstTimestamp: seconds(clock),
    lastTimestamp: seconds(clock),
    count: 1,
    type,
    reportingComponent: component,
    reportingInstance: '',
  };
  try {
    await client.create(EVENTS, event, { signal });
  } catch (error) {
    if (!signal.aborted) log.debug({ err: error, reason }, 'an event could not be recorded');
  }
}
