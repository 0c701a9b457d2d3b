import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createCertificateAuthority } from '../../controller/kube/certificates.ts';
import type { ControlPlane } from './control-planes.ts';

/**
 * Stands before an API server and passes everything on, until it is told to stall: then every answer gets its headers
 * and half of its first chunk, and nothing after that. The API server itself goes on and does what it was asked.
 */
export class CuttingProxy {
  readonly #server: Server;
  readonly #agent: Agent;
  readonly #sockets = new Set<Socket>();
  readonly #authority = createCertificateAuthority('cutting proxy');
  #stalled = false;

  private constructor(plane: ControlPlane) {
    const { hostname, port } = new URL(plane.server);
    this.#agent = new Agent({ keepAlive: true, ca: plane.caPem });
    const { certPem, keyPem } = this.#authority.issue({
      commonName: 'cutting proxy',
      usage: 'server',
      ipAddresses: ['127.0.0.1'],
    });
    this.#server = createServer({ cert: certPem, key: keyPem }, (incoming, answer) => {
      const { method, url, headers } = incoming;
      const outgoing = request({ hostname, port, method, path: url, headers, agent: this.#agent }, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.on('data', (chunk: Buffer) => {
          answer.write(this.#stalled ? chunk.subarray(0, Math.ceil(chunk.length / 2)) : chunk);
        });
        response.on('end', () => {
          if (!this.#stalled) answer.end();
        });
        response.on('error', () => answer.destroy());
      });
      outgoing.on('error', () => answer.destroy());
      answer.on('close', () => outgoing.destroy());
      incoming.pipe(outgoing);
    });
    this.#server.on('secureConnection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(plane: ControlPlane): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(plane);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** For `spec` of a KubeFedCluster. */
  get endpoint(): { apiEndpoint: string; caBundle: string } {
    const { port } = this.#server.address() as AddressInfo;
    return {
      apiEndpoint: `https://127.0.0.1:${port}`,
      caBundle: Buffer.from(this.#authority.certPem).toString('base64'),
    };
  }

  stall(): void {
    this.#stalled = true;
  }

  /** Works again; what was cut is lost for good. */
  heal(): void {
    this.#stalled = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#agent.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
