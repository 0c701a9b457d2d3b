/** What `fedctl status` knows; `-o json` prints it as it is. Times are RFC 3339. */
export interface FederationStatus {
  host: HostReport;
  controller: ControllerReport;
  clusters: ClusterReport[];
  objects: ObjectReport[];
  services: ServiceReport[];
  /** What is wrong, a sentence each, the most important first. Empty: all is well. */
  problems: string[];
}

export interface HostReport {
  /** The kubeconfig's context. */
  context: string;
  /** The control plane's namespace. */
  namespace: string;
  /** The API server's `gitVersion`. */
  version?: string;
}

export interface ControllerReport {
  running: boolean;
  /** Who it is, or why it counts as not running. */
  detail: string;
  version?: string;
  lastSeen?: string;
}

export interface ClusterReport {
  name: string;
  /** `Unknown`: not probed, or nobody is there to probe. */
  ready: 'True' | 'False' | 'Unknown';
  version?: string;
  joined?: string;
  /** Why it is not ready, in a word and in a sentence. */
  reason?: string;
  message?: string;
  lastProbe?: string;
  leaving?: boolean;
  /** Nothing new comes by selectors and schedules. */
  cordoned?: boolean;
  /** What is scheduled there moves elsewhere, or has. */
  draining?: boolean;
}

/**
 * `True` and `False` are the controller's word; `Pending`: it has not looked at the newest version yet; `Deleting`; `Disabled`: the type's
 * propagation is switched off.
 */
export type Propagation = 'True' | 'False' | 'Pending' | 'Deleting' | 'Disabled';

export interface ObjectReport {
  /** Of the target: `Deployment`. */
  kind: string;
  /** The type config's name: `deployments.apps`. */
  type: string;
  namespace?: string;
  name: string;
  propagation: Propagation;
  /** Of a FederatedNamespace: what is put into the namespace is federated along. */
  follows?: true;
  /** Why not, when the cause is not in a cluster. */
  reason?: string;
  message?: string;
  /** One entry per cluster that it is in, should be in, or is leaving. */
  clusters: ObjectInCluster[];
}

export interface ObjectInCluster {
  name: string;
  ok: boolean;
  /** KubeFed's word for what is wrong. */
  status?: string;
  message?: string;
}

/** A Service as one cluster serves it. */
export interface ServiceReport {
  namespace: string;
  name: string;
  cluster: string;
  type?: string;
  clusterIPs?: string[];
  /** Where clients outside the cluster reach it: load balancers' addresses, else nodes'. */
  addresses?: string[];
  ports?: ServicePortReport[];
  /** Why it could not be read. */
  error?: string;
}

export interface ServicePortReport {
  name?: string;
  port: number;
  nodePort?: number;
  protocol: string;
}
