import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Server } from 'node:net';

/** A path of a socket in the file system, which network namespaces share, or a port with its address. */
export type Place = string | { readonly host: string; readonly port: number };

/** Passes connections on as they are, until it is closed. */
export async function relay(from: Place, to: Place): Promise<Server> {
  const server = createServer((near) => {
    const far = connect(placeOf(to));
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  server.listen(placeOf(from));
  await once(server, 'listening');
  return server;
}

function placeOf(place: Place): NetConnectOpts & { path?: string } {
  return typeof place === 'string' ? { path: place } : { ...place };
}
