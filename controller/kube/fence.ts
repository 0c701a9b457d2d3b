/**
 * Whether writes may go out. A client that has one asks it before a write leaves, and gives up what is under way as soon as
 * `signal` is aborted; what only reads goes on. A leader's fence closes for good when its lease may have been taken.
 */
export interface Fence {
  /** Throws a FencedError when nothing may be written any more. */
  check(): void;
  /** Aborted, with a FencedError, when nothing may be written any more. May come late, after the process was stopped. */
  readonly signal: AbortSignal;
}

/** The write did not go out, or was given up under way: whoever wanted it may not write any more. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
  readonly code = 'FENCED';
}

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether an API server may change something for a request of this method. */
export function isWrite(method: string): boolean {
  return !READS.has(method);
}
