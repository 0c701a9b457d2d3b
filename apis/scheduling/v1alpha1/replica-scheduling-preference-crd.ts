import type { CustomResourceDefinition } from '../../apiextensions/v1.ts';
import { AGE_COLUMN, defineCrd } from '../../crd/definition.ts';
import { anyObject, flag, integer, mapOf, object, text } from '../../crd/schema.ts';
import { REPLICA_SCHEDULING_PREFERENCES } from './replica-scheduling-preference.ts';

export function replicaSchedulingPreferenceCrd(): CustomResourceDefinition {
  const preferences = object('What one member should get.', {
    minReplicas: integer('At least so many, if there are enough. Default 0.'),
    maxReplicas: integer('At most so many. Missing: any number.'),
    weight: integer('Share of what is left to give. Default 0.'),
  });
  return defineCrd({
    resource: REPLICA_SCHEDULING_PREFERENCES,
    description: 'How the replicas of the FederatedDeployment or FederatedReplicaSet of the same name are shared out.',
    shortNames: ['rsp'],
    columns: [
      { name: 'target', type: 'string', jsonPath: '.spec.targetKind' },
      { name: 'replicas', type: 'integer', jsonPath: '.spec.totalReplicas' },
      AGE_COLUMN,
    ],
    properties: {
      spec: object(
        'How many replicas, and where.',
        {
          targetKind: text('FederatedDeployment or FederatedReplicaSet.'),
          totalReplicas: integer('Replicas in all members together.', { format: 'int32' }),
          rebalance: flag('Whether running replicas may be moved to meet the preferences. Default false.'),
          intersectWithClusterSelector: flag(
            "Whether the object's own clusterSelector narrows the members. Default false.",
          ),
          clusters: mapOf(preferences, 'By member; * is every member that is not named. Missing: all weigh the same.'),
        },
        { required: ['targetKind', 'totalReplicas'] },
      ),
      status: anyObject('Unused.'),
    },
  });
}
