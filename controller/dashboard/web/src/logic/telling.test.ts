import { expect, it } from 'vitest';
import type { ClusterSummary, Overview } from '../../../../../apis/dashboard/v1.ts';
import { announcement } from './announcement.ts';
import { retryDelay, standingOf } from './freshness.ts';
import { remember } from './history.ts';
import { inSight, type Pair, standingOfPair, worstFirst } from './reachability.ts';
import { layout } from './topology-layout.ts';
import { ago, clockTime, counted, duration } from './words.ts';
import { yamlLines } from './yaml-lines.ts';

it('the page says since when it is out of date, and whose fault it is', () => {
  const stale = { state: 'stale', since: '2026-01-01T00:00:00Z', why: 'a watch broke' } as const;
  expect(standingOf({ open: false })).toEqual({ state: 'connecting' });
  expect(standingOf({ open: true, freshness: { state: 'live' } })).toEqual({ state: 'live' });
  expect(standingOf({ open: true, freshness: stale })).toEqual({
    state: 'stale',
    since: Date.parse(stale.since),
    why: 'a watch broke',
  });
  // Without the server nobody knows how fresh its stores are.
  expect(standingOf({ open: false, lostAt: 5, freshness: stale })).toEqual({ state: 'offline', since: 5 });
});

it('a server that is gone is asked less and less often, and not by all pages at once', () => {
  expect([1, 2, 3, 9].map((failures) => retryDelay(failures, 1))).toEqual([1_000, 2_000, 4_000, 15_000]);
  expect(retryDelay(1, 0)).toBe(500);
});

it('a screen reader is told what asks for attention, and not that all goes on as before', () => {
  const before = { standing: 'live' as const, overview: overview(0, 0) };
  expect(announcement(before, { standing: 'live', overview: overview(0, 0) })).toBe('');
  expect(announcement(before, { standing: 'live', overview: overview(1, 3) })).toBe(
    '1 cluster is not ready. 3 objects fail.',
  );
  expect(announcement(before, { ...before, standing: 'offline' })).toBe('The connection to the server is lost.');
  expect(announcement({ ...before, standing: 'connecting' }, before)).toBe('');
  expect(announcement({ standing: 'offline', overview: overview(1, 1) }, before)).toBe(
    'Live again. All clusters are ready. No object fails.',
  );
});

it('figures are kept since the page was opened, one a second at most, for an hour', () => {
  let history = remember(new Map(), [member(3)], 0);
  history = remember(history, [member(4)], 400);
  history = remember(history, [member(5)], 800);
  expect(history.get('earth')).toEqual([{ at: 0, latencyMs: 5 }]);
  for (let second = 1; second < 1_000; second++) history = remember(history, [member(second)], second * 1_000);
  expect(history.get('earth')).toHaveLength(360);
  expect(history.get('earth')?.at(-1)).toEqual({ at: 999_000, latencyMs: 999 });
});

it('ages and times are said as a person would', () => {
  const now = Date.parse('2026-03-04T12:00:00Z');
  expect(['2026-03-04T11:59:58Z', '2026-03-04T11:58:00Z', '2026-03-04T07:03:00Z'].map((at) => ago(at, now))).toEqual([
    'just now',
    '2 min ago',
    '4 h ago',
  ]);
  expect(ago('never', now)).toBe('');
  expect([5, 90, 7_300, 200_000].map(duration)).toEqual(['5 s', '1 min', '2 h 1 min', '2 d 7 h']);
  expect(clockTime('2026-02-01T12:00:00Z', now)).toMatch(/^1 Feb \d\d:\d\d:\d\d$/);
  expect([counted(1, 'cluster'), counted(1_200, 'cluster')]).toEqual(['1 cluster', '1,200 clusters']);
});

it('objects are shown as the YAML that people write, and texts that look like something else in quotes', () => {
  const shown = yamlLines({
    spec: {
      replicas: 3,
      args: ['--a=1', 'plain'],
      script: 'one\ntwo\n',
      paused: 'true',
      version: '1.10',
      none: {},
      list: [],
    },
    kind: 'Deployment',
    metadata: { name: 'web', labels: { 'a.b/c': 'd' } },
  });
  expect(shown).toEqual([
    'kind: Deployment',
    'metadata:',
    '  name: web',
    '  labels:',
    '    a.b/c: d',
    'spec:',
    '  args:',
    '  - "--a=1"',
    '  - plain',
    '  list: []',
    '  none: {}',
    '  paused: "true"',
    '  replicas: 3',
    '  script: |',
    '    one',
    '    two',
    '  version: "1.10"',
  ]);
});

it('of many clusters the matrix shows those that most is amiss with', () => {
  const pairs: Pair[] = [
    { from: 'a', to: 'b', pods: 'yes', services: 'yes' },
    { from: 'c', to: 'd', pods: 'yes', services: 'no' },
    { from: 'b', to: 'a', pods: 'unknown', services: 'yes' },
  ];
  expect(pairs.map(standingOfPair)).toEqual(['yes', 'no', 'unknown']);
  expect(worstFirst(pairs)[0]).toBe(pairs[1]);
  expect(inSight(['a', 'b', 'c', 'd'], pairs, 2)).toEqual(['c', 'd']);
  expect(inSight(['a', 'b', 'c', 'd'], pairs)).toEqual(['a', 'b', 'c', 'd']);
});

it('no box of the topology lies on another or beyond the edge, however many clusters there are', () => {
  for (const number of [1, 3, 5, 17]) {
    const nodes = Array.from({ length: number }, (_, index) => ({ cluster: `c${index}`, ranges: [], gateways: [] }));
    const { width, height, hub, nodes: placed } = layout(nodes, 4);
    const places = [...placed, hub];
    for (const [index, { x, y }] of places.entries()) {
      expect(x > 0 && x < width && y > 0 && y < height).toBe(true);
      for (const other of places.slice(index + 1))
        expect(Math.abs(x - other.x) >= 168 || Math.abs(y - other.y) >= 50).toBe(true);
    }
  }
});

function member(latencyMs: number): ClusterSummary {
  return {
    name: 'earth',
    state: 'ready',
    cordoned: false,
    paused: false,
    labels: {},
    apiEndpoint: '',
    conditions: [],
    ranges: { pods: [], services: [], nodes: [] },
    objects: { ok: 0, progressing: 0, failed: 0, deleting: 0 },
    latencyMs,
  };
}

function overview(notReady: number, failed: number): Overview {
  return {
    clusters: { ready: 2 - notReady, notReady, unknown: 0, leaving: 0 },
    objects: { ok: 10, progressing: 0, failed, deleting: 0 },
    types: [],
    changes: [],
    freshness: { state: 'live' },
    version: '',
  };
}
