import { describe, expect, it } from 'vitest';
import type { KubeObject, ManagedFieldsEntry } from '../../../../apis/meta/v1.ts';
import { builtInSchema } from '../schema/built-in.ts';
import type { Schema } from '../schema/schema.ts';
import { setOfPaths } from './field-set.ts';
import { type TrackedUpdate, trackUpdate } from './track-update.ts';
import { keepTimesOfNoChange } from './unchanged-times.ts';

const START = new Date('2026-01-01T00:00:00.500Z');
const LATER = new Date('2026-01-01T00:01:00Z');

const deployment = builtInSchema('apps', 'v1', 'Deployment');
const configMap = builtInSchema('', 'v1', 'ConfigMap');
const widget: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        atomic: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: { type: 'string' } },
        list: { type: 'array', items: { type: 'string' } },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'integer' } },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'name'],
          items: {
            type: 'object',
            properties: { name: { type: 'string' }, port: { type: 'integer', default: 80 }, v: { type: 'string' } },
          },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  },
};

function track(over: Partial<TrackedUpdate> & Pick<TrackedUpdate, 'next'>): ManagedFieldsEntry[] {
  return trackUpdate({ stored: undefined, schema: configMap, manager: 'ada', apiVersion: 'v1', now: START, ...over });
}

/** An object that `ada` created. */
function created(object: KubeObject, schema = configMap): KubeObject {
  const metadata = { ...object.metadata, uid: 'u' };
  return { ...object, metadata: { ...metadata, managedFields: track({ next: object, schema }) } };
}

function fieldsOf(entries: readonly ManagedFieldsEntry[], manager: string): string {
  return JSON.stringify(entries.find((entry) => entry.manager === manager)?.fieldsV1);
}

function data(values: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'd' }, data: values };
}

describe('who creates an object', () => {
  it('owns all of it, but not what identifies it', () => {
    const next = data({ b: '1', a: '2' });
    expect(track({ next: { ...next, metadata: { ...next.metadata, labels: { x: 'y' } } } })).toEqual([
      {
        manager: 'ada',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:data': { '.': {}, 'f:a': {}, 'f:b': {} },
          'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } },
        },
      },
    ]);
  });

  it('owns the fields in Kubernetes’ order', () => {
    expect(fieldsOf(track({ next: data({ b: '1', a: '2' }) }), 'ada')).toBe('{"f:data":{".":{},"f:a":{},"f:b":{}}}');
  });

  it('is called unknown when it says no name', () => {
    expect(track({ next: data({ a: '1' }), manager: '' })[0]?.manager).toBe('unknown');
  });

  it('owns items by their keys, structs by what is in them', () => {
    const ports = [
      { containerPort: 80, protocol: 'TCP' },
      { containerPort: 9, protocol: 'TCP' },
    ];
    const next: KubeObject = {
      metadata: { name: 'w' },
      spec: {
        strategy: { type: 'Recreate' },
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: {}, spec: { containers: [{ name: 'web', ports, args: ['x'], resources: {} }] } },
      },
      status: {},
    };
    expect(track({ next, schema: deployment })[0]?.fieldsV1).toEqual({
      'f:spec': {
        'f:selector': {},
        'f:strategy': { 'f:type': {} },
        'f:template': {
          'f:spec': {
            'f:containers': {
              'k:{"name":"web"}': {
                '.': {},
                'f:args': {},
                'f:name': {},
                'f:ports': {
                  '.': {},
                  'k:{"containerPort":9,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
                  'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
                },
                'f:resources': {},
              },
            },
          },
        },
      },
    });
  });

  it('owns a custom resource as its schema says', () => {
    const next: KubeObject = {
      metadata: { name: 'w' },
      spec: {
        atomic: { a: '1' },
        list: ['a', 'b'],
        set: [10, 9, 100],
        ports: [{ name: 'a', port: 10 }, { name: 'a', port: 9 }, { name: 'b' }],
        free: { deep: { list: [{}] }, nothing: null },
      },
    };
    expect(fieldsOf(track({ next, schema: widget }), 'ada')).toBe(
      JSON.stringify({
        'f:spec': {
          '.': {},
          'f:atomic': {},
          'f:free': { '.': {}, 'f:deep': { '.': {}, 'f:list': {} }, 'f:nothing': {} },
          'f:list': {},
          'f:ports': {
            '.': {},
            'k:{"name":"a","port":9}': { '.': {}, 'f:name': {}, 'f:port': {} },
            'k:{"name":"a","port":10}': { '.': {}, 'f:name': {}, 'f:port': {} },
            'k:{"name":"b","port":80}': { '.': {}, 'f:name': {} },
          },
          'f:set': { '.': {}, 'v:9': {}, 'v:10': {}, 'v:100': {} },
        },
      }),
    );
  });

  it('owns maps key by key and lists as one where nothing is known of them', () => {
    const next: KubeObject = { metadata: { name: 'w' }, spec: { a: { b: [1] }, c: [{ name: 'x' }] } };
    expect(track({ next, schema: undefined })[0]?.fieldsV1).toEqual({
      'f:spec': { '.': {}, 'f:a': { '.': {}, 'f:b': {} }, 'f:c': {} },
    });
  });

  it('owns items that share a name as one', () => {
    const next: KubeObject = { metadata: { name: 'w' }, spec: { set: [1, 1, 2] } };
    expect(track({ next, schema: widget })[0]?.fieldsV1).toEqual({
      'f:spec': { '.': {}, 'f:set': { '.': {}, 'v:1': {}, 'v:2': {} } },
    });
  });
});

describe('who updates an object', () => {
  const stored = created(data({ a: '1', b: '2' }));

  it('takes what it changes, and what it removes belongs to nobody', () => {
    const next = { ...stored, data: { a: '9', c: '3' } };
    const entries = track({ stored, next, manager: 'bob', now: LATER });
    expect(entries.map(({ manager, time }) => [manager, time])).toEqual([
      ['ada', '2026-01-01T00:00:00Z'],
      ['bob', '2026-01-01T00:01:00Z'],
    ]);
    expect(fieldsOf(entries, 'ada')).toBe('{"f:data":{}}');
    expect(fieldsOf(entries, 'bob')).toBe('{"f:data":{"f:a":{},"f:c":{}}}');
  });

  it('leaves the list itself when it changes nothing, so that no write happens', () => {
    expect(track({ stored, next: structuredClone(stored), manager: 'bob', now: LATER })).toBe(
      stored.metadata.managedFields,
    );
  });

  it('does not lose the owners when it knows nothing of them', () => {
    const { managedFields: _, ...metadata } = stored.metadata;
    expect(track({ stored, next: { ...stored, metadata }, now: LATER })).toBe(stored.metadata.managedFields);
  });

  it('resets them with an empty list, or one of an empty entry; then nobody is tracked', () => {
    for (const managedFields of [[], [{}]]) {
      const next = { ...stored, metadata: { ...stored.metadata, managedFields } };
      expect(track({ stored, next })).toEqual([]);
    }
    const { managedFields: _, ...metadata } = stored.metadata;
    const untracked = { ...stored, metadata };
    expect(track({ stored: untracked, next: { ...untracked, data: { z: '1' } } })).toEqual([]);
  });

  it('may set them, but not to what is malformed', () => {
    const entry = { manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1' };
    const withEntry = (over: object): KubeObject => ({
      ...stored,
      metadata: { ...stored.metadata, managedFields: [{ ...entry, ...over }] },
    });
    const fieldsV1 = { 'f:data': { 'f:b': {}, '.': {}, 'f:a': {} }, 'q:unknown': {} };
    expect(track({ stored, next: withEntry({ fieldsV1 }) })).toEqual([
      { ...entry, fieldsV1: { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } } },
    ]);
    for (const over of [
      { operation: 'Delete' },
      { apiVersion: '' },
      { fieldsType: 'FieldsV2' },
      { fieldsV1: { x: {} } },
    ]) {
      expect(track({ stored, next: withEntry(over) })).toBe(stored.metadata.managedFields);
    }
  });

  it('through status is another owner, and cannot set the owners', () => {
    const metadata = { ...stored.metadata, managedFields: [] };
    const next = { ...stored, metadata, status: { n: 1 } };
    const entries = track({ stored, next, schema: undefined, subresource: 'status', now: LATER });
    expect(entries.map(({ manager, subresource }) => [manager, subresource])).toEqual([
      ['ada', undefined],
      ['ada', 'status'],
    ]);
  });

  it('does not own what the endpoint does not write', () => {
    const next = { ...stored, data: { ...(stored.data as object), a: '9' }, status: { n: 1 } };
    const entries = track({ stored, next, schema: undefined, manager: 'bob', resetFields: setOfPaths(['f:status']) });
    expect(fieldsOf(entries, 'bob')).toBe('{"f:data":{"f:a":{}}}');
  });

  it('leaves whoever owned a part of what has become atomic the whole of it', () => {
    const before: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const object = created({ metadata: { name: 'w' }, spec: { atomic: { a: '1', b: '2' }, list: ['x'] } }, before);
    const granular = { 'f:spec': { '.': {}, 'f:atomic': { '.': {}, 'f:a': {}, 'f:b': {} }, 'f:list': {} } };
    expect(object.metadata.managedFields?.[0]?.fieldsV1).toEqual(granular);
    const next = { ...object, spec: { ...(object.spec as object), list: ['y'] } };
    const entries = track({ stored: object, next, schema: widget, manager: 'bob' });
    expect(fieldsOf(entries, 'ada')).toBe('{"f:spec":{".":{},"f:atomic":{}}}');
  });

  it('is one of at most ten: the oldest become ancient-changes', () => {
    let object = stored;
    for (let index = 0; index < 14; index++) {
      const next: KubeObject = { ...object, data: { ...(object.data as object), [`key${index}`]: 'x' } };
      const now = new Date(LATER.getTime() + index * 1_000);
      const managedFields = track({ stored: object, next, manager: `m${index}`, now });
      object = { ...next, metadata: { ...next.metadata, managedFields } };
    }
    const managers = object.metadata.managedFields?.map(({ manager }) => manager);
    expect(managers).toEqual(['ancient-changes', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', 'm11', 'm12', 'm13']);
    expect(fieldsOf(object.metadata.managedFields ?? [], 'ancient-changes')).toContain('"f:key4":{}');
  });
});

describe('times', () => {
  const stored = created(data({ a: '1' }));

  it('stay when nothing else changed', () => {
    const entry = { ...stored.metadata.managedFields?.[0], time: '2026-01-01T05:00:00Z' };
    const next = { ...stored, metadata: { ...stored.metadata, managedFields: [entry] } };
    keepTimesOfNoChange(stored, next);
    expect(next.metadata.managedFields).toBe(stored.metadata.managedFields);
  });

  it('change when the object did', () => {
    const entry = { ...stored.metadata.managedFields?.[0], time: '2026-01-01T05:00:00Z' };
    const next = { ...stored, data: { a: '2' }, metadata: { ...stored.metadata, managedFields: [entry] } };
    keepTimesOfNoChange(stored, next);
    expect(next.metadata.managedFields).toEqual([entry]);
  });
});
