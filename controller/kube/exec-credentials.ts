import { spawn } from 'node:child_process';
import { basename, isAbsolute, resolve } from 'node:path';
import type { Clock } from '../time/clock.ts';
import type { Reading } from './cached-credentials.ts';
import { oneLine } from './connection-errors.ts';
import { ConnectionError } from './errors.ts';

/** A user's `exec` in a kubeconfig. */
export interface ExecConfig {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint?: string;
  readonly provideClusterInfo: boolean;
  readonly interactiveMode: 'Never' | 'IfAvailable' | 'Always';
}

/** `spec.cluster` of the ExecCredential that a plugin gets, with the field names of client.authentication.k8s.io. */
export interface ExecClusterInfo {
  readonly server: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'certificate-authority-data'?: string;
  readonly 'proxy-url'?: string;
  readonly config?: unknown;
}

export interface ExecOptions {
  /** For errors. */
  readonly cluster: string;
  readonly user: string;
  readonly clusterInfo: ExecClusterInfo;
  /** What a relative path in `command` is relative to: the kubeconfig's directory. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether a person sits at standard input. */
  readonly interactive: boolean;
  readonly clock: Clock;
}

interface ExecCredential {
  apiVersion?: string;
  kind?: string;
  status?: {
    token?: string;
    clientCertificateData?: string;
    clientKeyData?: string;
    expirationTimestamp?: string;
  };
}

const API_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
const MAX_OUTPUT = 1024 * 1024;
const STDERR_EXCERPT = 300;
const TIMEOUT_MS = 60_000;
/** A person has to find the browser window first. */
const INTERACTIVE_TIMEOUT_MS = 600_000;

/**
 * Runs a credential plugin by the rules of client.authentication.k8s.io v1 and v1beta1.
 * Rejects with a ConnectionError, code `CREDENTIALS`; what the plugin printed to stdout is in none of them.
 */
export async function runCredentialPlugin(
  config: ExecConfig,
  options: ExecOptions,
  signal: AbortSignal,
): Promise<Reading> {
  const fail = (why: string, cause?: unknown) => {
    const message = `cluster "${options.cluster}": credential plugin "${config.command}" of user "${options.user}" ${why}`;
    return new ConnectionError(message, { code: 'CREDENTIALS', cluster: options.cluster, cause });
  };
  if (!API_VERSIONS.includes(config.apiVersion)) {
    throw fail(`speaks "${config.apiVersion}"; known are ${API_VERSIONS.join(' and ')}`);
  }
  const interactive = options.interactive && config.interactiveMode !== 'Never';
  if (config.interactiveMode === 'Always' && !interactive) {
    throw fail('wants to ask questions (interactiveMode: Always), and there is no terminal to answer at');
  }
  const output = await run(config, options, interactive, signal, fail);
  return readingOf(output, config, options.clock, fail);
}

type Fail = (why: string, cause?: unknown) => ConnectionError;

function run(
  config: ExecConfig,
  options: ExecOptions,
  interactive: boolean,
  signal: AbortSignal,
  fail: Fail,
): Promise<string> {
  return new Promise((resolveOutput, reject) => {
    const child = spawn(commandPath(config.command, options.directory), [...config.args], {
      env: environmentOf(config, options, interactive),
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', interactive ? 'inherit' : 'pipe'],
      signal,
      windowsHide: true,
    });
    const timeoutMs = interactive ? INTERACTIVE_TIMEOUT_MS : TIMEOUT_MS;
    const cancel = options.clock.after(timeoutMs, () => {
      child.kill('SIGKILL');
      reject(fail(`gave no answer within ${timeoutMs / 1000} s`));
    });
    const stdout: Buffer[] = [];
    let size = 0;
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_OUTPUT) stdout.push(chunk);
      else child.kill('SIGKILL');
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-4 * STDERR_EXCERPT);
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      cancel();
      if (signal.aborted) reject(signal.reason);
      else reject(fail(error.code === 'ENOENT' ? notFound(config) : `could not be run: ${error.message}`, error));
    });
    child.once('close', (code, killedBy) => {
      cancel();
      const said = oneLine(stderr).slice(-STDERR_EXCERPT);
      const why = said === '' ? '' : `: ${said}`;
      if (size > MAX_OUTPUT) reject(fail('printed more than a credential'));
      else if (code === 0) resolveOutput(Buffer.concat(stdout).toString());
      else reject(fail(`${code === null ? `was ended by ${killedBy}` : `ended with exit code ${code}`}${why}`));
    });
  });
}

function notFound(config: ExecConfig): string {
  const hint = config.installHint === undefined ? '' : `: ${oneLine(config.installHint)}`;
  return `is not installed here${hint}`;
}

/** As kubectl does: a bare name is looked up in PATH, a relative path is relative to the kubeconfig. */
function commandPath(command: string, directory: string): string {
  return basename(command) === command || isAbsolute(command) ? command : resolve(directory, command);
}

function environmentOf(config: ExecConfig, options: ExecOptions, interactive: boolean): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...options.environment };
  for (const { name, value } of config.env) environment[name] = value;
  const spec = config.provideClusterInfo ? { cluster: options.clusterInfo, interactive } : { interactive };
  environment.KUBERNETES_EXEC_INFO = JSON.stringify({ apiVersion: config.apiVersion, kind: 'ExecCredential', spec });
  return environment;
}

function readingOf(output: string, config: ExecConfig, clock: Clock, fail: Fail): Reading {
  let parsed: ExecCredential;
  try {
    parsed = JSON.parse(output);
  } catch {
    // Not passed on as the cause: a parser's message quotes what it read.
    throw fail('printed something that is no ExecCredential (not JSON)');
  }
  if (parsed?.kind !== 'ExecCredential') throw fail('printed something that is no ExecCredential');
  if (parsed.apiVersion !== config.apiVersion) {
    throw fail(`was asked for ${config.apiVersion} and answered in ${parsed.apiVersion ?? 'no version'}`);
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = parsed.status ?? {};
  if (!token && !cert) throw fail('printed an ExecCredential with neither a token nor a client certificate');
  if (Boolean(cert) !== Boolean(key))
    throw fail('printed a client certificate without its key, or the other way round');
  const credential = {
    ...(token ? { authorization: `Bearer ${token.trim()}` } : {}),
    ...(cert && key ? { cert, key } : {}),
  };
  if (expirationTimestamp === undefined || expirationTimestamp === null) return { credential };
  const expires = Date.parse(expirationTimestamp);
  if (Number.isNaN(expires)) throw fail('printed an expirationTimestamp that is no time');
  return { credential, lifetimeMs: Math.max(0, expires - clock.now()) };
}
