import type { CustomResourceDefinition, JsonSchema } from '../../apiextensions/v1.ts';
import { AGE_COLUMN, defineCrd } from '../../crd/definition.ts';
import { integer, object, text } from '../../crd/schema.ts';
import { FEDERATED_TYPE_CONFIGS } from './federated-type-config.ts';

export function federatedTypeConfigCrd(): CustomResourceDefinition {
  return defineCrd({
    resource: FEDERATED_TYPE_CONFIGS,
    description: 'Says that one kind is federated, and as what. Its name is <plural>[.<group>] of the target type.',
    shortNames: ['ftc'],
    statusSubresource: true,
    columns: [
      { name: 'federated-kind', type: 'string', jsonPath: '.spec.federatedType.kind' },
      { name: 'propagation', type: 'string', jsonPath: '.spec.propagation' },
      { name: 'controller', type: 'string', jsonPath: '.status.propagationController' },
      AGE_COLUMN,
    ],
    properties: {
      spec: object(
        'Which kind, and as what.',
        {
          targetType: apiResource('The kind that is written to the members.'),
          propagation: text('Enabled, or Disabled: the sync stops and everything stays as it is.'),
          federatedType: apiResource('The kind that people write on the host.'),
          statusType: apiResource('The kind that holds the status of the target in each member.'),
          statusCollection: text(
            'Enabled or Disabled: whether the status of the target is collected from the members.',
          ),
        },
        { required: ['federatedType', 'propagation', 'targetType'] },
      ),
      status: object(
        'What the controller made of it.',
        {
          observedGeneration: integer('Generation that the controller has acted upon.'),
          propagationController: text('Running or NotRunning.'),
          statusController: text('Running or NotRunning.'),
        },
        { required: ['observedGeneration', 'propagationController'] },
      ),
    },
    required: ['spec'],
  });
}

function apiResource(description: string): JsonSchema {
  return object(
    description,
    {
      group: text('Group of the kind; empty for the core group.'),
      version: text('Version of the kind.'),
      kind: text('Kind, such as ConfigMap.'),
      pluralName: text('Plural in lower case, such as configmaps.'),
      scope: text('Cluster or Namespaced.'),
    },
    { required: ['kind', 'pluralName', 'scope', 'version'] },
  );
}
