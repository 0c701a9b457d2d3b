import { family } from './exposition.ts';

/** How a review ended; `failed`: nobody could judge. */
export type ReviewOutcome = 'allowed' | 'denied' | 'failed';

/** The admission webhooks of this replica. Where none are served, nothing is shown. */
export class WebhookMetrics {
  readonly #reviews = new Map<string, { readonly path: string; readonly outcome: ReviewOutcome; count: number }>();
  #ready: boolean | undefined;

  /** Whether they are served and the API server is told to ask; `undefined` while nobody wants them to be. */
  ready(ready: boolean | undefined): void {
    this.#ready = ready;
  }

  /** @param path one of those that are served */
  reviewed(path: string, outcome: ReviewOutcome): void {
    const key = `${path} ${outcome}`;
    const known = this.#reviews.get(key);
    if (known === undefined) this.#reviews.set(key, { path, outcome, count: 1 });
    else known.count += 1;
  }

  text(): string {
    const ready = this.#ready === undefined ? [] : [{ labels: {}, value: this.#ready ? 1 : 0 }];
    const reviews = [...this.#reviews.values()].map(({ path, outcome, count }) => ({
      labels: { path, outcome },
      value: count,
    }));
    return [
      family(
        'fedmesh_webhooks_ready',
        'gauge',
        'Whether the admission webhooks are served, and registered on the host.',
        ready,
      ),
      family('fedmesh_admission_reviews_total', 'counter', 'Admission reviews by how they ended.', reviews),
    ].join('\n');
  }
}
