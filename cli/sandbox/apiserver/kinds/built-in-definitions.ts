import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { customResourceDefinitions } from './apiextensions/custom-resource-definition.ts';
import { deployments } from './apps/deployment.ts';
import { replicaSets } from './apps/replica-set.ts';
import { leases } from './coordination/lease.ts';
import { configMaps } from './core/config-map.ts';
import { events, newEvents } from './core/event.ts';
import { namespaces } from './core/namespace.ts';
import { nodes } from './core/node.ts';
import { pods } from './core/pod.ts';
import { secrets } from './core/secret.ts';
import { services } from './core/service.ts';
import { serviceAccounts } from './core/service-account.ts';
import { clusterRoleBindings, roleBindings } from './rbac/bindings.ts';
import { clusterRoles, roles } from './rbac/roles.ts';

const DEFINITIONS: readonly ResourceDefinition[] = Object.freeze([
  configMaps,
  events,
  namespaces,
  nodes,
  pods,
  secrets,
  serviceAccounts,
  services,
  customResourceDefinitions,
  deployments,
  replicaSets,
  leases,
  newEvents,
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
]);

/** Every kind that each server serves without being told: frozen, and the same for all servers of the process. */
export function builtInDefinitions(): readonly ResourceDefinition[] {
  return DEFINITIONS;
}
