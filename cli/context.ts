import type { Client, ClientOptions } from '../controller/kube/client.ts';
import type { Endpoint } from '../controller/kube/endpoint.ts';
import type { Environment, Kubeconfig } from '../controller/kube/kubeconfig.ts';
import type { Clock } from '../controller/time/clock.ts';

/** The flags that every command takes. */
export interface GlobalOptions {
  /** Path; else KUBECONFIG, else ~/.kube/config. */
  readonly kubeconfig?: string;
  /** Context of the host cluster; else the kubeconfig's current one. */
  readonly hostClusterContext?: string;
  /** The control plane's namespace in the host, and in every member. */
  readonly kubefedNamespace: string;
  /** Say what would be done, write nothing. */
  readonly dryRun: boolean;
  /** 0: results only; 1: what is skipped and why; 2: every request. */
  readonly verbosity: number;
  /** `-o`; each command says which it knows: {@link outputFormat} */
  readonly output?: string;
}

/** Somewhere to write to: a terminal, a pipe, or a test's string. */
export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width of the terminal; 80 where there is none. */
  readonly columns: number;
  /** Height of the terminal; 24 where there is none. */
  readonly rows: number;
}

/** All that a command may touch of the world. */
export interface CliContext {
  /** Valid inside a command's action, not while commands are registered. */
  readonly options: GlobalOptions;
  /** Results alone, so that `-o json` can be piped. */
  readonly stdout: Output;
  /** Progress, warnings, errors, requests at `--v=2`. */
  readonly stderr: Output;
  /** Whether a person sits at both ends: questions are asked and progress moves only then. */
  readonly interactive: boolean;
  readonly clock: Clock;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** For KUBECONFIG, HOME, PATH, proxies and credential plugins. */
  readonly environment: Environment;
  /** The kubeconfig that `--kubeconfig` names, or the given file. Read once. */
  kubeconfig(file?: string): Promise<Kubeconfig>;
  /** The host's context by name: `--host-cluster-context`, else the current one. */
  hostContextName(): Promise<string>;
  /** The API server that holds the control plane. One client per run. */
  hostClient(): Promise<Client>;
  /** How a context of a kubeconfig reaches its API server. */
  endpointOf(contextName: string, kubeconfigFile?: string): Promise<Endpoint>;
  /** The API server behind a context of a kubeconfig. One client per context and file. */
  clientFor(contextName: string, kubeconfigFile?: string): Promise<Client>;
  /** A client for an endpoint that comes from elsewhere (a member's Secret). Logs its requests and is closed like the others. */
  clientOf(endpoint: Endpoint, options?: ClientOptions): Client;
  /** Asks on the terminal. Never call it unless `interactive`. */
  confirm(question: string): Promise<boolean>;
  /** What the run ends with although nothing failed: `status --exit-code`. After Ctrl-C too: for what runs until then. */
  exitWith(code: number): void;
  /** After Ctrl-C it may take so long, in milliseconds, until all is put away. Default: 2,000. */
  allowToClose(ms: number): void;
  /** A file's text, or standard input for `-`. */
  readInput(path: string): Promise<string>;
}
