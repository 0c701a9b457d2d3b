import type { CliContext, Output } from '../context.ts';
import type { RunContext } from '../program.ts';
import { createRunContext } from '../run-context.ts';

/** The context in which a sandbox runs fedctl's other commands on itself: its own kubeconfig, and nothing printed. */
export function contextOn(
  context: CliContext,
  { kubeconfig, host, signal }: { kubeconfig: string; host: string; signal: AbortSignal },
): RunContext {
  const own = createRunContext({
    stdout: silent(context.stdout),
    stderr: context.options.verbosity > 0 ? context.stderr : silent(context.stderr),
    stdinIsTTY: false,
    clock: context.clock,
    signal,
    environment: context.environment,
    readInput: context.readInput,
    confirm: context.confirm,
  });
  const { kubefedNamespace, verbosity } = context.options;
  own.use({ kubeconfig, hostClusterContext: host, kubefedNamespace, verbosity, dryRun: false });
  return own;
}

function silent({ columns, rows }: Output): Output {
  return { write: () => undefined, isTTY: false, columns, rows };
}
