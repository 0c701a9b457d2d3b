import type { Clock } from '../../time/clock.ts';
import type { ProbeReport, TargetResult } from '../probe/report.ts';

interface Kept {
  readonly report: ProbeReport;
  readonly results: ReadonlyMap<string, TargetResult>;
  /** When it came, by this process's monotonic clock. */
  readonly receivedAt: number;
}

/** What the probes said last, so that each has to say only what is new, and what was said by one that is silent now grows old. */
export class ReportMemory {
  readonly #clock: Clock;
  readonly #byNonce = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Highest sequence that this probe has told; 0: none. */
  sequenceOf(nonce: string): number {
    return this.#byNonce.get(nonce)?.report.sequence ?? 0;
  }

  /** @param after the sequence that was asked with: the report lacks what is older */
  take(report: ProbeReport, after: number): void {
    const before = report.sequence >= after ? this.#byNonce.get(report.nonce)?.results : undefined;
    const results = new Map(before);
    for (const result of report.results) results.set(keyOf(result), result);
    this.#byNonce.set(report.nonce, { report, results, receivedAt: this.#clock.monotonic() });
  }

  /** As it would say it now. */
  of(nonce: string): ProbeReport | undefined {
    const kept = this.#byNonce.get(nonce);
    if (kept === undefined) return undefined;
    const now = Date.parse(kept.report.now) + this.#clock.monotonic() - kept.receivedAt;
    return { ...kept.report, now: new Date(now).toISOString(), results: [...kept.results.values()] };
  }

  /** Forgets all but these. */
  keep(nonces: ReadonlySet<string>): void {
    for (const nonce of this.#byNonce.keys()) if (!nonces.has(nonce)) this.#byNonce.delete(nonce);
  }
}

function keyOf({ cluster, kind, address }: TargetResult): string {
  return `${cluster} ${kind} ${address}`;
}
