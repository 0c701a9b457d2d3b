/** What a file of tests has measured, printed as a table when it is over. */
export class Figures {
  readonly #title: string;
  readonly #columns: readonly string[];
  readonly #rows: (readonly string[])[] = [];

  constructor(title: string, columns: readonly string[]) {
    this.#title = title;
    this.#columns = columns;
  }

  add(...cells: readonly string[]): void {
    this.#rows.push(cells);
  }

  /** As Markdown has it. */
  print(): void {
    const rows = [this.#columns, ...this.#rows];
    const widths = this.#columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
    const line = (cells: readonly string[]) =>
      `| ${widths.map((width, index) => (cells[index] ?? '').padEnd(width)).join(' | ')} |`;
    const [head = [], ...body] = rows;
    const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
    process.stdout.write(`\n${this.#title}\n\n${[line(head), rule, ...body.map(line)].join('\n')}\n\n`);
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
