import type { CustomResourceDefinition } from '../../apiextensions/v1.ts';
import { AGE_COLUMN, defineCrd } from '../../crd/definition.ts';
import { integer, listOf, object, text } from '../../crd/schema.ts';
import { KUBEFED_CONFIGS } from './kubefed-config.ts';

export function kubeFedConfigCrd(): CustomResourceDefinition {
  return defineCrd({
    resource: KUBEFED_CONFIGS,
    description:
      'How the control plane behaves. The one that counts is named "kubefed". Durations are written 10s, 1m30s.',
    columns: [
      { name: 'scope', type: 'string', jsonPath: '.spec.scope' },
      { name: 'adopt', type: 'string', jsonPath: '.spec.syncController.adoptResources' },
      AGE_COLUMN,
    ],
    properties: {
      spec: object(
        'How the control plane behaves. Everything but scope has a default.',
        {
          scope: text('Cluster, or Namespaced: the namespace of the control plane is the only target. Never changes.'),
          controllerDuration: object('Waits.', {
            availableDelay: text('Before a cluster that became available is acted upon. Default 20s.'),
            unavailableDelay: text('Before a cluster that became unavailable is given up. Default 60s.'),
            cacheSyncTimeout: text("How long a member's first list may take. Default 5m."),
          }),
          leaderElect: object('How one of several controllers becomes the one that works.', {
            leaseDuration: text('How long the others wait for a silent leader. Default 15s.'),
            renewDeadline: text('How long a leader tries to renew before it stops. Default 10s.'),
            retryPeriod: text('Between two tries. Default 5s.'),
            resourceLock: text('configmaps, endpoints or leases. Fedmesh always holds a Lease.'),
          }),
          featureGates: listOf(
            object(
              'One switch.',
              { name: text('Name of the gate.'), configuration: text('Enabled or Disabled.') },
              { required: ['name', 'configuration'] },
            ),
            'Switches for parts of the controller.',
          ),
          clusterHealthCheck: object('How members are probed.', {
            period: text('Between two probes. Default 10s.'),
            failureThreshold: integer('Failures in a row before a member counts as failed. Default 3.'),
            successThreshold: integer('Successes in a row before it counts as well again. Default 1.'),
            timeout: text('How long a probe may take. Default 3s.'),
          }),
          syncController: object('How objects are propagated.', {
            maxConcurrentReconciles: integer('How many objects of one type are worked on at a time. Default 1.'),
            adoptResources: text(
              'What happens to an object in a member that bears the name of one to be created: Enabled takes it over, ' +
                'Disabled leaves it, IfNoDiff takes over only what equals the desired object. Default Enabled.',
            ),
          }),
          replicaScheduling: object('How replicas that are shared out by a preference follow the members.', {
            evictionDelay: text(
              'How long a member may be not ready until its replicas go elsewhere. Default: unavailableDelay.',
            ),
            returnDelay: text(
              'How long a member that was away has to be back until it gets replicas. Default: availableDelay.',
            ),
          }),
          statusController: object('How status is collected.', {
            maxConcurrentReconciles: integer('How many objects of one type are worked on at a time. Default 1.'),
          }),
        },
        { required: ['scope'] },
      ),
    },
    required: ['spec'],
  });
}
