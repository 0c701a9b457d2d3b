import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http';
import { Agent, request as secureRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { parse, stringify } from 'yaml';

interface Kubeconfig {
  'current-context': string;
  contexts: { name: string; context: { cluster: string; user: string } }[];
  users: { name: string; user: { token: string } }[];
  clusters: { name: string; cluster: { server: string; 'certificate-authority-data'?: string } }[];
}

export interface HostProxy {
  /** The kubeconfig that was given, but the current context's server is reached through this proxy. */
  readonly kubeconfig: string;
  /** How many writes were refused. */
  readonly refused: number;
  close(): Promise<void>;
}

/** As KubeFed's replica schedulers name themselves: `…/deployment-replica-scheduler`. */
const KUBEFED_SCHEDULER = /-replica-scheduler\b/;

/**
 * Stands between the suite and the host, and refuses the plans that KubeFed's scheduler would write, which the specs of
 * ReplicaSchedulingPreferences start beside the one that is deployed: what they find is Fedmesh's then.
 */
export async function startHostProxy(kubeconfig: string, into: string): Promise<HostProxy> {
  const config: Kubeconfig = parse(await readFile(kubeconfig, 'utf8'));
  const context = config.contexts.find(({ name }) => name === config['current-context']);
  const cluster = config.clusters.find(({ name }) => name === context?.context.cluster)?.cluster;
  const user = config.users.find(({ name }) => name === context?.context.user)?.user;
  if (cluster === undefined || user === undefined) throw new Error(`${kubeconfig} has no current context`);
  // Clients send no credentials to a server without TLS.
  const authorization = `Bearer ${user.token}`;
  const { server: target, 'certificate-authority-data': ca } = cluster;
  const agent = new Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca: Buffer.from(ca, 'base64') }) });

  let refused = 0;
  const server = createServer((incoming, response) => {
    if (incoming.method !== 'GET' && KUBEFED_SCHEDULER.test(incoming.headers['user-agent'] ?? '')) {
      refused += 1;
      incoming.resume();
      refuse(response);
    } else forward(incoming, response, { target, agent, authorization });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  cluster.server = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  delete cluster['certificate-authority-data'];
  await writeFile(into, stringify(config), { mode: 0o600 });
  return {
    kubeconfig: into,
    get refused() {
      return refused;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  { target, agent, authorization }: { target: string; agent: Agent; authorization: string },
): void {
  const url = new URL(incoming.url ?? '/', target);
  const options = { method: incoming.method, headers: { ...incoming.headers, host: url.host, authorization } };
  const upstream = url.protocol === 'https:' ? secureRequest(url, { ...options, agent }) : plainRequest(url, options);
  upstream.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders(); // a watch may say nothing for long
    pipeline(answer, response, () => upstream.destroy());
  });
  upstream.on('error', () => response.destroy());
  response.on('close', () => upstream.destroy());
  incoming.pipe(upstream);
}

function refuse(response: ServerResponse): void {
  const message = 'Fedmesh schedules here';
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403, message };
  response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify(status));
}
