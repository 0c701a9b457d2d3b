import type { SpecResult } from './specs.ts';

const MARKS = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' } as const;

export function lineOf({ name, outcome, seconds }: SpecResult): string {
  return `${MARKS[outcome].padEnd(8)}${seconds.toFixed(1).padStart(6)} s  ${name}`;
}

/** Every spec by its name, why those failed that did, and the counts as the last line. */
export function reportOf(results: readonly SpecResult[], complaint: string, seconds: number): string {
  const sorted = [...results].sort((a, b) => a.name.localeCompare(b.name));
  const lines = sorted.flatMap((result) => [
    lineOf(result),
    ...(result.outcome === 'passed' ? [] : result.message.split('\n').map((line) => `${' '.repeat(18)}${line}`)),
  ]);
  const count = (outcome: SpecResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  const counts = `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped by the suite itself`;
  return [...lines, ...(complaint === '' ? [] : [complaint]), '', `${counts} (${seconds.toFixed(0)} s)`].join('\n');
}
