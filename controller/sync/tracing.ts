import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import type { ChangeTrace, ChangeTracer } from '../telemetry/change-trace.ts';
import type { ObjectRecord } from './ledger.ts';
import type { FederatedType } from './member-object.ts';

/** What set it off: a person changed the federated object, or a member is not as it should be. */
type Cause = 'change' | 'repair';

/** The trace of what is under way for the object: the one that runs, or a new one. `undefined` where nothing is traced. */
export function traceOf(
  record: ObjectRecord,
  { metadata }: Pick<DeepReadonly<FederatedObject>, 'metadata'>,
  type: FederatedType,
  tracer: ChangeTracer | undefined,
  cause: Cause,
): ChangeTrace | undefined {
  if (tracer === undefined) return undefined;
  if (record.trace !== undefined) {
    if (cause === 'change') record.trace.note('changed again', { 'fedmesh.generation': metadata.generation ?? 0 });
    return record.trace;
  }
  record.trace = tracer.begin(`propagate ${type.federated.kind}`, {
    'fedmesh.type': type.name,
    'fedmesh.cause': cause,
    'fedmesh.generation': metadata.generation ?? 0,
    'k8s.object.name': metadata.name ?? '',
    ...(metadata.namespace === undefined ? {} : { 'k8s.namespace.name': metadata.namespace }),
  });
  return record.trace;
}

/** The status tells of everything: what comes next is a trace of its own. */
export function endTrace(record: ObjectRecord | undefined): void {
  record?.trace?.settle();
  delete record?.trace;
}
