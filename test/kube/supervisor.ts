import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ControlPlane } from '../../cli/sandbox/envtest/control-plane.ts';
import { type ControlPlanes, type StartOptions, startControlPlanes } from './control-planes.ts';

/** How `npm run kube` finds the process that holds the control planes, from any terminal. */
export interface SupervisorState {
  pid: number;
  url: string;
  token: string;
  kubeconfigPath: string;
}

export interface PlaneStatus {
  name: string;
  server: string;
  state: ControlPlane['state'];
  pid: number | undefined;
}

export const PLANE_VERBS = ['kill', 'hang', 'resume', 'start'] as const;
export type PlaneVerb = (typeof PLANE_VERBS)[number];

export interface SuperviseOptions extends Pick<StartOptions<string>, 'names' | 'binaries' | 'controllers' | 'signal'> {
  /** Holds `state.json`, `kubeconfig` and, in `planes`, the control planes' data and logs. */
  runDir: string;
  /** Keeps data and logs on close. */
  keep: boolean;
  kubeconfigPath?: string;
}

export interface Supervisor {
  readonly planes: ControlPlanes;
  /** Resolves when `down` was asked for over the wire. */
  readonly closeAsked: Promise<void>;
  close(): Promise<void>;
}

/** Starts control planes in this process and serves the verbs on them over loopback, to who can read `state.json`. */
export async function supervise(options: SuperviseOptions): Promise<Supervisor> {
  const { runDir, keep, kubeconfigPath = join(runDir, 'kubeconfig'), ...start } = options;
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  const planes = await startControlPlanes({
    ...start,
    dir: join(runDir, 'planes'),
    removeDir: !keep,
    kubeconfigPath,
  });

  const token = randomBytes(24).toString('base64url');
  let askToClose = (): void => undefined;
  const closeAsked = new Promise<void>((resolve) => {
    askToClose = resolve;
  });
  const server = createServer((request, response) => {
    void answer(request, response, { planes, token, askToClose });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const state: SupervisorState = { pid: process.pid, url: urlOf(server), token, kubeconfigPath: planes.kubeconfigPath };
  await writeFile(stateFile(runDir), JSON.stringify(state, undefined, 2), { mode: 0o600 });

  return {
    planes,
    closeAsked,
    async close() {
      server.close();
      await planes.close();
      await Promise.all([stateFile(runDir), planes.kubeconfigPath].map((file) => rm(file, { force: true })));
    },
  };
}

/** What the running supervisor of this directory said of itself; undefined when none was started or it has closed. */
export async function readState(runDir: string): Promise<SupervisorState | undefined> {
  try {
    const state: SupervisorState = JSON.parse(await readFile(stateFile(runDir), 'utf8'));
    return state;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`${stateFile(runDir)} cannot be read`, { cause: error });
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  context: { planes: ControlPlanes; token: string; askToClose: () => void },
): Promise<void> {
  const reply = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
  };
  try {
    if (request.headers.authorization !== `Bearer ${context.token}`) return reply(401, { error: 'not authorized' });
    const route = `${request.method} ${request.url}`;
    if (route === 'GET /planes') return reply(200, Object.values(context.planes.planes).map(statusOf));
    if (route === 'POST /close') {
      reply(202, {});
      return context.askToClose();
    }
    const [, name = '', verb = ''] = /^POST \/planes\/([^/]+)\/([^/]+)$/.exec(route) ?? [];
    const plane = Object.hasOwn(context.planes.planes, name) ? context.planes.planes[name] : undefined;
    if (!plane || !isPlaneVerb(verb)) return reply(404, { error: `there is no ${verb} of ${name}` });
    await plane[verb]();
    return reply(200, statusOf(plane));
  } catch (error) {
    reply(500, { error: error instanceof Error ? error.message : String(error) });
  }
}

function isPlaneVerb(word: string): word is PlaneVerb {
  return (PLANE_VERBS as readonly string[]).includes(word);
}

function statusOf({ name, server, state, pid }: ControlPlane): PlaneStatus {
  return { name, server, state, pid };
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function stateFile(runDir: string): string {
  return join(runDir, 'state.json');
}
