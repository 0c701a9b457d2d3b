import { useMemo, useState } from 'preact/hooks';
import { type DiffRow, diffLines } from '../logic/diff.ts';
import { counted } from '../logic/words.ts';

interface DiffViewProps {
  readonly leftName: string;
  readonly rightName: string;
  readonly left: readonly string[];
  readonly right: readonly string[];
}

/** Lines that are alike around a difference stay in sight. */
const AROUND = 3;

/** Two texts side by side, on a phone one below the other; what is alike is folded away until it is asked for. */
export function DiffView({ leftName, rightName, left, right }: DiffViewProps) {
  const rows = useMemo(() => diffLines(left, right), [left, right]);
  const [whole, setWhole] = useState(false);
  const differing = rows.filter(({ kind }) => kind !== 'same').length;
  const blocks = useMemo(() => (whole ? [rows] : folded(rows)), [rows, whole]);
  return (
    <>
      <p class="diff-told">
        {differing === 0 ? 'They are the same.' : `${counted(differing, 'line differs', 'lines differ')}.`}{' '}
        <button type="button" aria-pressed={whole} onClick={() => setWhole(!whole)}>
          {whole ? 'Only what differs' : 'All lines'}
        </button>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="scroll" tabIndex={0} aria-label={`${leftName} and ${rightName}`}>
        <table class="diff">
          <colgroup>
            <col class="line" />
            <col />
            <col class="line" />
            <col />
          </colgroup>
          <thead>
            <tr>
              <th colSpan={2} scope="col">
                {leftName}
              </th>
              <th colSpan={2} scope="col">
                {rightName}
              </th>
            </tr>
          </thead>
          {blocks.map((block) => (
            <tbody key={`${block[0]?.left?.line} ${block[0]?.right?.line}`}>
              {block.map((row) => (
                <Line key={`${row.left?.line} ${row.right?.line}`} of={row} />
              ))}
            </tbody>
          ))}
        </table>
      </section>
    </>
  );
}

function Line({ of: { kind, left, right } }: { readonly of: DiffRow }) {
  const gone = kind === 'changed' || kind === 'removed';
  const come = kind === 'changed' || kind === 'added';
  return (
    <tr class={kind}>
      <td class="line">{left?.line}</td>
      <td class={gone ? 'left removed' : 'left'}>
        {gone ? <span class="sign">−</span> : undefined}
        {left?.text}
      </td>
      <td class="line">{right?.line}</td>
      <td class={come ? 'right-side added' : 'right-side'}>
        {come ? <span class="sign">+</span> : undefined}
        {right?.text}
      </td>
    </tr>
  );
}

/** The differences with what is around them. */
function folded(rows: readonly DiffRow[]): DiffRow[][] {
  const blocks: DiffRow[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  const differing = rows.flatMap(({ kind }, index) => (kind === 'same' ? [] : [index]));
  const shown = new Set(
    differing.flatMap((index) => Array.from({ length: 2 * AROUND + 1 }, (_, i) => index - AROUND + i)),
  );
  for (const [index, row] of rows.entries()) {
    if (!shown.has(index)) continue;
    if (index === last + 1) blocks.at(-1)?.push(row);
    else blocks.push([row]);
    last = index;
  }
  return blocks;
}
