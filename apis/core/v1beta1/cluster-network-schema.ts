import { listOf, object, text } from '../../crd/schema.ts';
import { OVERLAP_POLICIES } from './cluster-network.ts';

const RANGE = object(
  'A range that was found.',
  {
    cidr: text('The range, such as 10.244.0.0/16.'),
    source: text('Where it was read, such as kubeadm-config.'),
    confidence: text('declared, authoritative or inferred.'),
  },
  { required: ['cidr', 'source', 'confidence'] },
);

export const NETWORK_SPEC_SCHEMA = object('Address ranges of the member. What is declared here is not looked for.', {
  podCIDRs: listOf({ type: 'string' }, 'Ranges of its pods, of either address family.'),
  serviceCIDRs: listOf({ type: 'string' }, "Ranges of its Services' cluster IPs."),
  nodeCIDRs: listOf({ type: 'string' }, 'Networks in which its nodes have their addresses.'),
  overlapPolicy: text(
    'What happens when its ranges overlap with those of another member. Missing: Deny where a mesh provider routes, else Warn.',
    { enum: [...OVERLAP_POLICIES] },
  ),
});

export const NETWORK_STATUS_SCHEMA = object('Address ranges of the member, as far as they are known.', {
  podCIDRs: listOf(RANGE, 'Ranges of its pods.'),
  serviceCIDRs: listOf(RANGE, "Ranges of its Services' cluster IPs."),
  nodeCIDRs: listOf(RANGE, 'Addresses or networks of its nodes.'),
});
