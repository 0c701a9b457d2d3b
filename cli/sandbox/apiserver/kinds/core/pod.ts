import type { V1Pod, V1PodCondition, V1PodStatus } from '@kubernetes/client-node';
import { columnsOf } from '../../columns/column.ts';
import { podAddressWarnings } from '../../warnings/cluster-warnings.ts';
import { podWarnings } from '../../warnings/pod-warnings.ts';
import { builtInKind } from '../built-in-kind.ts';
import { eviction } from '../pods/eviction.ts';
import { beyondTheServer, binding } from '../pods/pod-actions.ts';
import { POD_CELLS } from '../pods/pod-cells.ts';
import { defaultPod, defaultPodSpec } from '../pods/pod-spec-defaults.ts';
import { validatePod, validatePodUpdate } from '../pods/pod-validation.ts';
import { qualityOfService } from '../pods/quality-of-service.ts';

export const pods = builtInKind<V1Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  hasGeneration: true,
  returnsDeletedObject: true,
  status: 'cleared',
  subresources: {
    binding,
    eviction,
    log: beyondTheServer('logs of Pods', 'Pod', ['get']),
    exec: beyondTheServer('exec into Pods', 'PodExecOptions', ['create', 'get']),
    attach: beyondTheServer('attaching to Pods', 'PodAttachOptions', ['create', 'get']),
    proxy: beyondTheServer('proxies to Pods', 'PodProxyOptions', ['create', 'delete', 'get', 'patch', 'update']),
    portforward: beyondTheServer('forwarding ports of Pods', 'PodPortForwardOptions', ['create', 'get']),
  },
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec?.nodeName ?? '',
    'spec.restartPolicy': ({ spec }) => spec?.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec?.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec?.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec?.hostNetwork ?? false),
    'status.phase': ({ status }) => status?.phase ?? '',
    'status.podIP': ({ status }) => status?.podIP ?? '',
    'status.nominatedNodeName': ({ status }) => status?.nominatedNodeName ?? '',
  },
  columns: columnsOf<V1Pod>('v1/Pod', POD_CELLS),
  // What runs nowhere, or no more, has nothing to end.
  gracePeriodSeconds: ({ spec, status }) =>
    !spec?.nodeName || status?.phase === 'Succeeded' || status?.phase === 'Failed'
      ? 0
      : (spec.terminationGracePeriodSeconds ?? 30),
  defaults({ spec, status }) {
    if (status) agreeOnAddresses(status);
    if (!spec) return;
    defaultPodSpec(spec);
    defaultPod(spec);
  },
  prepareForCreate(pod) {
    const gates = pod.spec?.schedulingGates ?? [];
    const qosClass = qualityOfService(pod.spec ?? { containers: [] });
    pod.status = { phase: 'Pending', qosClass, ...(gates.length === 0 ? {} : { conditions: [gated()] }) };
  },
  // Old kubelets forget the one and break the other.
  mergeStatus(pod, stored) {
    const { ownerReferences, ...metadata } = pod.metadata;
    pod.metadata = metadata;
    if (stored.metadata.ownerReferences) pod.metadata.ownerReferences = [...stored.metadata.ownerReferences];
    const qosClass = stored.status?.qosClass;
    if (qosClass && !pod.status?.qosClass) pod.status = { ...pod.status, qosClass };
  },
  validatesMetadataAgain: true,
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  warnings: (pod, stored) => (stored === undefined ? podWarnings(pod) : []),
  statusWarnings: podAddressWarnings,
});

/** What the scheduler would say of a Pod that is not to be scheduled yet. */
function gated(): V1PodCondition {
  const message = 'Scheduling is blocked due to non-empty scheduling gates';
  return { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message };
}

/** One address in two fields: the older one has its way, and follows the newer where it is not set. */
function agreeOnAddresses(status: V1PodStatus): void {
  const [first] = status.podIPs ?? [];
  if (status.podIP && status.podIP !== first?.ip) status.podIPs = [{ ip: status.podIP }];
  else if (first !== undefined) status.podIP = first.ip;
}
