import type { Resource } from './resource.ts';

/** Kinds of Kubernetes' own that more than one room speaks of. */

function core(kind: string, plural: string, namespaced = true): Resource {
  return { group: '', version: 'v1', kind, plural, namespaced };
}

export const NAMESPACES = core('Namespace', 'namespaces', false);
export const NODES = core('Node', 'nodes', false);
export const CONFIG_MAPS = core('ConfigMap', 'configmaps');
export const ENDPOINTS = core('Endpoints', 'endpoints');
export const EVENTS = core('Event', 'events');
export const PODS = core('Pod', 'pods');
export const SECRETS = core('Secret', 'secrets');
export const SERVICE_ACCOUNTS = core('ServiceAccount', 'serviceaccounts');
export const SERVICES = core('Service', 'services');

export const DAEMON_SETS: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  namespaced: true,
};
