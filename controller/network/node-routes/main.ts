#!/usr/bin/env node
import http from 'node:http';
import { hostname } from 'node:os';
import { systemClock } from '../../time/clock.ts';
import { followFile } from '../mounted-file.ts';
import { ipProgram } from './ip-program.ts';
import { RouteKeeper } from './route-keeper.ts';
import { parseRouteList } from './route-list.ts';

/**
 * Keeps the routes of a node that is no gateway: those of the mounted list, and no others. It holds no credentials and talks to nobody. NODE_NAME
 * names the node; ROUTES_FILE and ROUTES_PORT (on 127.0.0.1: `/healthz`, and `/readyz`, which says what is missing) may be left out. When it is
 * told to end it takes its routes away.
 */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const node = env.NODE_NAME ?? hostname();
  const file = env.ROUTES_FILE ?? '/etc/fedmesh-routes/routes.json';
  const port = Number(env.ROUTES_PORT ?? '10271');
  if (!Number.isSafeInteger(port) || port < 1 || port > 65_535)
    throw new Error(`ROUTES_PORT=${env.ROUTES_PORT} is no port`);
  const say = (msg: string) => void process.stdout.write(`${JSON.stringify({ node, msg })}\n`);
  const keeper = new RouteKeeper({ node, table: ipProgram, clock: systemClock, say });
  const server = http.createServer(({ url }, response) => {
    const { complete, routes, problems } = keeper.state;
    const isWell = url === '/healthz' || (url === '/readyz' && complete);
    response.writeHead(isWell ? 200 : url === '/readyz' ? 503 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ node, complete, routes, problems }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, resolve);
  });
  const unfollow = followFile(file, systemClock, parseRouteList, (list) => void keeper.use(list));
  say(`keeps the routes of ${file}`);
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      unfollow();
      server.close();
      server.closeAllConnections();
      void keeper.close();
    });
  }
}

try {
  await main(process.env);
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
