import { METRICS_ADDRESS_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../../controller/kube/client.ts';
import { ApiError } from '../../controller/kube/errors.ts';
import { LEADER_LEASE, LEASES, type Lease } from '../../controller/runtime/lease.ts';
import { getIfPresent } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT, usageError } from '../exit.ts';
import { readController } from '../status/controller.ts';

/** Where the leading replica's metrics are read. */
export interface MetricsSource {
  /** For people. */
  readonly where: string;
  read(): Promise<string>;
}

const PATIENCE_MS = 5_000;
const ELSEWHERE = '--metrics-addr http://HOST:PORT names where it serves them, kubectl port-forward brings them near';

/** The address that was given, else that of the leading replica, as its lease names it. */
export async function metricsSource(context: CliContext, address: string | undefined): Promise<MetricsSource> {
  if (address !== undefined) return at(context, urlOf(address), address, undefined);
  const client = await context.hostClient();
  const { running, detail } = await readController(context, client);
  if (!running) {
    throw new CliError(`no fedmesh-controller leads in ${client.cluster}: ${detail}`, {
      hint: '`fedctl status` says more',
      exitCode: EXIT.notWell,
    });
  }
  const namespace = context.options.kubefedNamespace;
  const lease = await getIfPresent<Lease>(client, LEASES, { namespace, name: LEADER_LEASE }, context.signal);
  const holder = lease?.spec?.holderIdentity?.split('_')[0] ?? '';
  const listens = lease?.metadata.annotations?.[METRICS_ADDRESS_ANNOTATION];
  if (listens === '') {
    throw new CliError(`the controller on ${holder} serves no metrics`, {
      hint: 'it was started with --metrics-addr=0',
    });
  }
  const [, host = '', port = '9090'] = /^(.*):(\d+)$/.exec(listens ?? ':9090') ?? [];
  if (isLoopback(host)) {
    const hint = `it listens on ${host} of ${holder} only: run fedctl there, or start it with another --metrics-addr`;
    return at(context, new URL(`http://${host}:${port}/metrics`), `controller on ${holder}`, hint);
  }
  return throughApiServer(context, client, { namespace, pod: holder, port });
}

function at(context: CliContext, url: URL, where: string, hint: string | undefined): MetricsSource {
  return {
    where,
    async read() {
      try {
        const signal = AbortSignal.any([context.signal, AbortSignal.timeout(PATIENCE_MS)]);
        const response = await fetch(url, { signal });
        if (!response.ok) throw new Error(`it answers ${response.status}`);
        return await response.text();
      } catch (error) {
        context.signal.throwIfAborted();
        throw new CliError(`no metrics at ${url.href}: ${reasonOf(error)}`, {
          hint: hint ?? 'the controller says where with --metrics-addr; is this that address?',
          exitCode: EXIT.unreachable,
          cause: error,
        });
      }
    },
  };
}

/** The API server's proxy reaches the pod wherever fedctl runs. */
function throughApiServer(
  context: CliContext,
  client: Client,
  { namespace, pod, port }: { namespace: string; pod: string; port: string },
): MetricsSource {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy/metrics`;
  return {
    where: `controller on ${pod}`,
    async read() {
      try {
        const { text } = await client.raw('GET', path, { signal: context.signal, timeoutMs: PATIENCE_MS });
        return text;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const why =
          error.code === 404
            ? `there is no pod ${namespace}/${pod} in ${client.cluster}: the controller runs elsewhere`
            : error.code === 403
              ? `you may not get pods/proxy in namespace ${namespace} of ${client.cluster}`
              : `the pod ${namespace}/${pod} cannot be asked through ${client.cluster}: ${error.message}`;
        throw new CliError(why, { hint: ELSEWHERE, cause: error });
      }
    },
  };
}

function urlOf(address: string): URL {
  const text = /^https?:\/\//.test(address)
    ? address
    : `http://${address.startsWith(':') ? '127.0.0.1' : ''}${address}`;
  if (!URL.canParse(text)) {
    throw usageError(`--metrics-addr ${address} is no address`, 'write http://127.0.0.1:9090 or 127.0.0.1:9090');
  }
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = '/metrics';
  return url;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${PATIENCE_MS / 1000} s`;
  const { cause } = error;
  if (cause instanceof Error)
    return 'code' in cause && cause.code === 'ECONNREFUSED' ? 'nothing listens there' : cause.message;
  return error.message;
}
