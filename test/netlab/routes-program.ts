import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatRouteList } from '../../controller/network/node-routes/route-list.ts';
import { eventually } from '../kube/eventually.ts';
import type { LabNode } from './cluster.ts';
import type { Lab } from './lab/lab.ts';
import type { Running } from './lab/running.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY = 'http://127.0.0.1:10271/readyz';

/** The program that the DaemonSet `fedmesh-routes` runs, on one node of the lab. */
export class RoutesProgram {
  readonly #lab: Lab;
  readonly #node: LabNode;
  readonly #file: string;
  #running: Running | undefined;

  constructor(lab: Lab, node: LabNode) {
    this.#lab = lab;
    this.#node = node;
    this.#file = join(lab.folder, `routes-of-${node.name}.json`);
  }

  /** With routes to these ranges by a node of the same cluster. */
  async start(ranges: readonly string[], { name, addresses }: LabNode): Promise<void> {
    const viaOf = (range: string) => addresses.find((address) => address.includes(':') === range.includes(':')) ?? '';
    const routes = ranges.map((to) => ({ to, via: viaOf(to) }));
    await writeFile(this.#file, formatRouteList({ gateways: [name], routes }));
    const env = { NODE_NAME: this.#node.name, ROUTES_FILE: this.#file };
    const args = ['--import', 'tsx', 'controller/main.ts', 'routes'];
    this.#running = this.#lab.start(this.#node.machine, process.execPath, args, { cwd: ROOT, env });
  }

  async isReady(): Promise<void> {
    await eventually(
      `the routes of ${this.#node.name} are there`,
      () => this.#node.machine.execute('curl', ['-s', READY]),
      ({ stdout }) => stdout.includes('"complete":true'),
      { withinMs: 30_000, everyMs: 100 },
    );
  }

  /** Resolves when it has ended. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    await this.#running?.stop(signal);
  }

  /** Those that bear its protocol. */
  async routes(): Promise<string[]> {
    const shown = await Promise.all(
      ['-4', '-6'].map((family) => this.#node.machine.output('ip', [family, 'route', 'show', 'proto', '198'])),
    );
    const lines = shown.join('').split('\n').filter(Boolean);
    return lines.map((line) => line.replace(/ dev .*/, '')).sort();
  }
}
