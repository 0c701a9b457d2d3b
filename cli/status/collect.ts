import { type FederatedTypeConfig, federatedResourceOf } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import type { Client } from '../../controller/kube/client.ts';
import { ApiError } from '../../controller/kube/errors.ts';
import { listIfServed } from '../apply.ts';
import { mapConcurrently } from '../concurrently.ts';
import type { CliContext } from '../context.ts';
import { readMembers } from '../federation/members.ts';
import { isInScope, readTargetNamespace } from '../federation/scope.ts';
import { readTypeConfigs } from '../federation/type-configs.ts';
import { clusterReport } from './clusters.ts';
import { readController } from './controller.ts';
import { type PlacedService, readServices } from './member-services.ts';
import type { FederationStatus, HostReport, ObjectReport } from './model.ts';
import { objectReport } from './objects.ts';
import { findProblems } from './problems.ts';

const LISTS_AT_A_TIME = 8;

/** Looks at everything once. */
export async function collectStatus(
  context: CliContext,
  client: Client,
  options: { namespace?: string },
): Promise<FederationStatus> {
  const [all, only] = await Promise.all([readTypeConfigs(context, client), readTargetNamespace(context, client)]);
  // What is not propagated by design is no fault.
  const types = all.filter((config) => isInScope(config, only));
  const [host, controller, members, read] = await Promise.all([
    readHost(context, client),
    readController(context, client),
    readMembers(context, client),
    readObjects(context, client, types, options.namespace ?? only),
  ]);
  const now = context.clock.now();
  const clusters = members.map((member) => clusterReport(member, { now, controllerRuns: controller.running }));
  const services = await readServices(context, client, members, read.objects.flatMap(servicesOf), only);
  const problems = findProblems({ controller, clusters, types, objects: read.objects, unreadable: read.unreadable });
  return { host, controller, clusters, objects: read.objects, services, problems };
}

async function readHost(context: CliContext, client: Client): Promise<HostReport> {
  const { gitVersion } = await client.discovery.version(context.signal);
  return { context: client.cluster, namespace: context.options.kubefedNamespace, version: gitVersion };
}

async function readObjects(
  context: CliContext,
  client: Client,
  types: readonly FederatedTypeConfig[],
  namespace: string | undefined,
): Promise<{ objects: ObjectReport[]; unreadable: string[] }> {
  const unreadable: string[] = [];
  const lists = await mapConcurrently(types, LISTS_AT_A_TIME, async (config) => {
    const resource = federatedResourceOf(config);
    if (namespace !== undefined && !resource.namespaced) return [];
    try {
      const selection = { signal: context.signal, ...(namespace === undefined ? {} : { namespace }) };
      const objects = await listIfServed<FederatedObject>(client, resource, selection);
      return objects.map((object) => objectReport(object, config));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      unreadable.push(`${resource.plural}.${resource.group} cannot be listed: ${error.message}`);
      return [];
    }
  });
  return { objects: lists.flat().sort(byPlace), unreadable };
}

function servicesOf(object: ObjectReport): PlacedService[] {
  const { namespace } = object;
  if (object.type !== 'services' || namespace === undefined) return [];
  return object.clusters.filter(({ ok }) => ok).map(({ name: cluster }) => ({ namespace, name: object.name, cluster }));
}

/** By namespace, the FederatedNamespace first in it; what has no namespace comes before all. */
function byPlace(a: ObjectReport, b: ObjectReport): number {
  return (
    compare(a.namespace ?? '', b.namespace ?? '') ||
    compare(a.type === 'namespaces' ? '' : a.kind, b.type === 'namespaces' ? '' : b.kind) ||
    compare(a.name, b.name)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
