import type { V1Node } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { columnsOf } from '../../columns/column.ts';
import { nodeWarnings } from '../../warnings/cluster-warnings.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { validateNode, validateNodeUpdate } from './node-validation.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

type Node = DeepReadonly<Typed<V1Node>>;

export const nodes = builtInKind<V1Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  status: 'kept',
  selectableFields: { 'spec.unschedulable': ({ spec }) => String(spec?.unschedulable ?? false) },
  validatesMetadataAgain: true,
  columns: columnsOf<Typed<V1Node>>('v1/Node', {
    Status: statusOf,
    Roles: (node) => rolesOf(node).join(',') || '<none>',
    Version: ({ status }) => status?.nodeInfo?.kubeletVersion ?? '',
    'Internal-IP': (node) => addressOf(node, 'InternalIP'),
    'External-IP': (node) => addressOf(node, 'ExternalIP'),
    'OS-Image': ({ status }) => status?.nodeInfo?.osImage || '<unknown>',
    'Kernel-Version': ({ status }) => {
      const { kernelVersion, architecture } = status?.nodeInfo ?? {};
      return `${kernelVersion || '<unknown>'}${architecture ? ` (${architecture})` : ''}`;
    },
    'Container-Runtime': ({ status }) => status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
  }),
  defaults({ spec, status }) {
    if (status?.capacity !== undefined) status.allocatable ??= { ...status.capacity };
    // One range in two fields: the older one has its way, and follows the newer where it is not set.
    const first = spec?.podCIDRs?.[0];
    if (spec?.podCIDR && spec.podCIDR !== first) spec.podCIDRs = [spec.podCIDR];
    else if (spec !== undefined && first !== undefined) spec.podCIDR = first;
  },
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  warnings: nodeWarnings,
});

function statusOf({ status, spec }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec?.unschedulable ? `${word},SchedulingDisabled` : word;
}

function rolesOf(node: Node): string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL && value !== '') roles.add(value);
  }
  return [...roles].sort();
}

function addressOf({ status }: Node, wanted: string): string {
  return status?.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>';
}
