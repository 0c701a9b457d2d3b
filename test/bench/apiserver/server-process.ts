import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { startApiServer } from '../../../cli/sandbox/apiserver/api-server.ts';
import { createCertificateAuthority } from '../../../controller/kube/certificates.ts';

/** What this process prints, as one line of JSON, when it is ready. */
export interface Ready {
  readonly servers: readonly { readonly url: string; readonly token: string }[];
  readonly caPem: string;
  /** From the first server to the last, milliseconds. */
  readonly startedMs: number;
}

/** A process of its own for what is measured: `echo`, or N embedded API servers. Ends with its parent's pipe. */
const { values: flags } = parseArgs({
  options: { echo: { type: 'boolean', default: false }, servers: { type: 'string', default: '1' } },
});

const authority = createCertificateAuthority('bench');

async function echo(): Promise<Ready> {
  const { certPem, keyPem } = authority.issue({ commonName: 'echo', usage: 'server', ipAddresses: ['127.0.0.1'] });
  const stored = JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', data: { text: 'x'.repeat(4_000) } });
  const server = https.createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = request.method === 'GET' ? stored : Buffer.concat(chunks);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { servers: [{ url: `https://127.0.0.1:${port}`, token: '' }], caPem: authority.certPem, startedMs: 0 };
}

async function embedded(count: number): Promise<Ready> {
  const began = performance.now();
  const servers: { url: string; token: string }[] = [];
  for (let n = 0; n < count; n++) {
    const { url, adminToken } = await startApiServer({ name: `member-${n}`, authority });
    servers.push({ url, token: adminToken });
  }
  return { servers, caPem: authority.certPem, startedMs: performance.now() - began };
}

const ready = flags.echo ? await echo() : await embedded(Number(flags.servers));
process.stdout.write(`${JSON.stringify(ready)}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
