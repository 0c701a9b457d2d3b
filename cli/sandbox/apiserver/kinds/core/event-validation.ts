import type { CoreV1Event } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { invalid, invalidFor, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { immutable } from '../../validation/immutable.ts';
import { isDns1123Subdomain, isQualifiedName } from '../../validation/names.ts';
import type { Typed } from '../built-in-kind.ts';

type Event = DeepReadonly<Typed<CoreV1Event>>;

/** What every Event must meet; stricter once it has an eventTime, which marks those of the newer kind. */
export function validateCoreEvent(event: Event, controllerField: string): FieldError[] {
  const errors = event.eventTime ? validateSeriesEvent(event, controllerField) : validateLegacyEvent(event);
  const namespace = event.metadata.namespace ?? '';
  return [...errors, ...invalidFor('namespace', namespace, isDns1123Subdomain(namespace))];
}

function validateLegacyEvent({ metadata, involvedObject }: Event): FieldError[] {
  const about = involvedObject.namespace ?? '';
  const namespace = metadata.namespace ?? '';
  const agrees = about === '' ? namespace === '' || namespace === 'default' : about === namespace;
  return agrees ? [] : [invalid('involvedObject.namespace', about, 'does not match event.namespace')];
}

function validateSeriesEvent(event: Event, controllerField: string): FieldError[] {
  const { metadata, involvedObject, reportingComponent = '', reportingInstance = '' } = event;
  const errors: FieldError[] = [];
  if (!involvedObject.namespace && metadata.namespace !== 'default' && metadata.namespace !== 'kube-system') {
    errors.push(invalid('involvedObject.namespace', '', 'does not match event.namespace'));
  }
  if (reportingComponent === '') errors.push(required(controllerField));
  errors.push(...invalidFor(controllerField, reportingComponent, isQualifiedName(reportingComponent)));
  errors.push(...bounded('reportingInstance', reportingInstance, 128, true));
  errors.push(...bounded('action', event.action ?? '', 128, true));
  errors.push(...bounded('reason', event.reason ?? '', 128, true));
  errors.push(...bounded('message', event.message ?? '', 1024, false));
  return errors;
}

function bounded(field: string, value: string, maximum: number, isRequired: boolean): FieldError[] {
  if (isRequired && value === '') return [required(field)];
  return Buffer.byteLength(value) > maximum ? [invalid(field, '', `can have at most ${maximum} characters`)] : [];
}

/** Sent to events.k8s.io/v1: only the newer kind of Event. */
export function validateNewEvent(event: Event): FieldError[] {
  const errors = [...validateCoreEvent(event, 'reportingController'), ...validateSeries(event)];
  if (!event.eventTime) errors.push(required('eventTime'));
  if (event.type !== 'Normal' && event.type !== 'Warning') {
    errors.push(invalid('type', '', `has invalid value: ${event.type ?? ''}`));
  }
  const unset = (field: string, isSet: unknown): void => {
    if (isSet) errors.push(invalid(field, '', 'needs to be unset'));
  };
  unset('firstTimestamp', event.firstTimestamp);
  unset('lastTimestamp', event.lastTimestamp);
  unset('count', event.count);
  unset('source', event.source?.component || event.source?.host);
  return errors;
}

const IMMUTABLE_FIELDS = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'reason',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
] as const;

export function validateNewEventUpdate(event: Event, stored: Event): FieldError[] {
  const seriesChanged = immutable('series', event.series, stored.series).length > 0;
  return [
    ...validateCoreEvent(event, 'reportingController'),
    ...(seriesChanged ? validateSeries(event) : []),
    ...IMMUTABLE_FIELDS.flatMap((field) => {
      const name = field === 'reportingComponent' ? 'reportingController' : field;
      return immutable(name, event[field] ?? '', stored[field] ?? '');
    }),
  ];
}

function validateSeries({ series }: Event): FieldError[] {
  if (series === undefined) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [required('series.lastObservedTime')]),
  ];
}
