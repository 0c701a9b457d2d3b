import { CliError } from '../../exit.ts';
import type { RuntimeOptions, SandboxCluster, SandboxRuntime } from './runtime.ts';

export interface EmbeddedOptions<Name extends string> extends RuntimeOptions<Name> {
  /** Writes each answered request to `auditLogPath` of the cluster, in this directory. */
  readonly auditDir?: string;
}

export interface EmbeddedCluster extends SandboxCluster {
  readonly auditLogPath: string | undefined;
}

export interface EmbeddedRuntime<Name extends string> extends SandboxRuntime<Name> {
  readonly clusters: Readonly<Record<Name, EmbeddedCluster>>;
}

export async function startEmbedded<const Name extends string>(
  _options: EmbeddedOptions<Name>,
): Promise<EmbeddedRuntime<Name>> {
  throw new CliError('the embedded API server is not there yet', { hint: '--runtime envtest' });
}
