/** What became of a spec. `skipped`: the suite itself says that it does not apply; one that was not asked for is none of these. */
export type Outcome = 'passed' | 'failed' | 'skipped';

export interface SpecResult {
  readonly name: string;
  readonly outcome: Outcome;
  readonly seconds: number;
  /** Why it failed or was skipped; empty when it passed. */
  readonly message: string;
  /** What it printed. */
  readonly output: string;
}

/** The part of Ginkgo's (v1) SpecSummary and SetupSummary that is read here. */
export interface Summary {
  readonly ComponentTexts?: readonly string[];
  readonly State: number;
  /** Nanoseconds. */
  readonly RunTime: number;
  readonly Failure: {
    readonly Message: string;
    readonly ForwardedPanic: string;
    readonly Location: { readonly FileName: string; readonly LineNumber: number };
  };
  readonly CapturedOutput: string;
}

const PENDING = 1;
const SKIPPED = 2;
const PASSED = 3;

/** `undefined`: it was left out by what the run was to focus on or to skip. */
export function resultOf(summary: Summary, name = nameOf(summary)): SpecResult | undefined {
  const { State, Failure } = summary;
  if (State === SKIPPED && Failure.Message === '') return undefined;
  const outcome: Outcome = State === PASSED ? 'passed' : State === SKIPPED || State === PENDING ? 'skipped' : 'failed';
  return {
    name,
    outcome,
    seconds: summary.RunTime / 1e9,
    message: outcome === 'passed' ? '' : messageOf(Failure),
    output: summary.CapturedOutput,
  };
}

/** Ginkgo's first text names the whole of the suite. */
function nameOf({ ComponentTexts = [] }: Summary): string {
  return ComponentTexts.slice(1)
    .map((text) => text.trim())
    .join(' ');
}

/** The suite begins its messages with the time of day, which says nothing here. */
function messageOf({ Message, ForwardedPanic, Location }: Summary['Failure']): string {
  const text = Message.replace(/^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d\.\d{3}: /, '');
  const place = `${Location.FileName.replace(/^.*\/kubefed@[^/]+\//, '')}:${Location.LineNumber}`;
  return [text, ForwardedPanic, place].filter((part) => part !== '' && part !== ':0').join('\n');
}
