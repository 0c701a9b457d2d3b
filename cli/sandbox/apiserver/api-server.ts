import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type IssuedCertificate,
} from '../../../controller/kube/certificates.ts';
import { type Clock, systemClock } from '../../../controller/time/clock.ts';
import type { AuditEvent } from './audit.ts';
import { Authenticator } from './authentication/authenticator.ts';
import { ServiceAccountTokens } from './authentication/service-account-tokens.ts';
import { RbacAuthorizer } from './authorization/rbac-authorizer.ts';
import { writeBootstrapObjects } from './controllers/bootstrap.ts';
import { bootstrapStored } from './controllers/bootstrap-stored.ts';
import { type Controllers, startControllers } from './controllers/controllers.ts';
import { admissionOf } from './endpoints/admission-adapter.ts';
import type { EndpointContext } from './endpoints/context.ts';
import type { PodNetwork } from './endpoints/pod-proxy.ts';
import { WatchHub } from './endpoints/watch-hub.ts';
import { Faults } from './faults/faults.ts';
import { GenericRegistry } from './registry/generic-registry.ts';
import { RequestHandler } from './request-handler.ts';
import type { ClusterServices } from './resources/resource-definition.ts';
import { ServedDefinitions } from './served-definitions.ts';
import { keptIdentity, newIdentity } from './server-identity.ts';
import { type Journal, openJournal } from './storage/journal.ts';
import { MemoryStorage } from './storage/memory-storage.ts';
import type { Storage } from './storage/storage.ts';
import { answerUnparsed, MAX_HEADER_BYTES } from './unparsed-request.ts';
import type { UserInfo } from './user/user-info.ts';

export interface ApiServerOptions {
  /** Of the cluster, such as `earth`. */
  readonly name: string;
  /** Default: any free one. Always on 127.0.0.1. */
  readonly port?: number;
  /** Default `10.244.0.0/16`. */
  readonly podCidr?: string;
  /** Default `10.96.0.0/16`. */
  readonly serviceCidr?: string;
  /** May be shared by many servers. Default: one of its own. */
  readonly authority?: CertificateAuthority;
  /** Where Pods are reached when somebody asks for their proxy. Default: at their addresses. */
  readonly podNetwork?: PodNetwork;
  /** Users by bearer token, beside the administrator's. */
  readonly tokens?: Readonly<Record<string, UserInfo>>;
  /** Where every write is kept before it is acknowledged. Default: in memory only. One server at a time. */
  readonly dataDir?: string;
  readonly clock?: Clock;
  /** Events kept for watches that come back. Default 1,000. */
  readonly watchHistory?: number;
  /** Whether namespaces end, garbage is collected and so on. Default true. */
  readonly controllers?: boolean;
  /** What went wrong inside, after the client got its 500. Default: a warning of the process. */
  readonly onError?: (error: unknown) => void;
  /** Told of each answered request, for who counts them. */
  readonly onAudit?: (event: AuditEvent) => void;
}

/** A Kubernetes API server in this process. */
export interface ApiServer {
  readonly name: string;
  readonly url: string;
  readonly caPem: string;
  /** May do everything. */
  readonly adminToken: string;
  readonly cluster: ClusterServices;
  readonly storage: Storage;
  readonly faults: Faults;
  /** One cluster, user and context, all named as the server; the context is the current one. */
  kubeconfig(): object;
  issueClientCertificate(username: string, groups: readonly string[]): IssuedCertificate;
  /** Ends watches, finishes what is being answered, and frees the port. */
  close(): Promise<void>;
}

const ADMIN: UserInfo = Object.freeze({
  username: 'kubernetes-admin',
  groups: Object.freeze(['system:masters', 'system:authenticated']),
});
const HOST = '127.0.0.1';
/** Longer than clients keep idle connections, so that they and not the server close them. */
const KEEP_ALIVE_MS = 120_000;

/** Servers of one authority all listen on the same address: they share a certificate. */
const certificates = new WeakMap<CertificateAuthority, IssuedCertificate>();

/**
 * Starts an API server; it answers when the promise resolves.
 *
 * @throws JournalDamaged where `dataDir` holds something else; what `listen` fails with (`EADDRINUSE`)
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { name, onError = warn, dataDir } = options;
  const authority = options.authority ?? createCertificateAuthority(`${name}-ca`);
  const journal = dataDir === undefined ? undefined : openJournal(dataDir);
  const storage = new MemoryStorage({
    initial: bootstrapStored(),
    onListenerError: onError,
    ...(options.watchHistory === undefined ? {} : { watchHistory: options.watchHistory }),
    ...(journal === undefined ? {} : { journal }),
  });
  const faults = new Faults({ storage, clock: options.clock ?? systemClock });
  const { clock } = faults;
  const now = (): number => clock.now();

  // ---- who, and what they may
  const makeIdentity = () => ({
    ...newIdentity(),
    tokenKeyPem: new ServiceAccountTokens({ storage, now }).privateKeyPem,
  });
  const identity = dataDir === undefined ? newIdentity() : keptIdentity(dataDir, makeIdentity);
  const tokens = new ServiceAccountTokens({
    storage,
    now,
    ...(identity.tokenKeyPem === undefined ? {} : { privateKeyPem: identity.tokenKeyPem }),
  });
  const authenticator = new Authenticator({
    staticTokens: { ...options.tokens, [identity.adminToken]: ADMIN },
    serviceAccountTokens: tokens,
    now,
  });
  const authorizer = new RbacAuthorizer(storage);

  // ---- what is served
  const served = new ServedDefinitions(storage);
  const registry = new GenericRegistry({ storage, clock, cluster: () => cluster });
  const listener = new Listener(authority);
  const { port } = await listener.listen(options.port ?? 0).catch((error: unknown) => {
    authorizer.close();
    journal?.close();
    throw error;
  });
  const url = `https://${HOST}:${port}`;
  const cluster: ClusterServices = {
    name,
    url,
    caPem: authority.certPem,
    serviceCidr: options.serviceCidr ?? '10.96.0.0/16',
    podCidr: options.podCidr ?? '10.244.0.0/16',
    definitions: () => served.all(),
    definition: (group, version, plural) => served.resource(group, version, plural),
    definitionOfKind: (group, kind) => served.kind(group, kind),
    authorizer,
    authenticator,
    tokenIssuer: faults.tokenIssuer(tokens),
    registry,
  };
  const watches = new WatchHub({ storage, clock });
  const admission = admissionOf({ storage, cluster, now });
  const context: EndpointContext = {
    cluster,
    storage,
    registry,
    admission,
    watches,
    clock,
    ...(options.podNetwork === undefined ? {} : { podNetwork: options.podNetwork }),
  };
  writeBootstrapObjects({ cluster, storage, clock });
  const controllers =
    options.controllers === false ? undefined : startControllers(cluster, { storage, clock, onError });

  // ---- answering
  const handler = new RequestHandler({
    context,
    authenticator,
    authorizer,
    faults,
    onError,
    ...(options.onAudit === undefined ? {} : { onAudit: options.onAudit }),
  });
  listener.answerWith(handler);
  faults.onListens((listens) => listener.setListening(listens).catch(onError));

  let closing: Promise<void> | undefined;
  return {
    name,
    url,
    caPem: authority.certPem,
    adminToken: identity.adminToken,
    cluster,
    storage,
    faults,
    kubeconfig: () => kubeconfigOf(name, url, authority.certPem, identity.adminToken),
    issueClientCertificate: (username, groups) =>
      authority.issue({ commonName: username, organizations: groups, usage: 'client' }),
    close() {
      closing ??= closeAll({ faults, watches, controllers, listener, admission, authorizer, journal });
      return closing;
    },
  };
}

async function closeAll(parts: {
  readonly faults: Faults;
  readonly watches: WatchHub;
  readonly controllers: Controllers | undefined;
  readonly listener: Listener;
  readonly admission: { close(): void };
  readonly authorizer: RbacAuthorizer;
  readonly journal: Journal | undefined;
}): Promise<void> {
  parts.faults.clear();
  parts.watches.close();
  await parts.listener.close();
  parts.controllers?.close();
  parts.admission.close();
  parts.authorizer.close();
  parts.journal?.close();
}

/** The https server on its port; it may stop listening for a while and come back. */
class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #closed = false;
  /** One switch after the other, so that the last word counts; never rejects. */
  #switching: Promise<void> = Promise.resolve();

  constructor(authority: CertificateAuthority) {
    const { certPem, keyPem } = certificateOf(authority);
    this.#server = createServer({
      cert: certPem,
      key: keyPem,
      ca: authority.certPem,
      // Who shows a certificate is known by it; nobody has to.
      requestCert: true,
      rejectUnauthorized: false,
      keepAlive: true,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Watches last as long as they were asked to.
      requestTimeout: 0,
      noDelay: true,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    // Not TLS, or no client that trusts us: Node closes the connection, and there is nobody to tell.
    this.#server.on('tlsClientError', () => undefined);
  }

  answerWith(handler: RequestHandler): void {
    this.#server.on('request', handler.handle);
    this.#server.on('clientError', (error, socket) => answerUnparsed(error, socket, handler.handle));
  }

  async listen(port: number): Promise<{ port: number }> {
    this.#server.listen(port, HOST);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return { port: this.#port };
  }

  setListening(listens: boolean): Promise<void> {
    const done = this.#switching.then(() => this.#switch(listens));
    this.#switching = done.then(nothing, nothing);
    return done;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#switching;
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeIdleConnections();
    // What is being answered gets a moment; a client that hangs on does not keep the port.
    const cancel = systemClock.after(GRACE_MS, () => this.#destroySockets());
    await closed;
    cancel();
  }

  async #switch(listens: boolean): Promise<void> {
    if (this.#closed || listens === this.#server.listening) return;
    if (listens) await this.listen(this.#port);
    else await this.#shut();
  }

  async #shut(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#destroySockets();
    await closed;
  }

  #destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Whoever asked for a switch is told when it fails. */
const nothing = (): void => undefined;

const GRACE_MS = 1_000;

function certificateOf(authority: CertificateAuthority): IssuedCertificate {
  let certificate = certificates.get(authority);
  if (certificate === undefined) {
    certificate = authority.issue({
      commonName: 'kube-apiserver',
      usage: 'server',
      ipAddresses: [HOST],
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
    });
    certificates.set(authority, certificate);
  }
  return certificate;
}

function kubeconfigOf(name: string, url: string, caPem: string, token: string): object {
  const cluster = { server: url, 'certificate-authority-data': Buffer.from(caPem).toString('base64') };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
