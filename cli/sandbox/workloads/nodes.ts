import type { KubeObject } from '../../../apis/meta/v1.ts';
import type { Clock } from '../../../controller/time/clock.ts';
import type { Node } from './kinds.ts';

const CAPACITY = { cpu: '64', memory: '256Gi', 'ephemeral-storage': '1Ti', pods: '1000' };
const VERSION = 'v1.36.3';

const CONDITIONS = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
] as const;

export function nodeNamed(name: string, podCidr: string, status: object): Node {
  const labels = {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
  };
  const spec = { podCIDR: podCidr, podCIDRs: [podCidr], providerID: `sandbox://${name}` };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec, status };
}

/** As a kubelet that is well reports it. */
export function nodeStatus(name: string, index: number, now: string): object {
  return {
    addresses: [
      { type: 'InternalIP', address: nodeAddress(index) },
      { type: 'Hostname', address: name },
    ],
    capacity: CAPACITY,
    allocatable: CAPACITY,
    conditions: CONDITIONS.map(([type, status, reason, message]) => ({
      type,
      status,
      lastHeartbeatTime: now,
      lastTransitionTime: now,
      reason,
      message,
    })),
    nodeInfo: {
      architecture: 'amd64',
      bootID: '',
      containerRuntimeVersion: 'containerd://2.1.0',
      kernelVersion: '6.12.0',
      kubeProxyVersion: '',
      kubeletVersion: VERSION,
      machineID: '',
      operatingSystem: 'linux',
      osImage: 'Fedmesh sandbox',
      systemUUID: '',
    },
  };
}

/** In 172.18.0.0/16, which nobody routes. */
export function nodeAddress(index: number): string {
  return `172.18.${Math.floor((index + 2) / 256)}.${(index + 2) % 256}`;
}

export function leaseOf(name: string, nodeUid: string, clock: Clock): KubeObject & { spec: object } {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace: 'kube-node-lease',
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: nodeUid }],
    },
    spec: {
      holderIdentity: name,
      leaseDurationSeconds: 40,
      renewTime: new Date(clock.now()).toISOString().replace(/Z$/, '000Z'),
    },
  };
}
