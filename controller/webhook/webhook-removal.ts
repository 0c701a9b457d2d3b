import type { Client } from '../kube/client.ts';
import type { Component } from '../runtime/manager.ts';
import type { Log } from '../telemetry/log.ts';
import { onAbort } from '../time/abort.ts';
import { type RegistrationPlan, registrationsFor, type WebhookConfiguration } from './webhook-configurations.ts';
import { removeRegistered } from './webhook-registration.ts';

export interface WebhookRemovalOptions {
  readonly host: Client;
  readonly namespace: string;
  readonly scope: RegistrationPlan['scope'];
  /** Webhooks were switched off: the Service's go too. Otherwise only what a controller at a URL left behind when it died. */
  readonly switchedOff: boolean;
  readonly log: Log;
}

/** For a controller that answers no reviews: what was registered for one that did would refuse every write. */
export class WebhookRemoval implements Component {
  readonly name = 'webhook-removal';
  readonly #options: WebhookRemovalOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: WebhookRemovalOptions) {
    this.#options = options;
  }

  async start(signal: AbortSignal): Promise<void> {
    onAbort(signal, () => this.#stopping.abort(signal.reason));
    this.#running ??= this.#remove(this.#stopping.signal);
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the controller stops'));
    await this.#running;
  }

  async #remove(signal: AbortSignal): Promise<void> {
    const { host, namespace, scope, switchedOff, log } = this.#options;
    const plan = registrationsFor({ namespace, scope, reach: { service: { namespace } }, typeConfigs: [] });
    try {
      const removed = await removeRegistered(host, plan, signal, (present) => switchedOff || hasUrl(present));
      if (removed.length > 0) log.info({ removed }, 'webhooks that nobody would answer were taken away');
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'webhooks that were registered before may be left');
    }
  }
}

function hasUrl({ webhooks = [] }: WebhookConfiguration): boolean {
  return webhooks.some(({ clientConfig }) => clientConfig.url !== undefined);
}
