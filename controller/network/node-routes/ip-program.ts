import { execFile } from 'node:child_process';
import type { IpFamily } from '../../../apis/meta/ip-range.ts';
import { type KernelRoute, NODE_ROUTES_PROTOCOL, parseKernelRoutes } from './kernel-routes.ts';
import type { NodeRoute } from './route-list.ts';

/** The routes of a machine. */
export interface RouteTable {
  /** Rejects with an Error that says what to do. */
  list(family: IpFamily): Promise<KernelRoute[]>;
  /** Fails where there is one to the same range, whoever made it. */
  add(route: NodeRoute): Promise<void>;
  /** Only what bears our protocol. One that is gone already is no failure. */
  remove(route: NodeRoute): Promise<void>;
}

const TIMEOUT_MS = 10_000;
/** A router may hold many: some hundred thousand routes. */
const LONGEST_ANSWER = 128 * 1024 * 1024;
/** Of `ip`: the kernel knows no such route. */
const NO_SUCH_ROUTE = 'No such process';

/** The machine's own, by the program `ip` of iproute2; no shell has a part in it. */
export const ipProgram: RouteTable = {
  list: async (family) =>
    parseKernelRoutes(family, await ip([`-${family}`, '-json', '-N', 'route', 'show', 'table', 'main'])),
  add: async (route) => void (await ip(['route', 'add', ...words(route)])),
  remove: async (route) => {
    try {
      await ip(['route', 'del', ...words(route)]);
    } catch (error) {
      if (!(error as Error).message.includes(NO_SUCH_ROUTE)) throw error;
    }
  },
};

function words({ to, via }: NodeRoute): string[] {
  return [to, 'via', via, 'proto', NODE_ROUTES_PROTOCOL, 'table', 'main'];
}

function ip(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: LONGEST_ANSWER, env: { ...process.env, LC_ALL: 'C' } };
    execFile('ip', args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        reject(
          new Error('there is no program `ip` here: the image needs iproute2 (spec.nodeRoutes.image names another)'),
        );
      else reject(new Error(`ip ${args.join(' ')}: ${stderr.trim() || error.message}`));
    });
  });
}
