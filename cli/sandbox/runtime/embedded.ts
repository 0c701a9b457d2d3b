import { CliError } from '../../exit.ts';
import type { RuntimeOptions, SandboxRuntime } from './runtime.ts';

export async function startEmbedded<const Name extends string>(
  _options: RuntimeOptions<Name>,
): Promise<SandboxRuntime<Name>> {
  throw new CliError('the embedded API server is not there yet', { hint: '--runtime envtest' });
}
