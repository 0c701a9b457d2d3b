import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

export interface Pod extends KubeObject {
  spec?: {
    nodeName?: string;
    hostNetwork?: boolean;
    containers?: { name?: string; command?: string[]; args?: string[]; env?: { name: string; value?: string }[] }[];
  };
  status?: { phase?: string; podIP?: string; podIPs?: { ip: string }[]; hostIP?: string };
}

export interface Service extends KubeObject {
  spec?: { type?: string; clusterIP?: string; clusterIPs?: string[] };
}

export interface Node extends KubeObject {
  spec?: { podCIDR?: string; podCIDRs?: string[]; providerID?: string };
  status?: {
    addresses?: { type: string; address: string }[];
    conditions?: { type: string; status: string }[];
  };
}

export interface ServiceCidr extends KubeObject {
  spec?: { cidrs?: string[] };
  status?: { conditions?: { type: string; status: string }[] };
}

export interface IpPool extends KubeObject {
  spec?: { cidr?: string; disabled?: boolean };
}

export interface OpenShiftNetwork extends KubeObject {
  status?: OpenShiftRanges;
  spec?: OpenShiftRanges;
}

interface OpenShiftRanges {
  serviceNetwork?: string[];
  clusterNetwork?: { cidr?: string }[];
}

/**
 * What a cluster shows of its ranges. Everything may be missing: there is no cluster that has it all, and what may not be read is not known.
 * Whoever reads an installation that is not in here adds a fact and a source for it.
 */
export interface NetworkFacts {
  /** `networking.k8s.io` ServiceCIDRs, from Kubernetes 1.33 on. */
  readonly serviceCidrs?: DeepReadonly<ServiceCidr[]>;
  /** kube-system/kubeadm-config. */
  readonly kubeadmConfig?: DeepReadonly<ConfigMap>;
  /** Pods of kube-system that run a part of Kubernetes, by the name of its program: `kube-apiserver`. */
  readonly componentPods?: Readonly<Partial<Record<Component, DeepReadonly<Pod[]>>>>;
  /** kube-system/kube-proxy. */
  readonly kubeProxyConfig?: DeepReadonly<ConfigMap>;
  /** `networks.config.openshift.io` "cluster". */
  readonly openShiftNetwork?: DeepReadonly<OpenShiftNetwork>;
  /** `ippools.crd.projectcalico.org`. */
  readonly calicoIpPools?: DeepReadonly<IpPool[]>;
  /** kube-system/cilium-config. */
  readonly ciliumConfig?: DeepReadonly<ConfigMap>;
  /** kube-flannel/kube-flannel-cfg, or in kube-system. */
  readonly flannelConfig?: DeepReadonly<ConfigMap>;
  /** ovn-kubernetes/ovn-config. */
  readonly ovnConfig?: DeepReadonly<ConfigMap>;
  readonly nodes?: DeepReadonly<Node[]>;
  /** What the API server said to a Service with an address that cannot be its own, one answer for each family. */
  readonly refusals?: readonly string[];
  /** Some pods and Services, to see whether what was found holds. */
  readonly pods?: DeepReadonly<Pod[]>;
  readonly services?: DeepReadonly<Service[]>;
}

export type Component = 'kube-apiserver' | 'kube-controller-manager' | 'kube-proxy' | 'kindnet';
