import type { CoreV1Event } from '@kubernetes/client-node';
import type { DeepReadonly, KubeObject } from '../../../../../apis/meta/v1.ts';
import { type Cell, columnsOf } from '../../columns/column.ts';
import { age } from '../../columns/human-duration.ts';
import { zeroOf } from '../../encoding/go-encoding.ts';
import { type FieldError, invalid } from '../../errors/status-error.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { validateCoreEvent, validateNewEvent, validateNewEventUpdate } from './event-validation.ts';

type Event = DeepReadonly<Typed<CoreV1Event>>;

const STORAGE_KEY = 'events';
const cells: Readonly<Record<string, Cell<Typed<CoreV1Event>>>> = {
  'Last Seen': lastSeen,
  Type: ({ type }) => type ?? '',
  Reason: ({ reason }) => reason ?? '',
  Object: ({ involvedObject: { kind = '', name } }) => `${kind.toLowerCase()}${name ? `/${name}` : ''}`,
  Subobject: ({ involvedObject }) => involvedObject.fieldPath ?? '',
  Source: ({ source, reportingComponent, reportingInstance }) =>
    [source?.component || reportingComponent, source?.host || reportingInstance].filter(Boolean).join(', '),
  Message: ({ message }) => (message ?? '').trim(),
  'First Seen': firstSeen,
  Count: ({ series, count }) => series?.count ?? (count || 1),
};

export const events = builtInKind<CoreV1Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  createOnUpdate: true,
  storageKey: STORAGE_KEY,
  // Kubernetes checks no more of an Event's name than that it can stand in a path.
  validateName: () => [],
  selectableFields: {
    'involvedObject.kind': ({ involvedObject }) => involvedObject.kind ?? '',
    'involvedObject.namespace': ({ involvedObject }) => involvedObject.namespace ?? '',
    'involvedObject.name': ({ involvedObject }) => involvedObject.name ?? '',
    'involvedObject.uid': ({ involvedObject }) => involvedObject.uid ?? '',
    'involvedObject.apiVersion': ({ involvedObject }) => involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': ({ involvedObject }) => involvedObject.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
    source: ({ source, reportingComponent }) => source?.component || (reportingComponent ?? ''),
    type: ({ type }) => type ?? '',
  },
  columns: columnsOf<Typed<CoreV1Event>>('v1/Event', cells),
  validate: (event) => validateCoreEvent(event, 'reportingComponent'),
  validateUpdate: (event) => validateCoreEvent(event, 'reportingComponent'),
});

/** What events.k8s.io/v1 calls the fields of a core Event. */
interface NewEvent {
  readonly apiVersion?: string;
  readonly note?: string;
  readonly reportingController?: string;
  readonly regarding?: { readonly [field: string]: string | undefined };
  readonly deprecatedSource?: object;
  readonly deprecatedFirstTimestamp?: string | null;
  readonly deprecatedLastTimestamp?: string | null;
  readonly deprecatedCount?: number;
  readonly reason?: string;
  readonly type?: string;
}

const RENAMED: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  reportingComponent: 'reportingController',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
};
const RENAMED_BACK = Object.fromEntries(Object.entries(RENAMED).map(([core, renamed]) => [renamed, core]));
const regarding =
  (field: string) =>
  (event: DeepReadonly<Typed<NewEvent>>): string =>
    event.regarding?.[field] ?? '';

/** The same Events as events.k8s.io/v1 shows them, and takes them: more strictly. */
export const newEvents = builtInKind<NewEvent>({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  createOnUpdate: true,
  storageKey: STORAGE_KEY,
  storageApiVersion: 'v1',
  conversion: { fromStored, toStored },
  selectableFields: {
    'regarding.kind': regarding('kind'),
    'regarding.namespace': regarding('namespace'),
    'regarding.name': regarding('name'),
    'regarding.uid': regarding('uid'),
    'regarding.apiVersion': regarding('apiVersion'),
    'regarding.resourceVersion': regarding('resourceVersion'),
    'regarding.fieldPath': regarding('fieldPath'),
    reason: ({ reason }) => reason ?? '',
    reportingController: ({ reportingController }) => reportingController ?? '',
    type: ({ type }) => type ?? '',
  },
  columns: columnsOf<Typed<NewEvent>>('events.k8s.io/v1/Event', inTermsOfCore()),
  validate: (event) => refusedAsCore(event, validateNewEvent(asCore(event))),
  validateUpdate: (event, stored) => refusedAsCore(event, validateNewEventUpdate(asCore(event), asCore(stored))),
});

/** Kubernetes names the core kind in its refusal, whichever was sent. @throws {StatusError} */
function refusedAsCore(
  { metadata }: DeepReadonly<Typed<NewEvent>>,
  errors: readonly FieldError[],
): readonly FieldError[] {
  if (errors.length === 0) return errors;
  throw invalid({ group: '', kind: 'Event' }, metadata.name ?? '', errors);
}

/** An events.k8s.io/v1 Event from the core Event that is stored. */
function fromStored(stored: DeepReadonly<KubeObject>): KubeObject {
  return rename(stored, RENAMED, 'events.k8s.io/v1', 'io.k8s.api.events.v1.Event');
}

function toStored(object: DeepReadonly<KubeObject>): KubeObject {
  return rename(object, RENAMED_BACK, 'v1', 'io.k8s.api.core.v1.Event');
}

function rename(
  event: DeepReadonly<KubeObject>,
  names: Readonly<Record<string, string>>,
  apiVersion: string,
  type: string,
): KubeObject {
  const renamed: Record<string, unknown> = {};
  const zero = zeroOf(type);
  for (const [field, value] of Object.entries(event)) {
    const name = names[field] ?? field;
    // The one kind writes what is empty where the other leaves it out.
    if (value !== null && (value !== '' || name in zero)) renamed[name] = value;
  }
  // In this order, as everything is kept: lists leave out what they begin with.
  const identity = { apiVersion, kind: 'Event' };
  return { ...identity, ...zero, ...renamed, ...identity } as KubeObject;
}

function asCore(event: DeepReadonly<Typed<NewEvent>>): Event {
  return (event.apiVersion === 'v1' ? event : toStored(event as DeepReadonly<KubeObject>)) as unknown as Event;
}

function inTermsOfCore(): Readonly<Record<string, Cell<Typed<NewEvent>>>> {
  return Object.fromEntries(
    Object.entries(cells).map(([name, cell]) => [
      name,
      (event: DeepReadonly<Typed<NewEvent>>, now: Date) => cell(asCore(event), now),
    ]),
  );
}

function firstSeen({ firstTimestamp, eventTime }: Event, now: Date): string {
  return age(text(firstTimestamp) ?? text(eventTime), now);
}

function lastSeen(event: Event, now: Date): string {
  const { series, lastTimestamp } = event;
  if (series !== undefined) return age(text(series.lastObservedTime), now);
  return text(lastTimestamp) === undefined ? firstSeen(event, now) : age(text(lastTimestamp), now);
}

/** Times are strings on the wire, whatever the borrowed type says. */
function text(time: unknown): string | undefined {
  return typeof time === 'string' ? time : undefined;
}
