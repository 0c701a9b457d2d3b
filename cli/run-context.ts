import { type Client, type ClientOptions, createClient } from '../controller/kube/client.ts';
import type { Endpoint } from '../controller/kube/endpoint.ts';
import { type Environment, endpointFor, type Kubeconfig, loadKubeconfig } from '../controller/kube/kubeconfig.ts';
import { createTransport, type Transport } from '../controller/kube/transport.ts';
import type { Clock } from '../controller/time/clock.ts';
import type { CliContext, GlobalOptions, Output } from './context.ts';
import { CliError } from './exit.ts';
import { loggingTransport } from './output/request-log.ts';
import type { RunContext } from './program.ts';

/** What differs between a person's terminal and a test. */
export interface World {
  stdout: Output;
  stderr: Output;
  /** Standard input is a terminal too, so that questions can be answered. */
  stdinIsTTY: boolean;
  clock: Clock;
  signal: AbortSignal;
  /** For KUBECONFIG, HOME, PATH, proxies and credential plugins. */
  environment: Environment;
  readInput(path: string): Promise<string>;
  confirm(question: string): Promise<boolean>;
  /** How long the program waits after Ctrl-C before it ends all the same, in milliseconds. */
  allowToClose?(ms: number): void;
}

export function createRunContext(world: World): RunContext {
  return new Context(world);
}

class Context implements RunContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly interactive: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly readInput: CliContext['readInput'];
  readonly confirm: CliContext['confirm'];
  readonly environment: Environment;
  readonly allowToClose: CliContext['allowToClose'];
  #options: GlobalOptions | undefined;
  #exitCode: number | undefined;
  readonly #kubeconfigs = new Map<string, Promise<Kubeconfig>>();
  readonly #clients = new Map<string, Promise<Client>>();
  readonly #others: Client[] = [];

  constructor(world: World) {
    this.stdout = world.stdout;
    this.stderr = world.stderr;
    this.interactive = world.stdinIsTTY && world.stderr.isTTY;
    this.clock = world.clock;
    this.signal = world.signal;
    this.environment = world.environment;
    this.allowToClose = (ms) => world.allowToClose?.(ms);
    this.readInput = world.readInput;
    this.confirm = world.confirm;
  }

  get options(): GlobalOptions {
    if (this.#options === undefined) throw new Error('the options are known inside an action only');
    return this.#options;
  }

  use(options: GlobalOptions): void {
    this.#options = options;
  }

  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  exitWith(code: number): void {
    this.#exitCode = code;
  }

  kubeconfig(file: string | undefined = this.options.kubeconfig): Promise<Kubeconfig> {
    const { environment } = this;
    return remember(this.#kubeconfigs, file ?? '', () =>
      loadKubeconfig(file === undefined ? { environment } : { path: file, environment }),
    );
  }

  async hostContextName(): Promise<string> {
    const named = this.options.hostClusterContext;
    if (named !== undefined) return named;
    const { currentContext, source } = await this.kubeconfig();
    if (currentContext === undefined || currentContext === '') {
      throw new CliError(`no context is current in ${source}`, {
        hint: 'name the host with --host-cluster-context, or a file with --kubeconfig',
      });
    }
    return currentContext;
  }

  async hostClient(): Promise<Client> {
    return this.clientFor(await this.hostContextName());
  }

  clientFor(contextName: string, kubeconfigFile?: string): Promise<Client> {
    return remember(this.#clients, JSON.stringify([contextName, kubeconfigFile ?? '']), async () => {
      return this.#connect(await this.endpointOf(contextName, kubeconfigFile));
    });
  }

  async endpointOf(contextName: string, kubeconfigFile?: string): Promise<Endpoint> {
    const kubeconfig = await this.kubeconfig(kubeconfigFile);
    const known = kubeconfig.contexts.map((context) => context.name);
    if (!known.includes(contextName)) {
      throw new CliError(`there is no context "${contextName}" in ${kubeconfig.source}`, {
        hint: known.length === 0 ? 'it has no contexts at all' : `it has: ${known.join(', ')}`,
      });
    }
    return endpointFor(kubeconfig, {
      context: contextName,
      cluster: contextName,
      proxyEnvironment: this.environment,
      interactive: this.interactive,
      clock: this.clock,
    });
  }

  clientOf(endpoint: Endpoint, options: ClientOptions = {}): Client {
    const client = this.#connect(endpoint, options);
    this.#others.push(client);
    return client;
  }

  /** Idempotent. Clients whose making failed have nothing to close; whoever asked for them was told. */
  async close(): Promise<void> {
    const made = await Promise.allSettled(this.#clients.values());
    this.#clients.clear();
    const clients = made.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    await Promise.all([...clients, ...this.#others.splice(0)].map((client) => client.close()));
  }

  #connect(endpoint: Endpoint, options: ClientOptions = {}): Client {
    const settings = { clock: this.clock, userAgent: 'fedctl', ...options };
    const transport: Transport = createTransport(endpoint, settings);
    const told =
      this.options.verbosity >= 2 ? loggingTransport(transport, endpoint.cluster, this.stderr, this.clock) : transport;
    return createClient({ transport: told, cluster: endpoint.cluster }, settings);
  }
}

function remember<Value>(cache: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  return made;
}
