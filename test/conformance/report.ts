import type { Difference, StepResult } from './compare.ts';
import { TOLERATED } from './tolerated.ts';

export interface AreaRow {
  readonly area: string;
  readonly exchanges: number;
  readonly agreeing: number;
  readonly tolerated: number;
  readonly differing: number;
}

export interface Report {
  readonly areas: readonly AreaRow[];
  readonly total: AreaRow;
  readonly differences: readonly Difference[];
  readonly tolerated: readonly { readonly reason: string; readonly exchanges: number }[];
  /** Reasons of entries that nothing needed. */
  readonly unused: readonly string[];
}

export const MOST_TOLERATED = 10;

export function reportOf(results: readonly StepResult[]): Report {
  const areas = [...new Set(results.map(({ area }) => area))].map((area) =>
    rowOf(
      area,
      results.filter((result) => result.area === area),
    ),
  );
  const uses = TOLERATED.map((entry) => ({
    reason: entry.reason,
    exchanges: results.filter((result) => result.tolerated.some((found) => found.entry === entry)).length,
  }));
  return {
    areas,
    total: rowOf('all', results),
    differences: results.flatMap(({ differences }) => differences),
    tolerated: uses,
    unused: uses.filter(({ exchanges }) => exchanges === 0).map(({ reason }) => reason),
  };
}

/** Only part of the scenarios was run: what nothing needed may be needed elsewhere. */
export function isGood(report: Report, options: { readonly partial: boolean }): boolean {
  return (
    report.differences.length === 0 &&
    TOLERATED.length <= MOST_TOLERATED &&
    (options.partial || report.unused.length === 0)
  );
}

function rowOf(area: string, results: readonly StepResult[]): AreaRow {
  const differing = results.filter(({ differences }) => differences.length > 0).length;
  const tolerated = results.filter(
    ({ differences, tolerated }) => differences.length === 0 && tolerated.length > 0,
  ).length;
  return { area, exchanges: results.length, agreeing: results.length - differing - tolerated, tolerated, differing };
}

/** The table, then each difference. */
export function reportText(report: Report): string {
  const head = ['area', 'exchanges', 'agreeing', 'tolerated', 'differing'];
  const rows = [...report.areas, report.total].map((row) =>
    [row.area, row.exchanges, row.agreeing, row.tolerated, row.differing].map(String),
  );
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [
    line(head),
    ...rows.map(line),
    '',
    ...report.tolerated.map(({ reason, exchanges }) => `tolerated (${exchanges}): ${reason}`),
    ...report.unused.map((reason) => `tolerated, but met nowhere: ${reason}`),
    ...differencesText(report.differences),
  ].join('\n');
}

export function differencesText(differences: readonly Difference[]): string[] {
  const lines: string[] = [];
  let heading = '';
  for (const difference of differences) {
    const place = `${difference.area}: ${difference.scenario}: ${difference.step}`;
    if (place !== heading) lines.push('', place);
    heading = place;
    lines.push(`  ${difference.path}`, `    - ${shown(difference.real)}`, `    + ${shown(difference.embedded)}`);
  }
  return lines;
}

const LONGEST = 600;

function shown(value: unknown): string {
  if (value === undefined) return '(nothing)';
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
}
