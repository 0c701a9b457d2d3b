import type { EventSummary, ShownCondition } from '../../../../../apis/dashboard/v1.ts';
import { useNow } from '../live/use-now.ts';
import { ago, count } from '../logic/words.ts';
import { Empty } from './told.tsx';

/** The status stands as Kubernetes has it: whether True is good depends on the condition. */
export function Conditions({ of: conditions }: { readonly of: readonly ShownCondition[] }) {
  const now = useNow();
  if (conditions.length === 0) return <Empty title="No conditions yet" />;
  return (
    <div class="scroll">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Condition</th>
            <th scope="col">Status</th>
            <th scope="col">Reason</th>
            <th scope="col">Since</th>
          </tr>
        </thead>
        <tbody>
          {conditions.map(({ type, status, reason, message, lastTransitionTime }) => (
            <tr key={type}>
              <th scope="row">{type}</th>
              <td>{status}</td>
              <td>
                {reason}
                {message ? <div class="quiet wrap">{message}</div> : undefined}
              </td>
              <td class="nowrap">{lastTransitionTime ? ago(lastTransitionTime, now) : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Events({ of: events }: { readonly of: readonly EventSummary[] }) {
  const now = useNow();
  if (events.length === 0) return <Empty title="No events in the last hour" />;
  return (
    <ol class="events">
      {events.map((event) => (
        <li key={`${event.reason} ${event.message}`} class={event.type === 'Warning' ? 'warning' : ''}>
          <span class="when">{ago(event.lastSeen, now)}</span>
          <span>
            <strong>{event.reason}</strong>
            {event.type === 'Warning' ? <span class="tag">Warning</span> : undefined}
            {event.count > 1 ? <span class="quiet"> {count(event.count)} times</span> : undefined}
            <br />
            {event.message}
          </span>
        </li>
      ))}
    </ol>
  );
}
