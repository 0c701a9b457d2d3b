/** Columns as kubectl prints them: upper-case heads, three spaces between, no boxes, nothing after the last cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))));
  return lines
    .map((line) =>
      head
        .map((_, column) => {
          const cell = line[column] ?? '';
          return cell + ' '.repeat((widths[column] ?? 0) - width(cell));
        })
        .join('   ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function width(text: string): number {
  return [...text].length;
}
