import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the range from which Linux and macOS take the local ports of outgoing connections, so that a port
 * stays free for its owner while that one is stopped and started again.
 */
const [FIRST, LAST] = [20_000, 32_000];

const handedOut = new Set<number>();

/** Free TCP ports on loopback, none handed out twice by this process. Another process may still be faster. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
