import { expect, it } from 'vitest';
import type { Changes, ClusterList, ClusterSummary, ObjectSummary } from '../../../../../apis/dashboard/v1.ts';
import { mergeClusters, mergeRows, touchesCluster, touchesObject } from './merge-changes.ts';

const NONE: Changes = { clusters: [], clustersGone: [], objects: [], objectsGone: [], also: [] };
const COUNTS = { ok: 0, progressing: 0, failed: 0, deleting: 0 };

function cluster(name: string, state: ClusterSummary['state'] = 'ready'): ClusterSummary {
  return {
    name,
    state,
    cordoned: false,
    paused: false,
    labels: {},
    apiEndpoint: '',
    conditions: [],
    ranges: { pods: [], services: [], nodes: [] },
    objects: COUNTS,
  };
}

function object(name: string, state: ObjectSummary['state'] = 'ok'): ObjectSummary {
  return { type: 't', namespace: 'n', name, kind: 'ConfigMap', state, ok: 1, placed: 1, problems: [] };
}

const list: ClusterList = { items: [cluster('earth'), cluster('vulcan')], total: 2, freshness: { state: 'live' } };

it('a member that breaks, joins or leaves is shown at once', () => {
  const clusters = [cluster('vulcan', 'notReady'), cluster('andoria')];
  const merged = mergeClusters(list, { ...NONE, clusters, clustersGone: ['earth'] });
  expect(merged.items.map(({ name, state }) => [name, state])).toEqual([
    ['andoria', 'ready'],
    ['vulcan', 'notReady'],
  ]);
  expect(merged.total).toBe(2);
});

it('changes elsewhere leave what is shown as it is', () => {
  const rows = new Map([[7, object('a')]]);
  expect(mergeClusters(list, { ...NONE, objects: [object('a')] })).toBe(list);
  expect(mergeRows(rows, { ...NONE, clusters: [cluster('earth')] })).toEqual({ rows, stale: false });
});

it('a row in sight changes in its place, and the list is read again for its order', () => {
  const rows = new Map([
    [7, object('a')],
    [8, object('b')],
  ]);
  const merged = mergeRows(rows, { ...NONE, objects: [object('b', 'failed')] });
  expect(merged.rows.get(8)?.state).toBe('failed');
  expect(merged.rows.get(7)).toBe(rows.get(7));
  expect(merged.stale).toBe(true);
  expect(rows.get(8)?.state).toBe('ok');
});

it('a page of one thing is read again only when that thing changed', () => {
  expect(touchesCluster('earth', { ...NONE, clustersGone: ['earth'] })).toBe(true);
  expect(touchesCluster('earth', { ...NONE, clusters: [cluster('vulcan')] })).toBe(false);
  expect(touchesObject(object('a'), { ...NONE, objectsGone: [object('a')] })).toBe(true);
  expect(touchesObject(object('a'), { ...NONE, objects: [{ ...object('a'), namespace: 'other' }] })).toBe(false);
});
