/** Where it goes how the webhooks of this replica are; for metrics. */
export interface WebhookObserver {
  /** Whether they are served, and registered on the host; `undefined` while nobody wants them to be. */
  ready(ready: boolean | undefined): void;
  reviewed(path: string, outcome: 'allowed' | 'denied' | 'failed'): void;
}
