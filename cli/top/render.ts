import { humanDuration } from '../output/age.ts';
import { table } from '../output/table.ts';
import type { ClusterFigures, Figures } from './figures.ts';

const HEAD = ['CLUSTER', 'STATE', 'FAILING', 'WAITING', 'OLDEST', 'REQ/S', 'ERR/S', 'P50', 'P99', 'TOKEN'];
const STATES = { ready: 'Ready', notready: 'NotReady', offline: 'Offline' } as const;

export function renderTop(figures: Figures, where: string): string {
  const { federatedObjects, eventLoopP99Seconds, residentBytes } = figures;
  const head = [
    where,
    `${federatedObjects} federated ${federatedObjects === 1 ? 'object' : 'objects'}`,
    ...(residentBytes === undefined ? [] : [`${Math.round(residentBytes / 2 ** 20)} MiB`]),
    ...(eventLoopP99Seconds === undefined ? [] : [`event loop p99 ${seconds(eventLoopP99Seconds)}`]),
  ];
  return `${head.join(' · ')}\n\n${table(HEAD, figures.clusters.map(rowOf))}`;
}

function rowOf(cluster: ClusterFigures): string[] {
  const { name, state, failing, waiting, oldestSeconds = 0, stalled, propagation, tokenSeconds } = cluster;
  return [
    name,
    state === undefined ? 'host' : STATES[state],
    failing === undefined ? '-' : String(failing),
    waiting === undefined ? '-' : String(waiting),
    stalled === true ? 'stalled' : oldestSeconds === 0 ? '-' : seconds(oldestSeconds),
    cluster.requestsPerSecond.toFixed(1),
    cluster.errorsPerSecond.toFixed(1),
    propagation === undefined ? '-' : seconds(propagation.p50Seconds),
    propagation === undefined ? '-' : seconds(propagation.p99Seconds),
    tokenSeconds === undefined ? '-' : tokenSeconds <= 0 ? 'ended' : humanDuration(tokenSeconds * 1000),
  ];
}

function seconds(value: number): string {
  if (value < 1) return `${Math.round(value * 1000)}ms`;
  return value < 120 ? `${value.toFixed(1)}s` : humanDuration(value * 1000);
}
