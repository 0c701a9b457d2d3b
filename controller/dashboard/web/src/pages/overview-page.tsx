import type { Change, ClusterList, ClusterSummary, MemberState, Overview } from '../../../../../apis/dashboard/v1.ts';
import { useDashboard } from '../live/dashboard.ts';
import { useNow } from '../live/use-now.ts';
import { useResource } from '../live/use-resource.ts';
import { objectsPath } from '../logic/filters.ts';
import { mergeClusters } from '../logic/merge-changes.ts';
import { clusterPath, objectPath, objectTitle } from '../logic/routes.ts';
import { ago, clockTime, count, counted } from '../logic/words.ts';
import { Page } from '../parts/page.tsx';
import { StateBar, StateCounts, totalOf } from '../parts/state-bar.tsx';
import { Shape, STATE_WORDS, TONES } from '../parts/state-mark.tsx';
import { Empty, Shown } from '../parts/told.tsx';

const MEMBER_STATES: readonly MemberState[] = ['notReady', 'unknown', 'leaving', 'ready'];

export function OverviewPage() {
  const overview = useResource<Overview>('overview', { isTouched: () => true });
  const clusters = useClusters();
  return (
    <Page title="Overview">
      <section class="card" aria-labelledby="members">
        <h2 id="members">Members</h2>
        <Shown of={clusters} what="the members">
          {({ items }) => <MemberMap clusters={items} />}
        </Shown>
      </section>
      <Shown of={overview} what="the overview">
        {(known) => (
          <div class="columns">
            <div>
              <Objects of={known} />
            </div>
            <section class="card" aria-labelledby="changes">
              <h2 id="changes">What changed in the last hour</h2>
              <ChangeLog changes={known.changes} />
            </section>
          </div>
        )}
      </Shown>
    </Page>
  );
}

export function useClusters() {
  const dashboard = useDashboard();
  const clusters = useResource<ClusterList>('clusters', { merge: mergeClusters, every: 30_000 });
  if (clusters.state === 'ready') dashboard.noteClusters(clusters.value.items);
  return clusters;
}

/** Beyond so many, members that are well are no more than their name. */
const MANY = 40;

/** Each member as a tile, those that ask for attention first. */
function MemberMap({ clusters }: { readonly clusters: readonly ClusterSummary[] }) {
  if (clusters.length === 0)
    return (
      <Empty title="No cluster has joined yet">
        <p>
          <code>fedctl join NAME</code> brings the first one in.
        </p>
      </Empty>
    );
  const sorted = clusters.toSorted((a, b) => MEMBER_STATES.indexOf(a.state) - MEMBER_STATES.indexOf(b.state));
  return (
    <>
      <ul class="member-counts">
        {MEMBER_STATES.map((state) => {
          const members = clusters.filter((cluster) => cluster.state === state).length;
          return members === 0 ? undefined : (
            <li key={state}>
              <Shape tone={TONES[state]} /> <span class="number">{count(members)}</span> {STATE_WORDS[state]}
            </li>
          );
        })}
      </ul>
      <ul class={clusters.length > MANY ? 'member-map many' : 'member-map'}>
        {sorted.map((cluster) => (
          <li key={cluster.name}>
            <Tile of={cluster} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Tile({ of: cluster }: { readonly of: ClusterSummary }) {
  const { name, state, region, message, objects, cordoned, paused } = cluster;
  const flags = [cordoned ? 'cordoned' : '', paused ? 'paused' : ''].filter((flag) => flag !== '');
  return (
    <a class={`tile ${TONES[state]}`} href={clusterPath(name)}>
      <span class="tile-head">
        <span class="tile-name">{name}</span>
        <Shape tone={TONES[state]} />
        <span class="unseen">{STATE_WORDS[state]}</span>
      </span>
      <span class="quiet">{[region, ...flags].filter(Boolean).join(' · ')}</span>
      <StateBar counts={objects} />
      <span class="tile-count">
        {objects.failed > 0 ? (
          <strong>
            {count(objects.failed)} of {count(totalOf(objects))} failed
          </strong>
        ) : (
          counted(totalOf(objects), 'object')
        )}
      </span>
      {state !== 'ready' && message ? (
        <span class="tile-message" title={message}>
          {message}
        </span>
      ) : undefined}
    </a>
  );
}

function Objects({ of: { objects, types } }: { readonly of: Overview }) {
  const total = totalOf(objects);
  return (
    <section class="card" aria-labelledby="objects">
      <h2 id="objects">
        Federated objects <span class="number">{count(total)}</span>
      </h2>
      {total === 0 ? (
        <Empty title="Nothing is federated yet">
          <p>
            <code>fedctl federate</code> makes a federated object of one that you have.
          </p>
        </Empty>
      ) : (
        <>
          <StateBar counts={objects} />
          <StateCounts counts={objects} />
          <TypeTable types={types} />
        </>
      )}
    </section>
  );
}

function TypeTable({ types }: { readonly types: Overview['types'] }) {
  return (
    <table class="table type-table">
      <thead>
        <tr>
          <th scope="col">Type</th>
          <th scope="col" class="right">
            Failed
          </th>
          <th scope="col" class="right">
            Progressing
          </th>
          <th scope="col" class="right">
            All
          </th>
        </tr>
      </thead>
      <tbody>
        {types.map(({ type, kind, objects }) => (
          <tr key={type}>
            <th scope="row">
              <a href={objectsPath({ types: [type] })}>{kind}</a>
            </th>
            <td class={objects.failed > 0 ? 'right number bad' : 'right number faint'}>{count(objects.failed)}</td>
            <td class={objects.progressing > 0 ? 'right number' : 'right number faint'}>
              {count(objects.progressing)}
            </td>
            <td class="right number">{count(totalOf(objects))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ChangeLog({ changes }: { readonly changes: readonly Change[] }) {
  const now = useNow();
  if (changes.length === 0) return <Empty title="Nothing changed" />;
  return (
    <ol class="events">
      {changes.map((change) => {
        const { at, about, from, to, message } = change;
        const isCluster = 'cluster' in about;
        const title = isCluster ? about.cluster : objectTitle(about);
        return (
          <li key={`${at} ${title} ${to}`}>
            <time class="when" dateTime={at} title={clockTime(at, now)}>
              {ago(at, now)}
            </time>
            <span>
              <a href={isCluster ? clusterPath(about.cluster) : objectPath(about)}>{title}</a>{' '}
              <span class="quiet">{isCluster ? 'cluster' : kindOf(about.type)}</span>
              <br />
              {from ? (
                <>
                  <Word of={from} /> <span aria-hidden="true">→</span>
                  <span class="unseen">became</span>{' '}
                </>
              ) : undefined}
              <Word of={to} />
              {message ? <span class="quiet">: {message}</span> : undefined}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

/** A state that has a shape is shown with it, other words as they are. */
function Word({ of: word }: { readonly of: string }) {
  const state = Object.entries(STATE_WORDS).find(([name]) => name === word);
  if (state === undefined) return <span>{word}</span>;
  const tone = Object.entries(TONES).find(([name]) => name === word)?.[1] ?? 'unknown';
  return (
    <span class={`state ${tone}`}>
      <Shape tone={tone} />
      {state[1]}
    </span>
  );
}

/** `federateddeployments.types.kubefed.io` → `federateddeployments`. */
function kindOf(type: string): string {
  return type.split('.')[0] ?? type;
}
