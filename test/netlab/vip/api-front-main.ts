import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:https';

/**
 * The API server of one control-plane node: ends TLS, holds nothing, and asks what all of them share (API_STORE, address and port), as
 * kube-apiserver asks etcd. Its certificate (API_CERT, API_KEY) names the virtual address.
 */
const { API_STORE = '', API_CERT = '', API_KEY = '', API_PORT = '' } = process.env;
const [hostname, port] = API_STORE.split(':');
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
const server = createServer({ cert: readFileSync(API_CERT), key: readFileSync(API_KEY) }, (incoming, answer) => {
  const { method, url, headers } = incoming;
  const outgoing = request({ hostname, port, method, path: url, headers, agent }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    answer.flushHeaders();
    response.pipe(answer);
    response.on('error', () => answer.destroy());
  });
  outgoing.on('error', () => answer.destroy());
  answer.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
});
server.listen(Number(API_PORT), '0.0.0.0', () => process.stdout.write('listening\n'));
