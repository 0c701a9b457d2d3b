import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

async function linesOf(metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> {
  const text = await metrics.text();
  return text.split('\n').filter((line) => line.startsWith(name) && !line.includes('_bucket'));
}

describe('metrics', () => {
  it('show each cluster in one state at a time, and no longer once it has left', async () => {
    const metrics = createMetrics();
    metrics.clusterObserver.state('earth', 'ready');
    metrics.clusterObserver.state('vulcan', 'ready');
    metrics.clusterObserver.state('vulcan', 'offline');
    expect(await linesOf(metrics, 'kubefedcluster_total{')).toEqual([
      'kubefedcluster_total{state="ready",cluster="earth"} 1',
      'kubefedcluster_total{state="notready",cluster="earth"} 0',
      'kubefedcluster_total{state="offline",cluster="earth"} 0',
      'kubefedcluster_total{state="ready",cluster="vulcan"} 0',
      'kubefedcluster_total{state="notready",cluster="vulcan"} 0',
      'kubefedcluster_total{state="offline",cluster="vulcan"} 1',
    ]);
    expect(await linesOf(metrics, 'joined_cluster_total ')).toEqual(['joined_cluster_total 2']);
    metrics.clusterObserver.left('vulcan');
    expect(await linesOf(metrics, 'joined_cluster_total ')).toEqual(['joined_cluster_total 1']);
    expect((await metrics.text()).includes('vulcan')).toBe(false);
  });

  it('count reconciles by controller and result, and how many run', async () => {
    const { reconcileObserver, ...metrics } = createMetrics();
    reconcileObserver.controllerStarted('types', 4);
    reconcileObserver.controllerStarted('idle', 1);
    for (const outcome of ['success', 'error', 'terminal_error', 'requeue_after']) {
      reconcileObserver.reconcileStarted('types');
      reconcileObserver.reconcileEnded('types', outcome, 0.02);
    }
    reconcileObserver.reconcileStarted('types');
    const text = await metrics.text();
    expect(text).toContain('controller_runtime_reconcile_total{controller="types",result="success"} 1');
    expect(text).toContain('controller_runtime_reconcile_errors_total{controller="types"} 2');
    expect(text).toContain('controller_runtime_active_workers{controller="types"} 1');
    expect(text).toContain('controller_runtime_reconcile_duration_seconds_count{controller="types"} 4');
    expect(text).toContain('controller_runtime_reconcile_time_seconds_count{controller="types"} 4');
    expect(text).toContain('controller_runtime_reconcile_total{controller="types",result="error"} 2');
    expect(text).toContain('controller_runtime_reconcile_total{controller="types",result="needs_recheck"} 1');
    expect(text).toContain('controller_runtime_max_concurrent_reconciles{controller="types"} 4');
    expect(text).toContain('controller_runtime_reconcile_errors_total{controller="idle"} 0');
    expect(text).toContain('controller_runtime_reconcile_quantile_seconds{quantile="0.5",controller="types"} 0.02');
  });

  it('bear the names that dashboards made for KubeFed ask for', async () => {
    const metrics = createMetrics();
    metrics.syncObserver.reconciled('deployments.apps', 0.003);
    metrics.syncObserver.dispatched('create', 0.003);
    metrics.syncObserver.dispatched('remove', 0.003);
    metrics.clusterObserver.joining('earth', 10);
    metrics.clusterObserver.joined('earth', 12);
    metrics.clusterObserver.joined('earth', 99);
    metrics.clusterObserver.probed(0.01);
    metrics.clusterObserver.connected(0.01);
    metrics.clusterObserver.unjoined(3);
    const text = await metrics.text();
    for (const series of [
      'reconcile_federated_resources_duration_seconds_count 1',
      'dispatch_operation_duration_seconds_count{action="create"} 1',
      'dispatch_operation_duration_seconds_count{action="delete"} 1',
      'join_cluster_duration_seconds_sum 2',
      'join_cluster_duration_seconds_count 1',
      'cluster_health_status_duration_seconds_count 1',
      'cluster_client_connection_duration_seconds_count 1',
      'unjoin_cluster_duration_seconds_sum 3',
      'process_resident_memory_bytes',
    ]) {
      expect(text).toContain(series);
    }
  });

  it('of two controllers in one process do not mix', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.clusterObserver.state('earth', 'ready');
    expect((await other.text()).includes('earth')).toBe(false);
  });
});
