/** What fedctl's exit code says. Documented in docs/fedctl.md; a number never changes its meaning. */
export const EXIT = {
  ok: 0,
  /** Something was tried and failed. */
  failed: 1,
  /** The command line itself is wrong. Nothing was asked of any server. */
  usage: 2,
  /** `status --exit-code`: the command worked, the federation is not well. */
  notWell: 3,
  /** Refused for safety's sake, or a person said no. Nothing was changed. */
  refused: 4,
  /** An API server did not answer. */
  unreachable: 5,
  interrupted: 130,
} as const;

/** A failure in the words of the person who reads it: what is wrong in one line, and how to mend it. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(message: string, options: { hint?: string | undefined; exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT.failed;
  }
}

export function usageError(message: string, hint?: string): CliError {
  return new CliError(message, { hint, exitCode: EXIT.usage });
}

export function refused(message: string, hint?: string): CliError {
  return new CliError(message, { hint, exitCode: EXIT.refused });
}
