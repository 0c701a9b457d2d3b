import { once } from 'node:events';
import { createServer } from 'node:net';

/** How many are tried one after the other; then whatever the system has. */
const TRIED = 50;

/** The first port on loopback, from this one on, that nobody listens on. Somebody may be quicker in taking it. */
export async function freePort(first: number): Promise<number> {
  for (let port = first; port < first + TRIED; port += 1) if ((await tryPort(port)) !== undefined) return port;
  return (await tryPort(0)) ?? 0;
}

async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : undefined;
  } catch {
    // Taken, or not to be had: the next one will do.
    return undefined;
  } finally {
    if (server.listening) {
      const closed = once(server, 'close');
      server.close();
      await closed;
    }
  }
}
