import type { HeldDeletionList, ReceiptList } from '../../../../../apis/dashboard/v1.ts';
import { useNow } from '../live/use-now.ts';
import { useResource } from '../live/use-resource.ts';
import { clusterPath, objectPath, objectTitle } from '../logic/routes.ts';
import { ago, clockTime, count } from '../logic/words.ts';
import { Page } from '../parts/page.tsx';
import { Empty, Shown } from '../parts/told.tsx';

export function ReceiptsPage() {
  const held = useResource<HeldDeletionList>('held-deletions', {
    isTouched: ({ also }) => also.includes('held-deletions'),
    every: 30_000,
  });
  const receipts = useResource<ReceiptList>('receipts', {
    isTouched: ({ also }) => also.includes('receipts'),
    every: 60_000,
  });
  return (
    <Page title="Receipts">
      <section class="card flush" aria-labelledby="held">
        <h2 id="held">Held deletions</h2>
        <p class="summary">Federated objects that are deleted, and wait for a cluster to let go of its copy.</p>
        <Shown of={held} what="held deletions">
          {({ items }) => <Held items={items} />}
        </Shown>
      </section>
      <section class="card flush" aria-labelledby="receipts">
        <h2 id="receipts">Unjoined clusters</h2>
        <p class="summary">What was removed from clusters that left, and what stayed in them.</p>
        <Shown of={receipts} what="receipts">
          {({ items }) => <Receipts items={items} />}
        </Shown>
      </section>
    </Page>
  );
}

function Held({ items }: HeldDeletionList) {
  const now = useNow();
  if (items.length === 0) return <Empty title="No deletion waits" />;
  return (
    <table class="table stacked">
      <thead>
        <tr>
          <th scope="col">Object</th>
          <th scope="col">Waits for</th>
          <th scope="col">Since</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={objectPath(item)}>
            <th scope="row">
              <a href={objectPath(item)}>{objectTitle(item)}</a>
              <div class="quiet">{item.type.split('.')[0]}</div>
            </th>
            <td data-name="Waits for" class="wide">
              {item.clusters.map(({ cluster, status, message }) => (
                <div key={cluster}>
                  <a href={clusterPath(cluster)}>{cluster}</a> {status}
                  {message ? <span class="quiet"> {message}</span> : undefined}
                </div>
              ))}
            </td>
            <td data-name="Since" class="nowrap" title={clockTime(item.since, now)}>
              {ago(item.since, now)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Receipts({ items }: ReceiptList) {
  const now = useNow();
  if (items.length === 0) return <Empty title="No cluster has been unjoined" />;
  return (
    <table class="table stacked">
      <thead>
        <tr>
          <th scope="col">Cluster</th>
          <th scope="col">When</th>
          <th scope="col">Phase</th>
          <th scope="col" class="right">
            Removed
          </th>
          <th scope="col" class="right">
            Released
          </th>
          <th scope="col">Left behind</th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ name, cluster, at, phase, removed, released, leftBehind }) => (
          <tr key={name}>
            <th scope="row">
              {cluster}
              <div class="quiet">{name}</div>
            </th>
            <td data-name="When" class="nowrap" title={clockTime(at, now)}>
              {ago(at, now)}
            </td>
            <td data-name="Phase">{phase}</td>
            <td data-name="Removed" class="right number">
              {count(removed)}
            </td>
            <td data-name="Released" class="right number">
              {count(released)}
            </td>
            <td data-name="Left behind" class={leftBehind.length > 0 ? 'bad wrap wide' : 'quiet wide'}>
              {leftBehind.length === 0 ? 'nothing' : leftBehind.slice(0, 20).join(', ')}
              {leftBehind.length > 20 ? ` and ${leftBehind.length - 20} more` : ''}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
