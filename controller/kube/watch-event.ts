import type { KubeObject, Status } from '../../apis/meta/v1.ts';
import { ApiError } from './errors.ts';

/** A line of a watch. */
export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: T }
  | { readonly type: 'ERROR'; readonly object: Status };

const TYPES = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

/** Throws the error that the server sent in place of an event, or one that says that the line is no event. */
export function readWatchEvent<T extends KubeObject>(
  line: unknown,
  watch: { readonly cluster: string; readonly path: string; readonly what: string },
): Exclude<WatchEvent<T>, { type: 'ERROR' }> {
  const event = line as Partial<WatchEvent<T>> | null;
  if (typeof event?.object === 'object' && event.object !== null) {
    if (event.type === 'ERROR') throw endedByServer(event.object, watch);
    if (TYPES.has(event.type ?? '') && 'metadata' in event.object && typeof event.object.metadata === 'object') {
      return event as Exclude<WatchEvent<T>, { type: 'ERROR' }>;
    }
  }
  throw new Error(`cluster "${watch.cluster}": a line of the watch of ${watch.what} is not a watch event`);
}

function endedByServer(status: Status, watch: { cluster: string; path: string; what: string }): ApiError {
  const { cluster, path, what } = watch;
  const { code = 500, reason = 'Unknown', message = 'no message' } = status;
  return new ApiError(`cluster "${cluster}": the server ended the watch of ${what}: ${message}`, {
    code,
    reason,
    method: 'GET',
    path,
    cluster,
    body: status,
  });
}
