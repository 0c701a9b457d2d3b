import { useState } from 'preact/hooks';
import type { ReachabilityView } from '../../../../../apis/dashboard/v1.ts';
import { useNow } from '../live/use-now.ts';
import { useResource } from '../live/use-resource.ts';
import { inSight, type Pair, standingOfPair, worstFirst } from '../logic/reachability.ts';
import { ago, count, counted } from '../logic/words.ts';
import { Page } from '../parts/page.tsx';
import { Shape, type Tone } from '../parts/state-mark.tsx';
import { Empty, Shown } from '../parts/told.tsx';

const TONE: Readonly<Record<'yes' | 'no' | 'unknown', Tone>> = { yes: 'ok', no: 'bad', unknown: 'unknown' };
const WORD = { yes: 'reached', no: 'not reached', unknown: 'not known' } as const;

export function ReachabilityPage() {
  const view = useResource<ReachabilityView>('reachability', {
    isTouched: ({ also }) => also.includes('reachability'),
    every: 30_000,
  });
  return (
    <Page title="Reachability">
      <p class="summary">Whether Pods of one cluster reach Pods and Services of another, as probes found.</p>
      <Shown of={view} what="reachability">
        {(known) => <View of={known} />}
      </Shown>
    </Page>
  );
}

function View({ of: { clusters, pairs } }: { readonly of: ReachabilityView }) {
  const [chosen, choose] = useState('');
  if (pairs.length === 0)
    return (
      <Empty title="Nothing was probed yet">
        <p>Probes run between two or more clusters once a MeshConfig asks for them: see docs/reachability.md.</p>
      </Empty>
    );
  const amiss = worstFirst(pairs).filter((pair) => standingOfPair(pair) !== 'yes');
  const selected = pairs.find((pair) => nameOf(pair) === chosen);
  return (
    <>
      <section class="card" aria-labelledby="matrix">
        <h2 id="matrix">
          Matrix <span class="quiet">rows reach for columns</span>
        </h2>
        <Matrix clusters={clusters} pairs={pairs} chosen={chosen} choose={choose} />
        <p class="legend quiet">
          <Shape tone="ok" /> reached <Shape tone="bad" /> not reached <Shape tone="unknown" /> not known. First Pods,
          then Services.
        </p>
        {selected ? <Pairs of={[selected]} /> : undefined}
      </section>
      <section class="card" aria-labelledby="amiss">
        <h2 id="amiss">
          What is amiss <span class="number">{count(amiss.length)}</span>
        </h2>
        {amiss.length === 0 ? <Empty title="All clusters reach each other" /> : <Pairs of={amiss.slice(0, 100)} />}
        {amiss.length > 100 ? <p class="quiet">{counted(amiss.length - 100, 'more pair')} not shown.</p> : undefined}
      </section>
    </>
  );
}

interface MatrixProps {
  readonly clusters: readonly string[];
  readonly pairs: readonly Pair[];
  readonly chosen: string;
  readonly choose: (name: string) => void;
}

function Matrix({ clusters, pairs, chosen, choose }: MatrixProps) {
  const shown = inSight(clusters, pairs);
  const byName = new Map(pairs.map((pair) => [nameOf(pair), pair]));
  return (
    <>
      {shown.length < clusters.length ? (
        <p class="note">
          {shown.length} of {counted(clusters.length, 'cluster')}: those that most is amiss with.
        </p>
      ) : undefined}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Reachability matrix">
        <table class="matrix">
          <thead>
            <tr>
              <td>from ↓ to →</td>
              {shown.map((to) => (
                <th key={to} scope="col">
                  {to}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((from) => (
              <tr key={from}>
                <th scope="row">{from}</th>
                {shown.map((to) => {
                  const pair = byName.get(`${from} ${to}`);
                  if (pair === undefined)
                    return (
                      <td key={to} class="none">
                        <span aria-hidden="true">·</span>
                        <span class="unseen">{from === to ? 'itself' : 'not probed'}</span>
                      </td>
                    );
                  const name = nameOf(pair);
                  return (
                    <td key={to}>
                      <button
                        type="button"
                        class={`pair ${TONE[standingOfPair(pair)]}`}
                        aria-pressed={chosen === name}
                        aria-label={`${from} to ${to}: Pods ${WORD[pair.pods]}, Services ${WORD[pair.services]}`}
                        onClick={() => choose(chosen === name ? '' : name)}
                      >
                        <Shape tone={TONE[pair.pods]} />
                        <Shape tone={TONE[pair.services]} />
                      </button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

function Pairs({ of: pairs }: { readonly of: readonly Pair[] }) {
  const now = useNow();
  return (
    <ul class="pairs">
      {pairs.map((pair) => (
        <li key={nameOf(pair)}>
          <p>
            <strong>
              {pair.from} → {pair.to}
            </strong>{' '}
            <span class={`state ${TONE[pair.pods]}`}>
              <Shape tone={TONE[pair.pods]} /> Pods {WORD[pair.pods]}
            </span>{' '}
            <span class={`state ${TONE[pair.services]}`}>
              <Shape tone={TONE[pair.services]} /> Services {WORD[pair.services]}
            </span>{' '}
            {pair.diagnosis ? <span class="tag">{pair.diagnosis}</span> : undefined}
          </p>
          {pair.message ? <p class="wrap">{pair.message}</p> : undefined}
          <p class="quiet">
            {pair.latencyMs === undefined ? '' : `${pair.latencyMs.toFixed(1)} ms · `}
            {pair.probedAt ? `probed ${ago(pair.probedAt, now)}` : 'not probed yet'}
          </p>
        </li>
      ))}
    </ul>
  );
}

function nameOf({ from, to }: Pair): string {
  return `${from} ${to}`;
}
