import type { ClusterSummary } from '../../../../../apis/dashboard/v1.ts';
import { go, usePlace } from '../live/location.ts';
import { clusterPath } from '../logic/routes.ts';
import { count, counted, duration } from '../logic/words.ts';
import { Page } from '../parts/page.tsx';
import { StateBar, totalOf } from '../parts/state-bar.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { Empty, Shown } from '../parts/told.tsx';
import { useClusters } from './overview-page.tsx';

const DAY = 86_400;
const ORDER: readonly ClusterSummary['state'][] = ['notReady', 'unknown', 'leaving', 'ready'];

export function ClustersPage() {
  const clusters = useClusters();
  const { query } = usePlace();
  const search = new URLSearchParams(query).get('search') ?? '';
  return (
    <Page
      title="Clusters"
      aside={
        <label class="search">
          <span class="unseen">Search clusters</span>
          <input
            type="search"
            placeholder="Name, region or label"
            value={search}
            onInput={({ currentTarget: { value } }) =>
              go(value === '' ? '/clusters' : `/clusters?search=${encodeURIComponent(value)}`, true)
            }
          />
        </label>
      }
    >
      <Shown of={clusters} what="the clusters">
        {({ items, total }) => {
          const found = items.filter((cluster) => matches(cluster, search.toLowerCase()));
          if (total === 0)
            return (
              <Empty title="No cluster has joined yet">
                <p>
                  <code>fedctl join NAME</code> brings the first one in.
                </p>
              </Empty>
            );
          if (found.length === 0) return <Empty title={`None of ${counted(total, 'cluster')} has “${search}” in it`} />;
          return <ClusterTable clusters={found} />;
        }}
      </Shown>
    </Page>
  );
}

function matches({ name, region = '', labels }: ClusterSummary, search: string): boolean {
  const texts = [name, region, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)];
  return texts.some((text) => text.toLowerCase().includes(search));
}

function ClusterTable({ clusters }: { readonly clusters: readonly ClusterSummary[] }) {
  const sorted = clusters.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  return (
    <div class="card flush">
      <table class="table stacked">
        <thead>
          <tr>
            <th scope="col">Cluster</th>
            <th scope="col">State</th>
            <th scope="col">Objects</th>
            <th scope="col" class="right">
              Failed
            </th>
            <th scope="col">Version</th>
            <th scope="col" class="right">
              Latency
            </th>
            <th scope="col" class="right">
              Waiting
            </th>
            <th scope="col" class="right">
              Credentials
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((cluster) => (
            <Row key={cluster.name} of={cluster} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ of: cluster }: { readonly of: ClusterSummary }) {
  const { name, state, message, region, objects, kubernetesVersion, latencyMs, lane, credentialsExpireIn } = cluster;
  const ending = credentialsExpireIn !== undefined && credentialsExpireIn < DAY;
  return (
    <tr>
      <th scope="row">
        <a href={clusterPath(name)}>{name}</a>
        <Flags of={cluster} />
        {region ? <div class="quiet">{region}</div> : undefined}
      </th>
      <td data-name="State">
        <StateMark state={state} />
        {state !== 'ready' && message ? <div class="quiet wrap">{message}</div> : undefined}
      </td>
      <td data-name="Objects">
        <span class="bar-and-number">
          <StateBar counts={objects} /> <span class="number">{count(totalOf(objects))}</span>
        </span>
      </td>
      <td data-name="Failed" class={objects.failed > 0 ? 'right number bad' : 'right number faint'}>
        {count(objects.failed)}
      </td>
      <td data-name="Version" class="number nowrap">
        {kubernetesVersion ?? '–'}
      </td>
      <td data-name="Latency" class="right number nowrap">
        {latencyMs === undefined ? '–' : `${count(Math.round(latencyMs))} ms`}
      </td>
      <td data-name="Waiting" class={lane?.stalled ? 'right number bad' : 'right number'}>
        {lane === undefined ? '–' : count(lane.depth)}
        {lane?.stalled ? ' stalled' : ''}
      </td>
      <td data-name="Credentials" class={ending ? 'right number warn nowrap' : 'right number nowrap'}>
        {credentialsExpireIn === undefined ? 'no end' : duration(credentialsExpireIn)}
      </td>
    </tr>
  );
}

export function Flags({ of: { cordoned, paused } }: { readonly of: Pick<ClusterSummary, 'cordoned' | 'paused'> }) {
  return (
    <>
      {cordoned ? <span class="tag">cordoned</span> : undefined}
      {paused ? <span class="tag">paused</span> : undefined}
    </>
  );
}
