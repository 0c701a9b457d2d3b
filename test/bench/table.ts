export interface Row {
  readonly what: string;
  /** What the bare client reached in the same run. */
  readonly bare: number | undefined;
  readonly fedmesh: number;
  readonly ratio: string;
  readonly goal: string;
}

/** The rows as a markdown table, columns aligned. */
export function table(rows: readonly Row[]): string {
  const cells = [
    ['', 'bare client', 'Fedmesh', 'ratio', 'goal'],
    ...rows.map((row) => [
      row.what,
      row.bare === undefined ? '' : digits(row.bare),
      digits(row.fedmesh),
      row.ratio,
      row.goal,
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return `${[lines[0], rule, ...lines.slice(1)].join('\n')}\n`;
}

function digits(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
