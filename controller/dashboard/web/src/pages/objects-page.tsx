import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ClusterList, ObjectList, Overview } from '../../../../../apis/dashboard/v1.ts';
import { useDashboard } from '../live/dashboard.ts';
import { go, usePlace } from '../live/location.ts';
import { ObjectRows } from '../live/object-rows.ts';
import { useObserved } from '../live/observed.ts';
import { useResource } from '../live/use-resource.ts';
import { type Filters, filtersOf, isNarrowed, OBJECT_STATES, queryOf } from '../logic/filters.ts';
import { count, counted } from '../logic/words.ts';
import { ObjectTable } from '../parts/object-table.tsx';
import { Page } from '../parts/page.tsx';
import { PickList } from '../parts/pick-list.tsx';
import { Shape, STATE_WORDS, TONES } from '../parts/state-mark.tsx';
import { Empty, Loading, Trouble } from '../parts/told.tsx';

/** While a person types, the list is asked for at rest. */
const TYPING_MS = 150;

export function ObjectsPage() {
  const dashboard = useDashboard();
  const { query } = usePlace();
  const filters = useMemo(() => filtersOf(query), [query]);
  const list = useMemo(
    () => new ObjectRows((path, signal) => dashboard.read<ObjectList>(path, signal), filters),
    [dashboard, filters],
  );
  useEffect(() => {
    const unsubscribe = dashboard.subscribe((event) => list.tell(event));
    list.again();
    return () => {
      unsubscribe();
      list.close();
    };
  }, [dashboard, list]);
  const { total, states, rows, problem } = useObserved(list.shown);
  const change = (changed: Partial<Filters>): void => go(`/objects${queryOf({ ...filters, ...changed })}`, true);

  return (
    <Page
      title="Objects"
      filling
      aside={
        <p class="quiet number" role="status">
          {total === undefined ? '' : isNarrowed(filters) ? `${count(total)} found` : counted(total, 'object')}
        </p>
      }
    >
      <FilterBar filters={filters} states={states} change={change} />
      {total === undefined && problem ? (
        <Trouble problem={problem} again={() => list.again()} />
      ) : total === undefined ? (
        <Loading what="the objects" />
      ) : total === 0 ? (
        <Nothing narrowed={isNarrowed(filters)} />
      ) : (
        <>
          {problem && problem.status !== 0 ? (
            <p class="note warn">This may be out of date: {problem.message}</p>
          ) : undefined}
          <ObjectTable
            key={query}
            total={total}
            rows={rows}
            sort={filters.sort}
            order={filters.order}
            onSort={(sort, order) => change({ sort, order })}
            onWindow={(first, end) => list.want(first, end)}
          />
        </>
      )}
    </Page>
  );
}

function Nothing({ narrowed }: { readonly narrowed: boolean }) {
  if (!narrowed)
    return (
      <Empty title="Nothing is federated yet, or nothing that you may see">
        <p>
          <code>fedctl federate</code> makes a federated object of one that you have.
        </p>
      </Empty>
    );
  return (
    <Empty title="No object matches">
      <a href="/objects">Show all objects</a>
    </Empty>
  );
}

interface FilterBarProps {
  readonly filters: Filters;
  readonly states: ObjectList['states'] | undefined;
  readonly change: (changed: Partial<Filters>) => void;
}

function FilterBar({ filters, states, change }: FilterBarProps) {
  const clusters = useResource<ClusterList>('clusters');
  const overview = useResource<Overview>('overview');
  const names = clusters.state === 'ready' ? clusters.value.items.map(({ name }) => ({ value: name, name })) : [];
  const types =
    overview.state === 'ready' ? overview.value.types.map(({ type, kind }) => ({ value: type, name: kind })) : [];
  return (
    <search class="filters">
      <SearchField value={filters.search} change={(search) => change({ search })} />
      <fieldset class="states">
        <legend class="unseen">States</legend>
        {OBJECT_STATES.map((state) => {
          const chosen = filters.states.includes(state);
          const others = filters.states.filter((other) => other !== state);
          return (
            <button
              key={state}
              type="button"
              class="chip"
              aria-pressed={chosen}
              onClick={() => change({ states: chosen ? others : [...others, state] })}
            >
              <Shape tone={TONES[state]} /> {STATE_WORDS[state]}
              {states ? <span class="number quiet">{count(states[state])}</span> : undefined}
            </button>
          );
        })}
      </fieldset>
      <PickList
        name="Cluster"
        options={names}
        chosen={filters.clusters}
        choose={(chosen) => change({ clusters: chosen })}
      />
      <PickList name="Type" options={types} chosen={filters.types} choose={(chosen) => change({ types: chosen })} />
      {filters.namespace === '' ? undefined : (
        <button type="button" class="chip" aria-pressed="true" onClick={() => change({ namespace: '' })}>
          Namespace {filters.namespace} ×
        </button>
      )}
      {isNarrowed(filters) ? (
        <a class="clear" href="/objects">
          Clear
        </a>
      ) : undefined}
    </search>
  );
}

function SearchField({ value, change }: { readonly value: string; readonly change: (search: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => change(typed), TYPING_MS);
    return () => clearTimeout(timer);
  });
  return (
    <label class="search">
      <span class="unseen">Search objects by namespace and name</span>
      <input
        type="search"
        placeholder="namespace/name"
        value={typed}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      />
    </label>
  );
}
