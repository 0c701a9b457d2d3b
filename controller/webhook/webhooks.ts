import {
  defaultFederatedTypeConfig,
  FEDERATED_TYPE_CONFIGS,
  type FederatedTypeConfig,
} from '../../apis/core/v1beta1/federated-type-config.ts';
import type { Client } from '../kube/client.ts';
import { Reflector } from '../kube/reflector.ts';
import { Store } from '../kube/store.ts';
import type { Component } from '../runtime/manager.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import {
  defaultConfig,
  type Reviewer,
  reviewCluster,
  reviewConfig,
  reviewMeshConfig,
  reviewTypeConfig,
} from './core-reviewers.ts';
import { DirectoryCertificate } from './directory-certificate.ts';
import { FederatedReviewer } from './federated-reviewer.ts';
import { SecretCertificate } from './secret-certificate.ts';
import { TemplateFields } from './template-fields.ts';
import { PATHS, type Reach, type RegistrationPlan, WEBHOOK_SERVICE } from './webhook-configurations.ts';
import type { WebhookObserver } from './webhook-observer.ts';
import { registeredBundle, WebhookRegistration } from './webhook-registration.ts';
import { WebhookRemoval } from './webhook-removal.ts';
import { WebhookServer } from './webhook-server.ts';

export interface WebhooksOptions {
  /** Several replicas write with it at once. */
  readonly host: Client;
  readonly namespace: string;
  readonly scope: 'Cluster' | 'Namespaced';
  /** 0: no webhooks. */
  readonly port: number;
  /** Whether API servers find the controller by a Service. */
  readonly inCluster: boolean;
  /** Base URL under which API servers reach this controller; missing: by the Service in its namespace, where there is one. */
  readonly url?: string;
  /** Where somebody keeps `tls.crt` and `tls.key`; missing: the controller makes its own. */
  readonly certificateDirectory?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly observer?: WebhookObserver;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;

/** What answers API servers' reviews and what has them ask, in the order in which it is started. Every replica runs it. */
export function webhookComponents(options: WebhooksOptions): Component[] {
  const { host, namespace, scope, clock, port, url, observer } = options;
  const log = options.log.child({ component: 'webhooks' });
  if (port === 0 || (url === undefined && !options.inCluster)) {
    return [new WebhookRemoval({ host, namespace, scope, switchedOff: port === 0, log })];
  }
  const typeConfigs = new TypeConfigs(host, namespace, clock, log);
  const reach: Reach = url === undefined ? { service: { namespace } } : { url };
  const hostname = url === undefined ? undefined : new URL(url).hostname.replace(/^\[|\]$/g, '');
  const certificates =
    options.certificateDirectory === undefined
      ? new SecretCertificate({
          ...{ host, namespace, clock, log },
          names: hostname === undefined ? serviceNames(namespace) : [hostname],
        })
      : new DirectoryCertificate(options.certificateDirectory);
  const plan = (): RegistrationPlan => ({ reach, namespace, scope, typeConfigs: typeConfigs.all() });
  const templateFields = new TemplateFields({ host, clock, log });
  const server = new WebhookServer({
    port,
    // What nobody can reach from elsewhere need not listen there.
    ...(hostname !== undefined && LOOPBACK.test(hostname) ? { host: hostname } : {}),
    reviewers: reviewersFor(
      new FederatedReviewer({
        namespace,
        typeConfigs: () => typeConfigs.all(),
        unknownFields: (template, target) => templateFields.unknown(template, target),
      }),
    ),
    certificates,
    registeredBundle: (signal) => registeredBundle(host, plan(), signal),
    clock,
    log,
    ...(observer === undefined ? {} : { observer }),
  });
  const registration = new WebhookRegistration({
    ...{ host, namespace, scope, reach, clock, log },
    ...(observer === undefined ? {} : { observer }),
    typeConfigs: () => typeConfigs.all(),
    certificate: async (signal) =>
      server.certificate === undefined || !typeConfigs.synced
        ? undefined
        : ((await certificates.read(signal)) ?? server.certificate),
  });
  return [typeConfigs, server, registration];
}

function reviewersFor(federated: FederatedReviewer): Record<string, Reviewer> {
  return {
    [PATHS.typeConfigs]: reviewTypeConfig,
    [PATHS.clusters]: reviewCluster,
    [PATHS.configs]: reviewConfig,
    [PATHS.configDefaults]: defaultConfig,
    [PATHS.meshConfigs]: reviewMeshConfig,
    [PATHS.federated]: (request) => federated.review(request),
  };
}

function serviceNames(namespace: string): string[] {
  const name = `${WEBHOOK_SERVICE}.${namespace}`;
  return [`${name}.svc`, name, `${name}.svc.cluster.local`];
}

/** The type configs as every replica sees them: they say which kinds are federated, and what for. */
class TypeConfigs implements Component {
  readonly name = 'webhook-types';
  readonly #store = new Store<FederatedTypeConfig>();
  readonly #reflector: Reflector<FederatedTypeConfig>;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(client: Client, namespace: string, clock: Clock, log: Log) {
    const store = this.#store;
    this.#reflector = new Reflector({ client, resource: FEDERATED_TYPE_CONFIGS, namespace, store, clock, log });
  }

  get synced(): boolean {
    return this.#store.synced;
  }

  *all(): Iterable<FederatedTypeConfig> {
    for (const config of this.#store.values()) {
      const { targetType, federatedType } = config.spec ?? {};
      if (targetType !== undefined && federatedType !== undefined) {
        yield defaultFederatedTypeConfig(config as FederatedTypeConfig);
      }
    }
  }

  async start(): Promise<void> {
    this.#running ??= this.#reflector.run(this.#stopping.signal);
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the webhooks are stopped'));
    await this.#running;
  }
}
