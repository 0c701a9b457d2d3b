import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type IssuedCertificate,
} from '../../../controller/kube/certificates.ts';
import { kubeconfigText } from '../kubeconfig.ts';
import type { Binaries } from './binaries.ts';
import { get, startComponent } from './component.ts';
import { hasExited, killAndWait, type Reaper } from './reaper.ts';

export interface ControlPlaneOptions {
  name: string;
  /** Its place among its siblings: tells the ranges of service addresses apart. */
  index: number;
  directory: string;
  port: number;
  etcdUrl: string;
  binaries: Binaries;
  reaper: Reaper;
  /** For kube-controller-manager's `--controllers`; undefined: none is started. */
  controllers: string | undefined;
  inflight: { reads: number; writes: number } | undefined;
  auditLog: boolean;
  apiServerArgs: readonly string[];
  readyTimeoutMs: number;
}

const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{ level: Metadata }]
`;

const REQUEST_TIMEOUT_MS = 10_000;

/** A kube-apiserver and its kube-controller-manager on loopback. */
export class ControlPlane {
  readonly name: string;
  readonly server: string;
  /** For a user named `admin` in `system:masters`. */
  readonly adminToken: string;
  readonly #options: ControlPlaneOptions;
  readonly #authority: CertificateAuthority;
  readonly #controllerToken = randomToken();
  #apiServer: ChildProcess | undefined;
  #controllerManager: ChildProcess | undefined;
  #hanging = false;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.name = options.name;
    this.server = `https://127.0.0.1:${options.port}`;
    this.adminToken = randomToken();
    this.#authority = createCertificateAuthority(`${options.name} CA`);
  }

  get caPem(): string {
    return this.#authority.certPem;
  }

  /** What was done to the API server last; it says nothing of readiness. */
  get state(): 'running' | 'hanging' | 'stopped' {
    if (!running(this.#apiServer)) return 'stopped';
    return this.#hanging ? 'hanging' : 'running';
  }

  /** Process id of the API server, while it runs. */
  get pid(): number | undefined {
    return running(this.#apiServer)?.pid;
  }

  /** Process id of the controller manager, while it runs. */
  get controllerManagerPid(): number | undefined {
    return running(this.#controllerManager)?.pid;
  }

  /** One JSON object per request and line, level Metadata; undefined unless asked for. */
  get auditLogPath(): string | undefined {
    return this.#options.auditLog ? this.#file('audit.log') : undefined;
  }

  /** A kubeconfig with this control plane alone. */
  get kubeconfigText(): string {
    return kubeconfigText([{ name: this.name, server: this.server, caPem: this.caPem, token: this.adminToken }]);
  }

  /** A client certificate for the user `commonName` in the groups `organizations`; RBAC decides what it may do. */
  issueClientCertificate(request: {
    commonName: string;
    organizations?: readonly string[];
    notAfter?: Date;
  }): IssuedCertificate {
    return this.#authority.issue({ ...request, usage: 'client' });
  }

  /** Writes certificates, keys and tokens; once, before the first start. */
  async prepare(): Promise<void> {
    await mkdir(this.#options.directory, { recursive: true });
    const serving = this.#authority.issue({
      commonName: this.name,
      usage: 'server',
      dnsNames: ['localhost', this.name, 'kubernetes.default.svc'],
      ipAddresses: ['127.0.0.1', '::1', firstServiceAddress(this.#options.index)],
    });
    const serviceAccounts = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const files = {
      'ca.crt': this.caPem,
      'serving.crt': serving.certPem,
      'serving.key': serving.keyPem,
      'service-accounts.key': serviceAccounts.privateKey.export({ type: 'sec1', format: 'pem' }),
      'service-accounts.pub': serviceAccounts.publicKey.export({ type: 'spki', format: 'pem' }),
      'tokens.csv': [
        `${this.adminToken},admin,admin,"system:masters"`,
        `${this.#controllerToken},system:kube-controller-manager,controllers,"system:masters"`,
        '',
      ].join('\n'),
      'controllers.kubeconfig': kubeconfigText([
        { name: this.name, server: this.server, caPem: this.caPem, token: this.#controllerToken },
      ]),
      'audit-policy.yaml': AUDIT_POLICY,
    };
    await Promise.all(
      Object.entries(files).map(([name, content]) => writeFile(this.#file(name), content, { mode: 0o600 })),
    );
  }

  /**
   * Starts what does not run, on the same port and with the same data as before, and waits until it is ready.
   * What hangs goes on.
   *
   * @throws {PortTakenError} another process has the port.
   */
  async start(options: { signal?: AbortSignal } = {}): Promise<void> {
    const { binaries, reaper, controllers, readyTimeoutMs } = this.#options;
    const deadline = AbortSignal.timeout(readyTimeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;

    if (this.state === 'hanging') this.resume();
    if (this.state === 'stopped') {
      this.#apiServer = await startComponent(reaper, {
        program: binaries.kubeApiServer,
        args: this.#apiServerArgs(),
        logFile: this.#file('kube-apiserver.log'),
        isReady: () => this.#answersOk('/readyz'),
        signal,
      });
    }
    if (controllers !== undefined && !running(this.#controllerManager)) {
      // The ServiceAccount that a controller makes in each namespace is the sign that the controllers work.
      const makesServiceAccounts = controllers.includes('*') || controllers.includes('serviceaccount-controller');
      const sign = '/api/v1/namespaces/default/serviceaccounts/default';
      this.#controllerManager = await startComponent(reaper, {
        program: binaries.kubeControllerManager,
        args: this.#controllerManagerArgs(controllers),
        logFile: this.#file('kube-controller-manager.log'),
        isReady: async () => !makesServiceAccounts || (await this.#answersOk(sign)),
        signal,
      });
    }
  }

  /** Kills the API server and the controller manager with SIGKILL; resolves when they are gone. */
  async kill(): Promise<void> {
    await Promise.all([this.#apiServer, this.#controllerManager].map((child) => child && killAndWait(child)));
    this.#hanging = false;
  }

  /** Stops the API server (SIGSTOP): connections are still accepted by the kernel, and nothing is answered. */
  hang(): void {
    this.#signal('SIGSTOP');
    this.#hanging = true;
  }

  /** Lets a hanging API server go on (SIGCONT). */
  resume(): void {
    this.#signal('SIGCONT');
    this.#hanging = false;
  }

  /** What the API server says at `/metrics`, in Prometheus' text format. */
  async metricsText(options: { signal?: AbortSignal } = {}): Promise<string> {
    const signal = options.signal ?? AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const answer = await get(`${this.server}/metrics`, { ca: this.caPem, token: this.adminToken, signal });
    if (answer.status !== 200) throw new Error(`${this.name} answered ${answer.status} at /metrics: ${answer.text}`);
    return answer.text;
  }

  async #answersOk(path: string): Promise<boolean> {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const { status } = await get(`${this.server}${path}`, { ca: this.caPem, token: this.adminToken, signal });
    return status === 200;
  }

  #signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    const child = running(this.#apiServer);
    if (!child) throw new Error(`the API server of ${this.name} does not run`);
    child.kill(signal);
  }

  #file(name: string): string {
    return join(this.#options.directory, name);
  }

  #apiServerArgs(): string[] {
    const { name, index, port, etcdUrl, inflight, auditLog, apiServerArgs } = this.#options;
    return [
      `--etcd-servers=${etcdUrl}`,
      `--etcd-prefix=/${name}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--secure-port=${port}`,
      `--tls-cert-file=${this.#file('serving.crt')}`,
      `--tls-private-key-file=${this.#file('serving.key')}`,
      `--client-ca-file=${this.#file('ca.crt')}`,
      `--token-auth-file=${this.#file('tokens.csv')}`,
      '--authorization-mode=RBAC',
      `--service-cluster-ip-range=${serviceRange(index)}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${this.#file('service-accounts.pub')}`,
      `--service-account-signing-key-file=${this.#file('service-accounts.key')}`,
      '--disable-admission-plugins=ServiceAccount', // nothing here mounts tokens into pods
      '--allow-privileged=true',
      '--profiling=false',
      ...(inflight
        ? [`--max-requests-inflight=${inflight.reads}`, `--max-mutating-requests-inflight=${inflight.writes}`]
        : []),
      ...(auditLog
        ? [
            `--audit-policy-file=${this.#file('audit-policy.yaml')}`,
            `--audit-log-path=${this.#file('audit.log')}`,
            '--audit-log-mode=blocking', // a request that was answered is in the log
          ]
        : []),
      ...apiServerArgs,
    ];
  }

  #controllerManagerArgs(controllers: string): string[] {
    const kubeconfig = this.#file('controllers.kubeconfig');
    return [
      `--kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      `--service-account-private-key-file=${this.#file('service-accounts.key')}`,
      `--root-ca-file=${this.#file('ca.crt')}`,
      '--secure-port=0',
      '--leader-elect=false',
      '--kube-api-qps=200',
      '--kube-api-burst=400',
      '--profiling=false',
      `--controllers=${controllers}`,
    ];
  }
}

function running(child: ChildProcess | undefined): ChildProcess | undefined {
  return child && !hasExited(child) ? child : undefined;
}

function randomToken(): string {
  return randomBytes(24).toString('base64url');
}

function serviceRange(index: number): string {
  return `10.${100 + index}.0.0/16`;
}

/** The API server gives this address to the Service `kubernetes`. */
function firstServiceAddress(index: number): string {
  return `10.${100 + index}.0.1`;
}
