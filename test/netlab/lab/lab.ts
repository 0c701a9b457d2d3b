import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output } from './execute.ts';
import { removeNamespaces } from './leftovers.ts';
import { Namespace } from './namespace.ts';
import { Running, type StartOptions } from './running.ts';

/** One end of a cable: a machine, and the name of the interface there. */
export type End = readonly [machine: Namespace, interfaceName: string];

let opened = 0;

/**
 * Machines, cables and programs that a test makes and that are gone when it is over. All names begin with those of the run, so that runs
 * side by side do not meet; no interface and no address is outside of the lab's own namespaces.
 */
export class Lab {
  /** For files of the lab's programs. */
  readonly folder: string;
  readonly #name: string;
  readonly #namespaces: Namespace[] = [];
  readonly #running: Running[] = [];

  private constructor(name: string, folder: string) {
    this.#name = name;
    this.folder = folder;
  }

  /** @param run name of the run: what `inject('netlab')` says */
  static async open(run: string): Promise<Lab> {
    opened += 1;
    return new Lab(`${run}-${opened}`, await mkdtemp(join(tmpdir(), `${run}-`)));
  }

  async namespace(label: string): Promise<Namespace> {
    const namespace = new Namespace(`${this.#name}-${label}`);
    this.#namespaces.push(namespace);
    await output('ip', ['netns', 'add', namespace.name]);
    await namespace.ip('link set lo up');
    return namespace;
  }

  /** A cable. Its ends are down, and have no addresses yet. */
  async connect(a: End, b: End): Promise<void> {
    const [one, other] = [
      [a[1], 'netns', a[0].name],
      ['name', b[1], 'netns', b[0].name],
    ];
    await output('ip', ['link', 'add', ...one, 'type', 'veth', 'peer', ...other]);
  }

  start(namespace: Namespace, command: string, args: readonly string[], options?: StartOptions): Running {
    const running = new Running(namespace, command, args, options);
    this.#running.push(running);
    return running;
  }

  /** Ends everything, also what never came up. Answers with the ids of the processes that it has ended. */
  async close(): Promise<number[]> {
    const pids = await removeNamespaces(this.#namespaces.map(({ name }) => name));
    await Promise.all(this.#running.map((running) => running.stop()));
    await rm(this.folder, { recursive: true, force: true });
    return pids;
  }
}
