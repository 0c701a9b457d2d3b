import { ageOf } from '../output/age.ts';
import { table } from '../output/table.ts';
import type { ClusterReport, FederationStatus, ObjectReport, ServicePortReport, ServiceReport } from './model.ts';
import { isWell, nameOf } from './problems.ts';

/** In a table; `-o json` has them all. */
const PROBLEMS_AT_MOST = 20;
const ADDRESSES_AT_MOST = 3;

/** Everything on one page, for a person. */
export function renderStatus(status: FederationStatus, now: number): string {
  return [
    renderHead(status, now),
    renderClusters(status.clusters, now),
    renderObjects(status.objects),
    ...(status.services.length === 0 ? [] : [renderServices(status.services)]),
    renderVerdict(status),
  ].join('\n');
}

function renderHead({ host, controller, objects }: FederationStatus, now: number): string {
  const followed = objects.filter(({ follows }) => follows === true).map(({ namespace = '' }) => namespace);
  const version = host.version === undefined ? '' : ` (Kubernetes ${host.version})`;
  const seen =
    controller.running && controller.lastSeen !== undefined ? `, heard ${ageOf(controller.lastSeen, now)} ago` : '';
  return [
    `Control plane: ${host.namespace} in ${host.context}${version}\n`,
    `Controller:    ${controller.running ? 'running' : 'NOT RUNNING'}: ${controller.detail}${seen}\n`,
    ...(followed.length === 0 ? [] : [`Following:     ${[...new Set(followed)].join(', ')}\n`]),
  ].join('');
}

function renderClusters(clusters: readonly ClusterReport[], now: number): string {
  if (clusters.length === 0) return 'No cluster has joined.\n';
  return table(
    ['CLUSTER', 'READY', 'VERSION', 'AGE', 'WHY NOT'],
    clusters.map((cluster) => [
      cluster.name,
      [cluster.ready, ...wordsOf(cluster)].join(' '),
      cluster.version ?? '-',
      ageOf(cluster.joined, now),
      [cluster.reason, cluster.message].filter((text) => text !== undefined).join(': '),
    ]),
  );
}

/** What is said of a member beside whether it is ready: the weightiest alone. */
function wordsOf({ leaving, draining, cordoned }: ClusterReport): string[] {
  if (leaving === true) return ['(leaving)'];
  if (draining === true) return ['(draining)'];
  return cordoned === true ? ['(cordoned)'] : [];
}

function renderObjects(objects: readonly ObjectReport[]): string {
  if (objects.length === 0) return 'Nothing is federated.\n';
  return table(
    ['KIND', 'NAMESPACE/NAME', 'PROPAGATED', 'CLUSTERS', 'RUNS IN'],
    objects.map((object) => {
      const ok = object.clusters.filter((cluster) => cluster.ok).map((cluster) => cluster.name);
      const known = object.propagation !== 'Pending' || object.clusters.length > 0;
      return [
        object.kind,
        nameOf(object),
        object.propagation,
        known ? `${ok.length}/${object.clusters.length}` : '-',
        ok.join(', ') || '-',
      ];
    }),
  );
}

function renderServices(services: readonly ServiceReport[]): string {
  return table(
    ['SERVICE', 'CLUSTER', 'TYPE', 'CLUSTER-IP', 'ADDRESS', 'PORTS'],
    services.map((service) => [
      nameOf(service),
      service.cluster,
      service.type ?? '?',
      service.clusterIPs?.join(',') || '-',
      service.error === undefined ? addresses(service) : `? (${service.error})`,
      service.ports?.map(port).join(', ') || '-',
    ]),
  );
}

function addresses({ addresses: all = [], type }: ServiceReport): string {
  if (all.length === 0) return type === 'NodePort' || type === 'LoadBalancer' ? 'any node' : '-';
  const more = all.length - ADDRESSES_AT_MOST;
  return `${all.slice(0, ADDRESSES_AT_MOST).join(',')}${more > 0 ? ` +${more}` : ''}`;
}

/** As kubectl writes it: `80:31234/TCP`. */
function port({ port: number, nodePort, protocol }: ServicePortReport): string {
  return `${number}${nodePort === undefined ? '' : `:${nodePort}`}/${protocol}`;
}

function renderVerdict(status: FederationStatus): string {
  const { problems, objects, clusters } = status;
  if (problems.length > 0) {
    const shown = problems.slice(0, PROBLEMS_AT_MOST).map((problem) => `  ${problem}\n`);
    const more = problems.length - shown.length;
    return ['What is wrong:\n', ...shown, ...(more > 0 ? [`  and ${more} more (-o json has them all)\n`] : [])].join(
      '',
    );
  }
  if (isWell(status)) {
    const silent = [
      ...new Set(status.services.flatMap(({ cluster, error }) => (error === undefined ? [] : [cluster]))),
    ];
    const counted = `${count(objects.length, 'object')}, ${count(clusters.length, 'cluster')}`;
    return silent.length === 0
      ? `All is well: ${counted}.\n`
      : `All is well as the controller last saw it: ${counted}. Asked from here just now, ${silent.join(' and ')} did not tell how its Services are reached.\n`;
  }
  const waiting = objects.filter(({ propagation }) => propagation !== 'True' && propagation !== 'Disabled').length;
  return `Under way: ${count(waiting, 'object')} of ${objects.length} not propagated yet.\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
