import type { ComponentChildren } from 'preact';
import type { ClusterDetail } from '../../../../../apis/dashboard/v1.ts';
import { useDashboard } from '../live/dashboard.ts';
import { useObserved } from '../live/observed.ts';
import { useResource } from '../live/use-resource.ts';
import { objectsPath } from '../logic/filters.ts';
import { touchesCluster } from '../logic/merge-changes.ts';
import { count, duration } from '../logic/words.ts';
import { Conditions, Events } from '../parts/conditions.tsx';
import { Page } from '../parts/page.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { StateBar, StateCounts, totalOf } from '../parts/state-bar.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { Shown } from '../parts/told.tsx';
import { Flags } from './clusters-page.tsx';

export function ClusterPage({ name }: { readonly name: string }) {
  const dashboard = useDashboard();
  const cluster = useResource<ClusterDetail>(`clusters/${encodeURIComponent(name)}`, {
    isTouched: (changes) => touchesCluster(name, changes),
    merge: (known, { clusters }) => ({ ...known, ...clusters.find((one) => one.name === name) }),
    every: 10_000,
  });
  if (cluster.state === 'ready') dashboard.noteClusters([cluster.value]);
  return (
    <Page
      title={name}
      aside={
        cluster.state === 'ready' ? (
          <>
            <StateMark state={cluster.value.state} />
            <Flags of={cluster.value} />
          </>
        ) : undefined
      }
    >
      <Shown of={cluster} what={name}>
        {(known) => <Details of={known} />}
      </Shown>
    </Page>
  );
}

function Details({ of: cluster }: { readonly of: ClusterDetail }) {
  const { name, state, message, objects, conditions, events } = cluster;
  return (
    <>
      {state !== 'ready' && message ? (
        <p class={state === 'notReady' ? 'note bad' : 'note warn'}>{message}</p>
      ) : undefined}
      <div class="columns">
        <div>
          <section class="card" aria-labelledby="facts">
            <h2 id="facts">Facts</h2>
            <Facts of={cluster} />
          </section>
          <section class="card" aria-labelledby="placed">
            <h2 id="placed">
              Objects placed here{' '}
              <a class="number" href={objectsPath({ clusters: [name] })}>
                {count(totalOf(objects))}
              </a>
            </h2>
            <StateBar counts={objects} />
            <StateCounts counts={objects} within={{ clusters: [name] }} />
          </section>
        </div>
        <div>
          <Seen name={name} />
          <section class="card" aria-labelledby="conditions">
            <h2 id="conditions">Conditions</h2>
            <Conditions of={conditions} />
          </section>
          <section class="card" aria-labelledby="events">
            <h2 id="events">Events</h2>
            <Events of={events} />
          </section>
        </div>
      </div>
    </>
  );
}

function Facts({ of: cluster }: { readonly of: ClusterDetail }) {
  const { apiEndpoint, kubernetesVersion, region, zones = [], ranges, labels, credentialsExpireIn, lane } = cluster;
  return (
    <dl class="facts">
      <Fact name="API endpoint">
        <code>{apiEndpoint}</code>
      </Fact>
      <Fact name="Kubernetes">{kubernetesVersion ?? 'not known yet'}</Fact>
      <Fact name="Region, zones">{[region, ...zones].filter(Boolean).join(', ') || 'none'}</Fact>
      <Fact name="Pod ranges">{codes(ranges.pods)}</Fact>
      <Fact name="Service ranges">{codes(ranges.services)}</Fact>
      <Fact name="Node ranges">{codes(ranges.nodes)}</Fact>
      <Fact name="Credentials">
        {credentialsExpireIn === undefined
          ? 'do not end'
          : credentialsExpireIn <= 0
            ? 'have ended'
            : `end in ${duration(credentialsExpireIn)}`}
      </Fact>
      <Fact name="Writes waiting">
        {lane === undefined
          ? 'not known to this replica: it does not lead'
          : lane.depth === 0
            ? 'none'
            : `${count(lane.depth)}, the oldest for ${duration(lane.oldestSeconds)}${lane.stalled ? ', stalled' : ''}`}
      </Fact>
      <Fact name="Labels">
        {Object.keys(labels).length === 0
          ? 'none'
          : Object.entries(labels).map(([key, value]) => (
              <code key={key} class="label">
                {key}={value}
              </code>
            ))}
      </Fact>
    </dl>
  );
}

function codes(ranges: readonly string[]): ComponentChildren {
  if (ranges.length === 0) return 'not known';
  return ranges.map((range) => (
    <code key={range} class="label">
      {range}
    </code>
  ));
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What was seen of it since the page was opened; nothing is kept beyond that. */
function Seen({ name }: { readonly name: string }) {
  const samples = useObserved(useDashboard().history).get(name) ?? [];
  return (
    <section class="card" aria-labelledby="seen">
      <h2 id="seen">Since you opened the page</h2>
      <div class="sparklines">
        <Sparkline title="Latency" unit="ms" samples={samples.map(({ at, latencyMs }) => ({ at, value: latencyMs }))} />
        <Sparkline title="Writes waiting" unit="" samples={samples.map(({ at, depth }) => ({ at, value: depth }))} />
      </div>
    </section>
  );
}
