import type { Clock } from '../../time/clock.ts';
import type { RouteTable } from './ip-program.ts';
import { type RouteSteps, routeSteps, routesFor } from './kernel-routes.ts';
import type { NodeRoute, RouteList } from './route-list.ts';

export interface RouteKeeperOptions {
  /** Name of the node. */
  readonly node: string;
  readonly table: RouteTable;
  readonly clock: Clock;
  /** One line for each change and each new problem. */
  readonly say: (line: string) => void;
}

/** How it stands with a node's routes. */
export interface RouteState {
  /** All that it is to have are there. */
  readonly complete: boolean;
  readonly routes: number;
  /** In sentences, with the way out. */
  readonly problems: readonly string[];
}

/** What somebody takes away comes back after this. */
const LOOK_MS = 10_000;
const FAMILIES = [4, 6] as const;

/**
 * Keeps a node's routes as a list says, and takes them away when it ends. A list that cannot be read takes nothing away: what is there stays.
 */
export class RouteKeeper {
  readonly #options: RouteKeeperOptions;
  #list: RouteList | undefined;
  #listFault: string | undefined = 'no list of routes has been read yet';
  #state: RouteState = { complete: false, routes: 0, problems: [] };
  #turn: Promise<void> = Promise.resolve();
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: RouteKeeperOptions) {
    this.#options = options;
  }

  get state(): RouteState {
    if (this.#listFault === undefined) return this.#state;
    return { ...this.#state, complete: false, problems: [this.#listFault, ...this.#state.problems] };
  }

  /** From now on this counts; or it is told what is wrong with it. Resolves when the routes are as it says. */
  use(list: RouteList | string): Promise<void> {
    if (typeof list === 'string') {
      if (list !== this.#listFault) this.#options.say(list);
      this.#listFault = list;
      return this.#turn;
    }
    this.#listFault = undefined;
    this.#list = list;
    return this.#next();
  }

  /** Takes away every route that it has made, also those of an earlier one that was killed. */
  async close(): Promise<void> {
    if (this.#closed) return this.#turn;
    this.#closed = true;
    this.#cancel?.();
    this.#turn = this.#turn.then(() => this.#keep([]));
    await this.#turn;
  }

  /** One after the other. */
  #next(): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      if (this.#closed || this.#list === undefined) return;
      this.#cancel?.();
      await this.#keep(routesFor(this.#options.node, this.#list));
      this.#cancel = this.#options.clock.after(LOOK_MS, () => void this.#next());
    });
    return this.#turn;
  }

  async #keep(wanted: readonly NodeRoute[]): Promise<void> {
    const problems: string[] = [];
    for (const family of FAMILIES) {
      const ofFamily = wanted.filter(({ to }) => to.includes(':') === (family === 6));
      try {
        const steps = routeSteps(ofFamily, await this.#options.table.list(family));
        problems.push(...(await this.#take(steps)));
      } catch (error) {
        // A machine without IPv6 has no routes of it, and needs none.
        if (ofFamily.length > 0 || family === 4) problems.push((error as Error).message);
      }
    }
    for (const problem of problems) if (!this.#state.problems.includes(problem)) this.#options.say(problem);
    this.#state = { complete: problems.length === 0, routes: wanted.length, problems };
  }

  /** @returns what could not be done */
  async #take({ remove, add, blocked }: RouteSteps): Promise<string[]> {
    const problems = blocked.map(
      ({ route, by }) =>
        `there is a route ${by} that is not ours, where packets for ${route.to} have to go via ${route.via}: take it away, or leave this member's routes to whoever made it`,
    );
    for (const route of remove) problems.push(...(await this.#try('removed', route, 'remove')));
    for (const route of add) problems.push(...(await this.#try('added', route, 'add')));
    return problems;
  }

  async #try(done: string, route: NodeRoute, step: 'add' | 'remove'): Promise<string[]> {
    try {
      await this.#options.table[step](route);
      this.#options.say(`route to ${route.to} via ${route.via} ${done}`);
      return [];
    } catch (error) {
      const { message } = error as Error;
      // The kernel takes neighbours only.
      const hint = /invalid gateway|unreachable/i.test(message)
        ? `: this node and the gateway share no network; put the route into the router's or the cloud's table`
        : '';
      return [`${message}${hint}`];
    }
  }
}
