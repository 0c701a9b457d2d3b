export interface BackoffOptions {
  /** Delay after the first failure, milliseconds. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** Share of the delay that is random, 0 to 1: 0.5 gives 50 % to 100 % of it. Default 0. */
  readonly jitter?: number;
  /** Uniform in [0, 1). Only asked when there is jitter. */
  readonly random?: () => number;
}

/** How long to wait after `failures` failures in a row (1 for the first), milliseconds: doubled each time, bounded. */
export function backoffDelay(failures: number, options: BackoffOptions): number {
  const full = Math.min(options.maxMs, options.baseMs * 2 ** Math.max(0, failures - 1));
  const jitter = options.jitter ?? 0;
  return jitter === 0 ? full : full * (1 - jitter * (options.random ?? Math.random)());
}
