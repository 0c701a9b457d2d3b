import type { CustomResourceDefinition } from '../../apiextensions/v1.ts';
import { AGE_COLUMN, defineCrd } from '../../crd/definition.ts';
import { listOf, object, text, timestamp } from '../../crd/schema.ts';
import { NETWORK_SPEC_SCHEMA, NETWORK_STATUS_SCHEMA } from './cluster-network-schema.ts';
import { KUBEFED_CLUSTERS } from './kubefed-cluster.ts';

const CONDITION = object(
  'One thing that was seen of the member.',
  {
    type: text('Ready, Offline, ConfigMalformed, or a further word.'),
    status: text('True, False or Unknown.'),
    lastProbeTime: timestamp('When it was last looked at.'),
    lastTransitionTime: timestamp('When the status last changed.'),
    reason: text('Why, in a word.'),
    message: text('Why, in a sentence.'),
  },
  { required: ['type', 'status', 'lastProbeTime'] },
);

export function kubeFedClusterCrd(): CustomResourceDefinition {
  return defineCrd({
    resource: KUBEFED_CLUSTERS,
    description: 'A member of the federation: how its API server is reached, and what was last seen of it.',
    shortNames: ['kfc'],
    statusSubresource: true,
    columns: [
      AGE_COLUMN,
      { name: 'ready', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].status" },
      { name: 'kubernetes-version', type: 'string', jsonPath: '.status.kubernetesVersion' },
      { name: 'unschedulable', type: 'boolean', jsonPath: '.spec.unschedulable' },
    ],
    properties: {
      spec: object(
        'How the API server of the member is reached.',
        {
          apiEndpoint: text('URL, host or host:port of the API server, as the controller reaches it.'),
          caBundle: text("PEM of the authorities that sign the server's certificate, base64.", { format: 'byte' }),
          secretRef: object(
            'Secret in the same namespace whose key "token" holds the bearer token.',
            { name: text('Name of the Secret.') },
            { required: ['name'] },
          ),
          disabledTLSValidations: listOf(
            { type: 'string' },
            'Checks of the certificate that are left out: SubjectName, ValidityPeriod, or * alone for all.',
          ),
          proxyURL: text('http, https or socks5 URL of a proxy on the way.'),
          tlsServerName: text("Name to expect in the server's certificate, when it is not the one in apiEndpoint."),
          unschedulable: {
            type: 'boolean',
            description: 'Cordoned: what is there stays, and no selector and no schedule brings anything new.',
          },
          network: NETWORK_SPEC_SCHEMA,
        },
        { required: ['apiEndpoint', 'secretRef'] },
      ),
      status: object(
        'What was last seen of the member. Written by the controller.',
        {
          conditions: listOf(CONDITION, 'What was seen, one entry per type.'),
          zones: listOf({ type: 'string' }, 'Zones in which the nodes of the member lie.'),
          region: text('Region in which the nodes of the member lie.'),
          kubernetesVersion: text('Version of the API server, such as v1.36.3.'),
          network: NETWORK_STATUS_SCHEMA,
        },
        { required: ['conditions'] },
      ),
    },
    required: ['spec'],
  });
}
