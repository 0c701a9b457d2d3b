import { useMemo } from 'preact/hooks';
import type { ObjectDetail, ObjectInCluster, ObjectKey } from '../../../../../apis/dashboard/v1.ts';
import { go, usePlace } from '../live/location.ts';
import { useNow } from '../live/use-now.ts';
import { useResource } from '../live/use-resource.ts';
import { objectsPath } from '../logic/filters.ts';
import { touchesObject } from '../logic/merge-changes.ts';
import { clusterPath, objectPath, objectTitle } from '../logic/routes.ts';
import { ago, counted } from '../logic/words.ts';
import { yamlLines } from '../logic/yaml-lines.ts';
import { Conditions, Events } from '../parts/conditions.tsx';
import { DiffView } from '../parts/diff-view.tsx';
import { Page } from '../parts/page.tsx';
import { Shape, StateMark } from '../parts/state-mark.tsx';
import { Empty, Shown } from '../parts/told.tsx';

export function ObjectPage({ of: key }: { readonly of: ObjectKey }) {
  const object = useResource<ObjectDetail>(objectPath(key).slice(1), {
    isTouched: (changes) => touchesObject(key, changes),
    every: 30_000,
  });
  return (
    <Page
      title={objectTitle(key)}
      aside={object.state === 'ready' ? <StateMark state={object.value.state} /> : undefined}
    >
      <Shown of={object} what={objectTitle(key)}>
        {(known) => <Details of={known} />}
      </Shown>
    </Page>
  );
}

function Details({ of: object }: { readonly of: ObjectDetail }) {
  const { type, kind, namespace, ok, placed, reason, changedAt, federated, conditions, clusters, events } = object;
  const now = useNow();
  const spec = asRecord(federated.spec);
  const { template, placement, overrides } = spec;
  return (
    <>
      <p class="summary">
        <a href={objectsPath({ types: [type] })}>{kind}</a>
        {namespace === undefined ? undefined : (
          <>
            {' '}
            in <a href={objectsPath({ namespace })}>{namespace}</a>
          </>
        )}
        {' · '}as it should be in {ok} of {counted(placed, 'cluster')}
        {reason ? ` · ${reason}` : ''}
        {changedAt ? ` · changed ${ago(changedAt, now)}` : ''}
      </p>
      <section class="card flush" aria-labelledby="clusters">
        <h2 id="clusters">In the clusters</h2>
        <InClusters of={clusters} />
      </section>
      <section class="card" aria-labelledby="compare">
        <h2 id="compare">Compare</h2>
        <Compare template={template} clusters={clusters} />
      </section>
      <div class="columns">
        <div>
          <section class="card" aria-labelledby="placement">
            <h2 id="placement">Placement</h2>
            <Yaml of={placement} none="No placement: it goes nowhere" />
          </section>
          <section class="card" aria-labelledby="overrides">
            <h2 id="overrides">Overrides</h2>
            <Yaml of={overrides} none="None: each cluster gets the template" />
          </section>
          <section class="card" aria-labelledby="template">
            <h2 id="template">Template</h2>
            <Yaml of={template} none="No template" />
          </section>
        </div>
        <div>
          <section class="card" aria-labelledby="conditions">
            <h2 id="conditions">Conditions</h2>
            <Conditions of={conditions} />
          </section>
          <section class="card" aria-labelledby="events">
            <h2 id="events">Events</h2>
            <Events of={events} />
          </section>
          <RemoteStatus of={clusters} />
        </div>
      </div>
    </>
  );
}

function InClusters({ of: clusters }: { readonly of: readonly ObjectInCluster[] }) {
  if (clusters.length === 0) return <Empty title="It is placed on no cluster" />;
  const sorted = clusters.toSorted((a, b) => Number(a.status === '') - Number(b.status === ''));
  return (
    <table class="table stacked">
      <thead>
        <tr>
          <th scope="col">Cluster</th>
          <th scope="col">Status</th>
          <th scope="col">Placed</th>
          <th scope="col">Version on record</th>
        </tr>
      </thead>
      <tbody>
        {sorted.map(({ cluster, placed, status, message, problem, recordedVersion }) => (
          <tr key={cluster}>
            <th scope="row">
              <a href={clusterPath(cluster)}>{cluster}</a>
            </th>
            <td data-name="Status">
              {status === '' ? (
                placed ? (
                  <StateMark state="ok" />
                ) : (
                  <span class="quiet">Not there, as it should be</span>
                )
              ) : (
                <span class="state bad">
                  <Shape tone="bad" />
                  {status}
                </span>
              )}
              {[message, problem].filter(Boolean).map((text) => (
                <div key={text} class="quiet wrap">
                  {text}
                </div>
              ))}
            </td>
            <td data-name="Placed">{placed ? 'yes' : 'no'}</td>
            <td data-name="Version" class="number clip" title={recordedVersion}>
              {recordedVersion ?? '–'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const TEMPLATE = 'template';

/** Two of: the template, and what each cluster is to have. The address says which, so that a link shows the same. */
function Compare({
  template,
  clusters,
}: {
  readonly template: unknown;
  readonly clusters: readonly ObjectInCluster[];
}) {
  const { path, query } = usePlace();
  const params = new URLSearchParams(query);
  const rendered = clusters.filter((one) => one.rendered !== undefined);
  const names = [TEMPLATE, ...rendered.map(({ cluster }) => `cluster:${cluster}`)];
  const amiss = rendered.find(({ status }) => status !== '') ?? rendered[0];
  const left = names.find((name) => name === params.get('left')) ?? TEMPLATE;
  const right = names.find((name) => name === params.get('right')) ?? (amiss ? `cluster:${amiss.cluster}` : TEMPLATE);
  const content = (name: string): unknown =>
    name === TEMPLATE ? template : rendered.find(({ cluster }) => `cluster:${cluster}` === name)?.rendered;
  const leftText = JSON.stringify(content(left));
  const rightText = JSON.stringify(content(right));
  const leftLines = useMemo(() => linesOf(leftText), [leftText]);
  const rightLines = useMemo(() => linesOf(rightText), [rightText]);
  if (rendered.length === 0) return <Empty title="It is rendered for no cluster" />;

  const choose = (side: 'left' | 'right', name: string): void => {
    params.set(side, name);
    go(`${path}?${params}`, true);
  };
  return (
    <>
      <div class="compare">
        <Choice label="Left" names={names} chosen={left} choose={(name) => choose('left', name)} />
        <Choice label="Right" names={names} chosen={right} choose={(name) => choose('right', name)} />
      </div>
      <DiffView leftName={titleOf(left)} rightName={titleOf(right)} left={leftLines} right={rightLines} />
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly names: readonly string[];
  readonly chosen: string;
  readonly choose: (name: string) => void;
}

function Choice({ label, names, chosen, choose }: ChoiceProps) {
  return (
    <label>
      {label}{' '}
      <select value={chosen} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {names.map((name) => (
          <option key={name} value={name}>
            {titleOf(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

function titleOf(name: string): string {
  return name === TEMPLATE ? 'Template' : `As rendered for ${name.slice('cluster:'.length)}`;
}

function linesOf(json: string | undefined): string[] {
  return json === undefined ? [] : yamlLines(JSON.parse(json));
}

function Yaml({ of: value, none }: { readonly of: unknown; readonly none: string }) {
  if (value === undefined) return <p class="quiet">{none}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <pre class="yaml" tabIndex={0}>
      {yamlLines(value).join('\n')}
    </pre>
  );
}

function RemoteStatus({ of: clusters }: { readonly of: readonly ObjectInCluster[] }) {
  const told = clusters.filter(({ remoteStatus }) => remoteStatus !== undefined);
  if (told.length === 0) return null;
  return (
    <section class="card" aria-labelledby="remote">
      <h2 id="remote">Status in the clusters</h2>
      {told.map(({ cluster, remoteStatus }) => (
        <details key={cluster}>
          <summary>{cluster}</summary>
          <Yaml of={remoteStatus} none="" />
        </details>
      ))}
    </section>
  );
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
