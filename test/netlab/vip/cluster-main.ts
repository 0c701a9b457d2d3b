import { startEmbedded } from '../../../cli/sandbox/runtime/embedded.ts';
import { relay } from './relay.ts';

/**
 * A cluster's API server with its objects, in a namespace: CLUSTER names it; DOOR is a socket in the file system by which the test reaches it from
 * outside; LISTEN, an address and port, lets its fronts in. It says how to log in, and goes on until it is ended.
 */
const { CLUSTER = '', DOOR = '', LISTEN = '' } = process.env;
const { clusters } = await startEmbedded({ names: [CLUSTER] });
const cluster = clusters[CLUSTER];
if (cluster === undefined) throw new Error('CLUSTER is not set');
const { server, caPem, adminToken } = cluster;
const api = { host: '127.0.0.1', port: Number(new URL(server).port) };
await relay(DOOR, api);
if (LISTEN !== '') {
  const [host = '', port] = LISTEN.split(':');
  await relay({ host, port: Number(port) }, api);
}
process.stdout.write(`${JSON.stringify({ server, caPem, adminToken })}\n`);
