import net, { isIPv4, isIPv6 } from 'node:net';
import type { ProxyServer } from './proxy.ts';

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;

const REPLIES: readonly string[] = [
  'succeeded',
  'general failure',
  'its rules do not allow it',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'time to live expired',
  'command not supported',
  'address type not supported',
];

/** Opens a connection through a SOCKS5 proxy (RFC 1928, RFC 1929); host names are resolved by the proxy. */
export async function connectThroughSocks(
  proxy: Pick<ProxyServer, 'host' | 'port' | 'user' | 'password'>,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<net.Socket> {
  signal.throwIfAborted();
  const socket = net.connect({ host: proxy.host, port: proxy.port, noDelay: true });
  const onAbort = () => socket.destroy(new Error('given up'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await negotiate(socket, proxy);
    const destination = Buffer.concat([Buffer.from([VERSION, 1, 0]), address(host), portBytes(port)]);
    socket.write(destination);
    await readReply(socket);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function negotiate(socket: net.Socket, proxy: Pick<ProxyServer, 'user' | 'password'>): Promise<void> {
  const hasUser = proxy.user !== '' || proxy.password !== '';
  const methods = hasUser ? [NO_AUTHENTICATION, USER_AND_PASSWORD] : [NO_AUTHENTICATION];
  socket.write(Buffer.from([VERSION, methods.length, ...methods]));
  const choice = await read(socket, 2);
  if (choice[0] !== VERSION) throw new Error('it does not speak SOCKS5');
  if (choice[1] === NO_AUTHENTICATION) return;
  if (choice[1] !== USER_AND_PASSWORD || !hasUser)
    throw new Error('it wants to know who asks (user name and password)');
  const user = lengthPrefixed(proxy.user);
  const password = lengthPrefixed(proxy.password);
  socket.write(Buffer.concat([Buffer.from([1]), user, password]));
  const verdict = await read(socket, 2);
  if (verdict[1] !== 0) throw new Error('it refused the user name or password');
}

async function readReply(socket: net.Socket): Promise<void> {
  const head = await read(socket, 5);
  const reply = head[1] ?? 1;
  if (reply !== 0) throw new Error(`it answered: ${REPLIES[reply] ?? `failure ${reply}`}`);
  // The address it bound is of no use here, but has to be read away: its type, then its first byte, are in the head.
  const addressBytes = head[3] === 1 ? 4 : head[3] === 4 ? 16 : (head[4] ?? 0) + 1;
  await read(socket, addressBytes - 1 + 2);
}

function address(host: string): Buffer {
  if (isIPv4(host)) return Buffer.from([1, ...host.split('.').map(Number)]);
  if (isIPv6(host)) return Buffer.concat([Buffer.from([4]), ipv6Bytes(host)]);
  return Buffer.concat([Buffer.from([3]), lengthPrefixed(host)]);
}

function ipv6Bytes(host: string): Buffer {
  const bytes = Buffer.alloc(16);
  // The URL parser writes any spelling in groups of hexadecimal digits, embedded IPv4 included.
  const canonical = new URL(`http://[${host.split('%')[0]}]`).hostname.slice(1, -1);
  const [left = '', right] = canonical.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const before = groups(left);
  const after = groups(right ?? '');
  for (const [index, group] of before.entries()) bytes.writeUInt16BE(group, index * 2);
  for (const [index, group] of after.entries()) bytes.writeUInt16BE(group, 16 - (after.length - index) * 2);
  return bytes;
}

function portBytes(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(port);
  return bytes;
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 255) throw new Error('a name or password is longer than SOCKS5 allows (255 bytes)');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

/** Exactly `size` bytes; what follows them stays in the socket. */
function read(socket: net.Socket, size: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      socket.off('readable', onReadable);
      socket.off('error', onError);
      socket.off('close', onClose);
    };
    const onReadable = () => {
      const bytes: Buffer | null = socket.read(size);
      if (bytes === null) return;
      settle();
      if (bytes.length === size) resolve(bytes);
      else reject(new Error('it closed the connection'));
    };
    const onError = (error: Error) => {
      settle();
      reject(error);
    };
    const onClose = () => onError(new Error('it closed the connection'));
    socket.on('readable', onReadable);
    socket.on('error', onError);
    socket.on('close', onClose);
    onReadable();
  });
}
