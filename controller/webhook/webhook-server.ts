import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Component } from '../runtime/manager.ts';
import type { Log } from '../telemetry/log.ts';
import { onAbort } from '../time/abort.ts';
import { type Clock, sleep } from '../time/clock.ts';
import { requestIn, reviewWith } from './admission-review.ts';
import type { Reviewer } from './core-reviewers.ts';
import { type CertificateSource, isSame, isTrustedBy, leafOf, type ServingCertificate } from './serving-certificate.ts';
import type { WebhookObserver } from './webhook-observer.ts';

export interface WebhookServerOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Default: every address of this machine. */
  readonly host?: string;
  /** By path, such as `/validate-kubefedcluster`. */
  readonly reviewers: Readonly<Record<string, Reviewer>>;
  readonly certificates: CertificateSource;
  /** The authorities by which API servers know the webhooks now; undefined while none is registered. */
  readonly registeredBundle: (signal: AbortSignal) => Promise<string | undefined>;
  readonly clock: Clock;
  readonly log: Log;
  /** How long API servers may take to hear of a changed bundle, milliseconds. Default 10,000: they watch for it. */
  readonly settleMs?: number;
  readonly observer?: WebhookObserver;
}

const LOOK_MS = 10_000;
/** While there is no certificate, or one that waits. */
const LOOK_SOON_MS = 500;
const SETTLE_MS = 10_000;
/** What is answered while it closes gets this long. */
const CLOSE_GRACE_MS = 500;
/** Go closes its idle connections after 90 s. It must be the one to do so: what it sends on one that is closed here is lost. */
const KEEP_ALIVE_MS = 120_000;
/** The old and the new object, of which etcd takes 1.5 MB each, with room for how they are written down. */
const LARGEST_REVIEW = '16mb';

/**
 * Answers admission reviews over TLS. A certificate that comes in place of another is served when every API server can be
 * expected to trust it, and without closing a connection: no write fails for it.
 */
export class WebhookServer implements Component {
  readonly name = 'webhooks';
  readonly #options: WebhookServerOptions;
  readonly #stopping = new AbortController();
  #server: Server | undefined;
  #served: ServingCertificate | undefined;
  #waiting: { readonly certificate: ServingCertificate; readonly trustedSince: number | undefined } | undefined;
  #trouble = '';
  #following: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: WebhookServerOptions) {
    this.#options = options;
  }

  /** Where it listens, once it does. */
  get address(): { readonly host: string; readonly port: number } | undefined {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    return address ? { host: address.address, port: address.port } : undefined;
  }

  /** What it shows of itself; undefined until reviews can be answered. */
  get certificate(): ServingCertificate | undefined {
    return this.#served;
  }

  /** Rejects when it cannot listen. The first certificate may come later. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    onAbort(signal, () => this.#stopping.abort(signal.reason));
    const { port, host } = this.#options;
    const server = createServer(contextOf(undefined), appOf(this.#options));
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.requestTimeout = 30_000;
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error) => {
        const why = `cannot listen for webhooks on port ${port}: ${error.message}; --webhook-port names another`;
        reject(new Error(why, { cause: error }));
      };
      server.once('error', onError);
      server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        server.off('error', onError);
        resolve();
      });
    });
    this.#following = this.#follow(this.#stopping.signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopping.abort(new Error('the webhooks are stopped'));
    await this.#following;
    const server = this.#server;
    if (server?.listening !== true) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(CLOSE_GRACE_MS, () => server.closeAllConnections());
      server.close(() => {
        cancel();
        resolve();
      });
      server.closeIdleConnections();
    });
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#look(signal);
        this.#trouble = '';
      } catch (error) {
        const trouble = String(error);
        if (!signal.aborted && trouble !== this.#trouble) log.warn({ err: error }, 'the webhooks get no certificate');
        this.#trouble = trouble;
      }
      const soon = this.#served === undefined || this.#waiting !== undefined;
      await sleep(clock, soon ? LOOK_SOON_MS : LOOK_MS, signal).catch(() => undefined);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const found = await this.#options.certificates.read(signal);
    if (found === undefined || (this.#served !== undefined && isSame(found, this.#served))) {
      this.#waiting = undefined;
      return;
    }
    if (this.#served === undefined || (await this.#isTrusted(found, signal))) this.#serve(found);
  }

  /** Whether it has been known to the API servers for long enough. The first one has nothing to lose, nor one after another's end. */
  async #isTrusted(certificate: ServingCertificate, signal: AbortSignal): Promise<boolean> {
    const { clock, registeredBundle, settleMs = SETTLE_MS } = this.#options;
    const { caPem } = certificate;
    const served = this.#served === undefined ? undefined : leafOf(this.#served);
    if (caPem === undefined || served === undefined || Date.parse(served.validTo) <= clock.now()) return true;
    const waiting = this.#waiting !== undefined && isSame(this.#waiting.certificate, certificate);
    const since = waiting ? this.#waiting?.trustedSince : undefined;
    const bundle = await registeredBundle(signal);
    if (bundle === undefined) return true;
    const trustedSince = isTrustedBy(bundle, caPem) ? (since ?? clock.monotonic()) : undefined;
    this.#waiting = { certificate, trustedSince };
    return trustedSince !== undefined && clock.monotonic() - trustedSince >= settleMs;
  }

  #serve(certificate: ServingCertificate): void {
    this.#server?.setSecureContext(contextOf(certificate));
    const again = this.#served !== undefined;
    this.#served = certificate;
    this.#waiting = undefined;
    const until = leafOf(certificate)?.validTo;
    this.#options.log.info({ until }, again ? 'the webhooks serve a new certificate' : 'the webhooks are served');
  }
}

function contextOf(certificate: ServingCertificate | undefined): SecureContextOptions {
  const pair = certificate === undefined ? {} : { cert: certificate.certPem, key: certificate.keyPem };
  return { minVersion: 'TLSv1.2', ...pair };
}

function appOf({ reviewers, log, observer }: WebhookServerOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // KubeFed's Deployment asks here.
  app.get(['/healthz', '/readyz'], (_request, response) => void response.type('text/plain').send('ok'));
  app.use(express.json({ limit: LARGEST_REVIEW }));
  for (const [path, review] of Object.entries(reviewers)) {
    app.post(path, async (request, response) => {
      const asked = requestIn(request.body);
      if (asked === undefined) {
        response.status(400).type('text/plain').send('this is no AdmissionReview of admission.k8s.io/v1');
        return;
      }
      const verdict = await review(asked);
      observer?.reviewed(path, verdict.allowed ? 'allowed' : 'denied');
      const { operation, resource, object } = asked;
      const { namespace, name } = object?.metadata ?? {};
      const key = namespace === undefined ? name : `${namespace}/${name ?? ''}`;
      log.debug({ operation, resource: resource.resource, key, allowed: verdict.allowed }, 'reviewed');
      response.json(reviewWith(asked.uid, verdict));
    });
  }
  const onError: ErrorRequestHandler = (error: Error & { status?: number }, request, response, _next) => {
    const status = error.status ?? 500;
    if (status >= 500) {
      log.error({ err: error, path: request.path }, 'a review failed');
      if (Object.hasOwn(reviewers, request.path)) observer?.reviewed(request.path, 'failed');
    }
    response
      .status(status)
      .type('text/plain')
      .send(status >= 500 ? 'the review failed' : error.message);
  };
  app.use(onError);
  return app;
}
