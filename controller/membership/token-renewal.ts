import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Clusters } from '../clusters/clusters.ts';
import { type Secret, TOKEN_KEY } from '../clusters/endpoint.ts';
import type { Client } from '../kube/client.ts';
import { SECRETS } from '../kube/core-kinds.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import { keyOf } from '../kube/resource.ts';
import { Controller, type ReconcileResult } from '../runtime/controller.ts';
import type { EventRecorder } from '../runtime/event-recorder.ts';
import type { Component } from '../runtime/manager.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { identityOf, secretRefOf } from './identity.ts';
import { renewalTime, requestToken, TOKEN_EXPIRES_ANNOTATION, TOKEN_ISSUED_ANNOTATION } from './token.ts';
import { lifeOf } from './token-life.ts';

export interface TokenRenewalOptions {
  host: Client;
  clusters: Clusters;
  events: EventRecorder;
  clock: Clock;
  random: () => number;
  log: Log;
}

const CONCURRENCY = 4;
/** A member that is away is asked again this often. Its token has a third of its life left when this begins. */
const RETRY_MS = 60_000;
/** From here on it is worth an event: when the token ends, the member has to be joined again. */
const WARN_BEFORE_MS = 24 * 3_600_000;
/** Timers hold no more than 24.8 days. */
const LONGEST_WAIT_MS = 12 * 3_600_000;
/** Of a token's life: members that joined together are not to be renewed together. */
const JITTER = 0.1;
const SOURCE = 'kubefedcluster-controller';

/** Renews each member's token after two thirds of the life that the member's API server granted it. */
export class TokenRenewal implements Component {
  readonly name = 'token-renewal';
  readonly #options: TokenRenewalOptions;
  readonly #queue: WorkQueue;
  readonly #controller: Controller;
  readonly #stops: (() => void)[] = [];

  constructor(options: TokenRenewalOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({ clock: options.clock });
    this.#controller = new Controller({
      name: this.name,
      queue: this.#queue,
      reconcile: (key, signal, { reconcileId }) => this.#reconcile(key, signal, reconcileId),
      concurrency: CONCURRENCY,
      log: options.log,
      clock: options.clock,
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clusters } = this.#options;
    this.#stops.push(
      clusters.subscribe(({ type, cluster }) => {
        if (type === 'ready' || type === 'changed') this.#queue.add(cluster);
      }),
    );
    this.#controller.start(signal);
    for (const { name } of clusters.list()) this.#queue.add(name);
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    await this.#controller.close();
  }

  async #reconcile(name: string, signal: AbortSignal, reconcileId: string): Promise<ReconcileResult | undefined> {
    const { clusters, clock, random } = this.#options;
    const cluster = clusters.object(name);
    if (cluster === undefined) return undefined;
    const secret = clusters.secrets.get(keyOf(secretRefOf(cluster)));
    const identity = identityOf(secret);
    const life = lifeOf(secret);
    // A token that never ends was not made by Fedmesh's join, and is left as it is.
    if (secret === undefined || identity === undefined || life === undefined) return undefined;
    const due = renewalTime(life) - clock.now();
    if (due > 0) {
      const spread = (life.expiresAt - life.issuedAt) * JITTER * random();
      return { requeueAfterMs: Math.min(LONGEST_WAIT_MS, due + spread) };
    }
    try {
      await this.#renew(name, secret, identity.claims, signal);
      return { requeueAfterMs: 1_000 };
    } catch (error) {
      signal.throwIfAborted();
      this.#report(cluster, life.expiresAt, error, reconcileId);
      return { requeueAfterMs: RETRY_MS * (1 + JITTER * random()) };
    }
  }

  async #renew(
    name: string,
    secret: DeepReadonly<Secret>,
    account: { namespace: string; serviceAccount: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { clusters, host, clock, log } = this.#options;
    const member = clusters.get(name)?.client;
    if (member === undefined) throw new Error('the member is not connected');
    const ref = { namespace: account.namespace, name: account.serviceAccount };
    const issued = await requestToken(member, ref, { now: clock.now(), signal });
    const { uid, resourceVersion, name: secretName = '', namespace = '' } = secret.metadata;
    const body = {
      metadata: {
        uid,
        resourceVersion,
        annotations: { [TOKEN_ISSUED_ANNOTATION]: issued.issued, [TOKEN_EXPIRES_ANNOTATION]: issued.expires },
      },
      data: { [TOKEN_KEY]: Buffer.from(issued.token, 'utf8').toString('base64') },
    };
    try {
      const written = await host.patch<Secret>(
        SECRETS,
        { namespace, name: secretName },
        { type: 'merge', body },
        { signal },
      );
      clusters.secrets.noteWrite(written);
      log.info({ cluster: name, expires: issued.expires }, 'renewed the token of a member');
    } catch (error) {
      // Somebody else has renewed it, or the member has left: the store will tell.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }

  #report(cluster: DeepReadonly<KubeFedCluster>, expiresAt: number, error: unknown, reconcileId: string): void {
    const { clock, events, log } = this.#options;
    const name = cluster.metadata.name ?? '';
    const left = expiresAt - clock.now();
    log.warn({ cluster: name, reconcileId, err: error, leftMs: left }, "a member's token could not be renewed");
    if (left > WARN_BEFORE_MS) return;
    const when = new Date(expiresAt).toISOString();
    const why = error instanceof Error ? error.message : String(error);
    const message =
      left > 0
        ? `The token of cluster "${name}" ends at ${when} and cannot be renewed: ${why}`
        : `The token of cluster "${name}" ended at ${when}: run fedctl join ${name} again`;
    events.record(cluster, 'Warning', 'TokenRenewalFailed', message, SOURCE, reconcileId);
  }
}
