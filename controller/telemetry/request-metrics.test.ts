import { describe, expect, it } from 'vitest';
import { RequestMetrics } from './request-metrics.ts';

const samplesIn = (metrics: RequestMetrics, name: string) =>
  metrics
    .text()
    .split('\n')
    .filter((line) => line.startsWith(name) && !line.startsWith(`${name}_bucket`));

describe('requests', () => {
  it('are counted by cluster, verb and answer, with the time that each took', () => {
    const metrics = new RequestMetrics();
    metrics.knows('earth');
    metrics.requested('earth', 'update', 200, 0.004);
    metrics.requested('earth', 'update', 409, 0.006);
    metrics.requested('earth', 'watch', 0, 10);
    expect(samplesIn(metrics, 'fedmesh_api_requests_total{')).toEqual([
      'fedmesh_api_requests_total{cluster="earth",verb="update",code="200"} 1',
      'fedmesh_api_requests_total{cluster="earth",verb="update",code="409"} 1',
      'fedmesh_api_requests_total{cluster="earth",verb="watch",code="<error>"} 1',
    ]);
    const buckets = metrics
      .text()
      .match(/verb="update",le="([^"]+)"\} (\d+)/g)
      ?.slice(2, 5);
    expect(buckets).toEqual([
      'verb="update",le="0.005"} 1',
      'verb="update",le="0.01"} 2',
      'verb="update",le="0.025"} 2',
    ]);
    expect(samplesIn(metrics, 'fedmesh_api_request_duration_seconds_sum')).toEqual([
      'fedmesh_api_request_duration_seconds_sum{cluster="earth",verb="update"} 0.01',
      'fedmesh_api_request_duration_seconds_sum{cluster="earth",verb="watch"} 10',
    ]);
  });

  it('that end after their cluster has left do not bring its series back', () => {
    const metrics = new RequestMetrics();
    metrics.knows('earth');
    metrics.requested('earth', 'get', 200, 0.1);
    metrics.forget('earth');
    metrics.requested('earth', 'get', 0, 0.1);
    expect(metrics.text()).not.toContain('earth');
  });
});

describe('watches', () => {
  it('of one resource are one series: the oldest counts, and all that they keep', () => {
    const metrics = new RequestMetrics();
    metrics.knows('earth');
    const watch = { cluster: 'earth', resource: 'configmaps', state: 'synced', ageMs: 1_000, objects: 3 };
    metrics.watching(watch);
    const end = metrics.watching({ ...watch, ageMs: 90_000, objects: 4 });
    metrics.watching({ ...watch, resource: 'widgets.example.com', state: 'notServed', ageMs: 9_000_000, objects: 0 });
    metrics.watching({ ...watch, cluster: 'gone' });
    const shown = () => samplesIn(metrics, 'fedmesh_watch_age_seconds{');
    expect(shown()).toEqual(['fedmesh_watch_age_seconds{cluster="earth",resource="configmaps"} 90']);
    expect(samplesIn(metrics, 'fedmesh_store_objects{')).toEqual([
      'fedmesh_store_objects{cluster="earth",resource="configmaps"} 7',
      'fedmesh_store_objects{cluster="earth",resource="widgets.example.com"} 0',
    ]);
    end();
    expect(shown()).toEqual(['fedmesh_watch_age_seconds{cluster="earth",resource="configmaps"} 1']);
  });
});
