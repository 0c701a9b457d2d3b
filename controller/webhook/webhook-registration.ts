import isEqual from 'lodash/isEqual.js';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import { SERVICES } from '../kube/core-kinds.ts';
import { ApiError, isAlreadyExists, isConflict, isForbidden } from '../kube/errors.ts';
import { optional } from '../kube/optional.ts';
import { apiVersionOf } from '../kube/resource.ts';
import { mended } from '../membership/ensure.ts';
import type { Component } from '../runtime/manager.ts';
import type { Log } from '../telemetry/log.ts';
import { onAbort } from '../time/abort.ts';
import { type Clock, sleep } from '../time/clock.ts';
import { bundleWith, type ServingCertificate } from './serving-certificate.ts';
import {
  bundleOf,
  type Reach,
  type Registered,
  type RegistrationPlan,
  registrantOf,
  registrationsFor,
  WEBHOOK_SERVICE,
  type WebhookConfiguration,
  withBundle,
} from './webhook-configurations.ts';
import type { WebhookObserver } from './webhook-observer.ts';

export interface WebhookRegistrationOptions {
  readonly host: Client;
  readonly namespace: string;
  readonly scope: RegistrationPlan['scope'];
  readonly reach: Reach;
  readonly typeConfigs: () => RegistrationPlan['typeConfigs'];
  /** The newest certificate, which is served now or soon; undefined until reviews are answered. */
  readonly certificate: (signal: AbortSignal) => Promise<ServingCertificate | undefined>;
  readonly clock: Clock;
  readonly log: Log;
  readonly observer?: WebhookObserver;
}

/** What an API server says of KubeFed's configuration that was taken over: its webhooks as they were, as JSON. */
export const REPLACED_ANNOTATION = 'fedmesh.io/replaced-webhooks';

const LOOK_MS = 10_000;
const LOOK_SOON_MS = 500;
const FAREWELL_MS = 1_000;

/** KubeFed's Deployment. */
const KUBEFED_WEBHOOKS = 'kubefed-admission-webhook';

const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};

/**
 * Keeps the webhooks registered for as long as somebody is there to answer: with nobody behind them they would refuse every
 * write. Nothing is registered before the first certificate is served, nor for a Service that is not there; what is
 * registered for a URL goes when the controller stops.
 */
export class WebhookRegistration implements Component {
  readonly name = 'webhook-registration';
  readonly #options: WebhookRegistrationOptions;
  readonly #stopping = new AbortController();
  #registered = false;
  /** A write was sent; whether it came through may not be known. */
  #mayBeRegistered = false;
  #said = '';
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: WebhookRegistrationOptions) {
    this.#options = options;
  }

  async start(signal: AbortSignal): Promise<void> {
    onAbort(signal, () => this.#stopping.abort(signal.reason));
    this.#running ??= this.#run(this.#stopping.signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopping.abort(new Error('the controller stops'));
    await this.#running;
    if (!('url' in this.#options.reach) || !this.#mayBeRegistered) return;
    const deadline = new AbortController();
    const cancel = this.#options.clock.after(FAREWELL_MS, () => deadline.abort(new Error('it took too long')));
    try {
      await removeRegistered(this.#options.host, this.#plan(), deadline.signal);
      this.#options.log.info('the webhooks are registered no more: nobody would answer them');
    } catch (error) {
      const names = this.#names().join(', ');
      this.#options.log.error({ err: error }, `delete these, or they refuse what nobody judges any more: ${names}`);
    } finally {
      cancel();
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    let since = '';
    while (!signal.aborted) {
      try {
        await this.#look(signal);
        since = '';
      } catch (error) {
        if (isConflict(error) || isAlreadyExists(error)) continue;
        this.#options.observer?.ready(false);
        if (!signal.aborted && String(error) !== since) log.warn({ err: error }, 'the webhooks are not registered');
        since = String(error);
      }
      await sleep(clock, this.#registered ? LOOK_MS : LOOK_SOON_MS, signal).catch(() => undefined);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const certificate = await this.#options.certificate(signal);
    if (certificate === undefined) {
      this.#options.observer?.ready(false);
      return;
    }
    if ('service' in this.#options.reach && !(await this.#hasService(signal))) {
      await removeRegistered(this.#options.host, this.#plan(), signal);
      this.#registered = false;
      this.#options.observer?.ready(undefined);
      this.#say(`no webhooks: there is no Service ${WEBHOOK_SERVICE} in the namespace; manifests/deploy has it`);
      return;
    }
    this.#mayBeRegistered = true;
    const registered: string[] = [];
    const left = new Map<string, string[]>();
    for (const each of this.#plan()) {
      const others = await this.#register(each, certificate, signal);
      if (others === undefined) registered.push(nameOf(each));
      else left.set(others, [...(left.get(others) ?? []), nameOf(each)]);
    }
    this.#registered = true;
    this.#options.observer?.ready(true);
    const exceptions = [...left].map(([others, names]) => `; ${others}: ${names.join(', ')}`);
    this.#say(`the webhooks are registered: ${registered.join(', ') || 'none'}${exceptions.join('')}`);
  }

  /** Where somebody else's webhooks are left as they are: whose they are. */
  async #register(
    registered: Registered,
    certificate: ServingCertificate,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { host, clock, namespace } = this.#options;
    const { resource, configuration } = registered;
    const { name = '', labels } = configuration.metadata;
    const present = await optional(host.get<WebhookConfiguration>(resource, { name }, { signal }));
    const registrant = present === undefined ? namespace : registrantOf(present, namespace);
    if (registrant !== undefined && registrant !== namespace) {
      return `those of the control plane in namespace ${registrant} stay, delete them if it is no more`;
    }
    const foreign = present !== undefined && registrant === undefined;
    if (foreign && (await this.#kubefedAnswers(signal))) return "KubeFed's own run and go on judging";
    const ours = foreign ? undefined : present;
    const bundle =
      certificate.caPem === undefined
        ? undefined
        : bundleWith(ours === undefined ? '' : bundleOf(ours), certificate.caPem, clock.now());
    const replaced = foreign ? { annotations: { [REPLACED_ANNOTATION]: JSON.stringify(present.webhooks ?? []) } } : {};
    const metadata = { name, ...(labels === undefined ? {} : { labels }), ...replaced };
    const desired = withBundle({ ...configuration, metadata }, bundle, ours);
    if (present === undefined) {
      const named = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...desired };
      await host.create<WebhookConfiguration>(resource, named, { signal });
      return undefined;
    }
    // Conditional: an authority that another replica has added meanwhile must not be lost.
    const wanted = mended<WebhookConfiguration>(present, desired);
    if (!isEqual(wanted, present)) await host.replace<WebhookConfiguration>(resource, wanted, { signal });
    return undefined;
  }

  async #hasService(signal: AbortSignal): Promise<boolean> {
    const { host, namespace } = this.#options;
    const service = await optional(host.get<KubeObject>(SERVICES, { namespace, name: WEBHOOK_SERVICE }, { signal }));
    return service !== undefined;
  }

  /** KubeFed's webhooks run in a Deployment of their own. Whoever may not look leaves them alone. */
  async #kubefedAnswers(signal: AbortSignal): Promise<boolean> {
    const { host, namespace } = this.#options;
    const ref = { namespace, name: KUBEFED_WEBHOOKS };
    try {
      const deployment = await optional(
        host.get<KubeObject & { spec?: { replicas?: number } }>(DEPLOYMENTS, ref, { signal }),
      );
      return deployment !== undefined && deployment.spec?.replicas !== 0;
    } catch (error) {
      if (error instanceof ApiError && isForbidden(error)) return true;
      throw error;
    }
  }

  #plan(): Registered[] {
    const { reach, namespace, scope, typeConfigs } = this.#options;
    return registrationsFor({ reach, namespace, scope, typeConfigs: typeConfigs() });
  }

  #names(): string[] {
    return this.#plan().map(nameOf);
  }

  /** Once for each time it becomes so. */
  #say(what: string): void {
    if (what !== this.#said) this.#options.log.info(what);
    this.#said = what;
  }
}

/**
 * Takes away what this control plane registered, and nothing else; answers with what it was.
 *
 * @param isUnwanted which of it; default: all
 */
export async function removeRegistered(
  host: Client,
  plan: readonly Registered[],
  signal: AbortSignal,
  isUnwanted: (present: WebhookConfiguration) => boolean = () => true,
): Promise<string[]> {
  const removed: string[] = [];
  for (const registered of plan) {
    const { resource, configuration } = registered;
    const name = configuration.metadata.name ?? '';
    const present = await optional(host.get<WebhookConfiguration>(resource, { name }, { signal }));
    if (present === undefined || !isOurs(present, configuration) || !isUnwanted(present)) continue;
    const { uid } = present.metadata;
    const preconditions = uid === undefined ? {} : { preconditions: { uid } };
    await optional(host.delete(resource, { name }, { ...preconditions, signal }));
    removed.push(nameOf(registered));
  }
  return removed;
}

/** The authorities by which API servers know the webhooks of this control plane; undefined while none is registered. */
export async function registeredBundle(
  host: Client,
  plan: RegistrationPlan,
  signal: AbortSignal,
): Promise<string | undefined> {
  const bundles = await Promise.all(
    registrationsFor(plan).map(async ({ resource, configuration }) => {
      const name = configuration.metadata.name ?? '';
      const present = await optional(host.get<WebhookConfiguration>(resource, { name }, { signal }));
      return present !== undefined && isOurs(present, configuration) ? bundleOf(present) : undefined;
    }),
  );
  const known = bundles.filter((bundle) => bundle !== undefined);
  // What one of them lacks, its API servers do not trust yet.
  return known.length === 0 ? undefined : common(known);
}

function common(bundles: readonly string[]): string {
  const [first = '', ...others] = bundles;
  return others.every((other) => other === first) ? first : '';
}

function nameOf({ resource, configuration }: Registered): string {
  return `${resource.plural}/${configuration.metadata.name ?? ''}`;
}

function isOurs(present: KubeObject, planned: KubeObject): boolean {
  const own = registrantOf(planned, '') ?? '';
  return registrantOf(present, own) === own;
}
