import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ObjectSummary } from '../../../../../apis/dashboard/v1.ts';
import { go } from '../live/location.ts';
import { NARROW, useMatches } from '../live/use-matches.ts';
import { useNow } from '../live/use-now.ts';
import type { Sort } from '../logic/filters.ts';
import { objectPath } from '../logic/routes.ts';
import { scrollTopFor, virtualWindow } from '../logic/virtual-window.ts';
import { ago, count } from '../logic/words.ts';
import { StateMark } from './state-mark.tsx';

interface ObjectTableProps {
  readonly total: number;
  /** Those that are loaded, by their place. */
  readonly rows: ReadonlyMap<number, ObjectSummary>;
  readonly sort: Sort;
  readonly order: 'asc' | 'desc';
  readonly onSort: (sort: Sort, order: 'asc' | 'desc') => void;
  readonly onWindow: (first: number, end: number) => void;
}

const COLUMNS: readonly { readonly name: string; readonly sort?: Sort }[] = [
  { name: 'State', sort: 'state' },
  { name: 'Name', sort: 'name' },
  { name: 'Type', sort: 'type' },
  { name: 'Clusters' },
  { name: 'What is amiss' },
  { name: 'Changed', sort: 'changed' },
];

/** Of a row: one line, on a phone three. The style sheet says the same. */
const ROW = 32;
const NARROW_ROW = 68;

/** A table of any length: only the rows in sight, and a few beyond, are in the document. */
export function ObjectTable({ total, rows, sort, order, onSort, onWindow }: ObjectTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState({ scrollTop: 0, viewport: 600 });
  const [active, setActive] = useState(-1);
  const rowHeight = useMatches(NARROW) ? NARROW_ROW : ROW;
  const now = useNow(10_000);
  const geometry = { total, rowHeight, ...scrolled };
  const { first, end, top, height } = virtualWindow(geometry);

  useLayoutEffect(() => {
    const { current } = scroller;
    if (!current) return;
    const measure = (): void => setScrolled({ scrollTop: current.scrollTop, viewport: current.clientHeight });
    const resized = new ResizeObserver(measure);
    resized.observe(current);
    measure();
    return () => resized.disconnect();
  }, []);
  useEffect(() => onWindow(first, end), [first, end, onWindow]);

  function move(to: number): void {
    const row = Math.min(total - 1, Math.max(0, to));
    const { current } = scroller;
    setActive(row);
    if (!current) return;
    current.scrollTop = scrollTopFor(row, { ...geometry, scrollTop: current.scrollTop });
    setScrolled({ scrollTop: current.scrollTop, viewport: current.clientHeight });
  }

  function onKeyDown(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(scrolled.viewport / rowHeight) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: total - 1,
    };
    const to = steps[event.key];
    const chosen = rows.get(active);
    if (to !== undefined) move(to);
    else if (event.key === 'Enter' && chosen) go(objectPath(chosen));
    else return;
    event.preventDefault();
  }

  const places = Array.from({ length: end - first }, (_, index) => first + index);
  const inSight = active >= first && active < end;
  return (
    // Not a table: rows are placed one by one, which a table's layout does not allow
    <div
      class="grid"
      role="grid"
      aria-label="Federated objects"
      aria-rowcount={total + 1}
      aria-colcount={COLUMNS.length}
      aria-activedescendant={inSight ? `row-${active}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" class="grid-head">
        <div role="row" aria-rowindex={1} class="grid-row">
          {COLUMNS.map((column) => (
            <HeadCell key={column.name} of={column} sort={sort} order={order} onSort={onSort} />
          ))}
        </div>
      </div>
      <div
        class="grid-body"
        role="presentation"
        ref={scroller}
        onScroll={({ currentTarget: { scrollTop, clientHeight } }) =>
          setScrolled({ scrollTop, viewport: clientHeight })
        }
      >
        <div role="rowgroup" class="grid-height" style={{ height: `${height}px` }}>
          {places.map((place, index) => (
            <Row
              key={place}
              place={place}
              object={rows.get(place)}
              top={top + index * rowHeight}
              active={place === active}
              now={now}
              onChoose={() => setActive(place)}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface HeadCellProps extends Pick<ObjectTableProps, 'sort' | 'order' | 'onSort'> {
  readonly of: (typeof COLUMNS)[number];
}

function HeadCell({ of: column, sort, order, onSort }: HeadCellProps) {
  const own = column.sort;
  const sorted = own !== undefined && own === sort;
  const direction = order === 'asc' ? 'ascending' : 'descending';
  return (
    <div role="columnheader" aria-sort={sorted ? direction : undefined}>
      {own === undefined ? (
        column.name
      ) : (
        <button
          type="button"
          onClick={() => onSort(own, sorted && order === 'asc' ? 'desc' : 'asc')}
          onKeyDown={(event) => event.stopPropagation()}
        >
          {column.name}
          <span aria-hidden="true">{sorted ? (order === 'asc' ? ' ↑' : ' ↓') : ''}</span>
        </button>
      )}
    </div>
  );
}

interface RowProps {
  readonly place: number;
  /** Undefined while it is read. */
  readonly object: ObjectSummary | undefined;
  readonly top: number;
  readonly active: boolean;
  readonly now: number;
  readonly onChoose: () => void;
}

function Row({ place, object, top, active, now, onChoose }: RowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid takes the keys for its rows
    <div
      role="row"
      id={`row-${place}`}
      aria-rowindex={place + 2}
      aria-selected={active}
      class={active ? 'grid-row active' : 'grid-row'}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onChoose}
    >
      {object ? (
        <Cells of={object} now={now} />
      ) : (
        <div role="gridcell" class="waiting">
          …
        </div>
      )}
    </div>
  );
}

function Cells({ of: object, now }: { readonly of: ObjectSummary; readonly now: number }) {
  const { state, kind, namespace, name, ok, placed, problems, reason, changedAt } = object;
  const [problem] = problems;
  const amiss = problem
    ? `${problem.cluster}: ${problem.status}${problem.message ? `, ${problem.message}` : ''}`
    : state === 'ok'
      ? ''
      : (reason ?? '');
  return (
    <>
      <div role="gridcell" class="cell-state">
        <StateMark state={state} />
      </div>
      <div role="gridcell" class="cell-name">
        <a href={objectPath(object)} tabIndex={-1} title={namespace ? `${namespace}/${name}` : name}>
          {namespace ? <span class="quiet">{namespace}/</span> : undefined}
          {name}
        </a>
      </div>
      <div role="gridcell" class="cell-kind">
        {kind}
      </div>
      <div role="gridcell" class={ok < placed ? 'cell-clusters number bad' : 'cell-clusters number'}>
        {count(ok)}/{count(placed)}
      </div>
      <div role="gridcell" class="cell-amiss quiet" title={amiss}>
        {problems.length > 1 ? <span class="tag">{problems.length} clusters</span> : undefined}
        {amiss}
      </div>
      <div role="gridcell" class="cell-changed number quiet">
        {changedAt ? ago(changedAt, now) : ''}
      </div>
    </>
  );
}
