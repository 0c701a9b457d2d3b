import type { PolicyRule } from '../resources/authorizer.ts';
import { resources } from './bootstrap-rules.ts';

/**
 * What Kubernetes' own controllers may do: for each a ClusterRole `system:controller:NAME`, bound to the ServiceAccount NAME in
 * kube-system. None of them logs in here; whoever compares clusters, or binds one of these roles, finds them.
 */
export const CONTROLLER_ROLES: readonly { readonly name: string; readonly rules: readonly PolicyRule[] }[] = [
  {
    name: 'attachdetach-controller',
    rules: [
      resources('list watch', [''], 'persistentvolumeclaims persistentvolumes'),
      resources('get list watch', [''], 'nodes'),
      resources('patch update', [''], 'nodes/status'),
      resources('list watch', [''], 'pods'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
      resources('create delete get list watch', ['storage.k8s.io'], 'volumeattachments'),
      resources('get list watch', ['storage.k8s.io'], 'csidrivers'),
      resources('get list watch', ['storage.k8s.io'], 'csinodes'),
    ],
  },
  {
    name: 'clusterrole-aggregation-controller',
    rules: [resources('escalate get list patch update watch', ['rbac.authorization.k8s.io'], 'clusterroles')],
  },
  {
    name: 'cronjob-controller',
    rules: [
      resources('get list update watch', ['batch'], 'cronjobs'),
      resources('create delete get list patch update watch', ['batch'], 'jobs'),
      resources('update', ['batch'], 'cronjobs/status'),
      resources('update', ['batch'], 'cronjobs/finalizers'),
      resources('delete list watch', [''], 'pods'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'daemon-set-controller',
    rules: [
      resources('get list watch', ['apps', 'extensions'], 'daemonsets'),
      resources('update', ['apps', 'extensions'], 'daemonsets/status'),
      resources('update', ['apps', 'extensions'], 'daemonsets/finalizers'),
      resources('list watch', [''], 'nodes'),
      resources('create delete list patch watch', [''], 'pods'),
      resources('create', [''], 'pods/binding'),
      resources('create delete get list patch update watch', ['apps'], 'controllerrevisions'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'deployment-controller',
    rules: [
      resources('get list update watch', ['apps', 'extensions'], 'deployments'),
      resources('update', ['apps', 'extensions'], 'deployments/status'),
      resources('update', ['apps', 'extensions'], 'deployments/finalizers'),
      resources('create delete get list patch update watch', ['apps', 'extensions'], 'replicasets'),
      resources('get list update watch', [''], 'pods'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'disruption-controller',
    rules: [
      resources('get list watch', ['apps', 'extensions'], 'deployments'),
      resources('get list watch', ['apps', 'extensions'], 'replicasets'),
      resources('get list watch', [''], 'replicationcontrollers'),
      resources('get list watch', ['policy'], 'poddisruptionbudgets'),
      resources('get list watch', ['apps'], 'statefulsets'),
      resources('update', ['policy'], 'poddisruptionbudgets/status'),
      resources('patch update', [''], 'pods/status'),
      resources('get', ['*'], '*/scale'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'endpoint-controller',
    rules: [
      resources('get list watch', [''], 'pods services'),
      resources('create delete get list update watch', [''], 'endpoints'),
      resources('create', [''], 'endpoints/restricted'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'endpointslice-controller',
    rules: [
      resources('get list watch', [''], 'nodes pods services'),
      resources('update', [''], 'services/finalizers'),
      resources('create delete get list update watch', ['discovery.k8s.io'], 'endpointslices'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'endpointslicemirroring-controller',
    rules: [
      resources('get list watch', [''], 'endpoints services'),
      resources('update', [''], 'services/finalizers'),
      resources('update', [''], 'endpoints/finalizers'),
      resources('create delete get list update watch', ['discovery.k8s.io'], 'endpointslices'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'expand-controller',
    rules: [
      resources('get list patch update watch', [''], 'persistentvolumes'),
      resources('patch update', [''], 'persistentvolumeclaims/status'),
      resources('get list watch', [''], 'persistentvolumeclaims'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'ephemeral-volume-controller',
    rules: [
      resources('get list watch', [''], 'pods'),
      resources('update', [''], 'pods/finalizers'),
      resources('create get list watch', [''], 'persistentvolumeclaims'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'resource-claim-controller',
    rules: [
      resources('get list watch', [''], 'pods'),
      resources('update', [''], 'pods/finalizers'),
      resources('create delete get list watch', ['resource.k8s.io'], 'resourceclaims'),
      resources('patch update', ['resource.k8s.io'], 'resourceclaims resourceclaims/status'),
      resources('patch update', [''], 'pods/status'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
      resources('patch update', ['resource.k8s.io'], 'resourceclaims/binding'),
    ],
  },
  {
    name: 'device-taint-eviction-controller',
    rules: [
      resources('delete get list watch', [''], 'pods'),
      resources('patch update', [''], 'pods/status'),
      resources('get list watch', ['resource.k8s.io'], 'resourceclaims'),
      resources('get list watch', ['resource.k8s.io'], 'resourceslices'),
      resources('get list watch', ['resource.k8s.io'], 'deviceclasses'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'generic-garbage-collector',
    rules: [
      resources('delete get list patch update watch', ['*'], '*'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'horizontal-pod-autoscaler',
    rules: [
      resources('get list watch', ['autoscaling'], 'horizontalpodautoscalers'),
      resources('update', ['autoscaling'], 'horizontalpodautoscalers/status'),
      resources('get update', ['*'], '*/scale'),
      resources('list watch', [''], 'pods'),
      resources('list watch', ['metrics.k8s.io'], 'pods'),
      resources('get list watch', ['custom.metrics.k8s.io'], '*'),
      resources('get list watch', ['external.metrics.k8s.io'], '*'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'job-controller',
    rules: [
      resources('get list patch update watch', ['batch'], 'jobs'),
      resources('update', ['batch'], 'jobs/status'),
      resources('update', ['batch'], 'jobs/finalizers'),
      resources('create delete list patch watch', [''], 'pods'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'namespace-controller',
    rules: [
      resources('delete get list watch', [''], 'namespaces'),
      resources('update', [''], 'namespaces/finalize namespaces/status'),
      resources('delete deletecollection get list watch', ['*'], '*'),
    ],
  },
  {
    name: 'node-controller',
    rules: [
      resources('delete get list patch update watch', [''], 'nodes'),
      resources('patch update', [''], 'nodes/status'),
      resources('patch update', [''], 'pods/status'),
      resources('delete get list watch', [''], 'pods'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'persistent-volume-binder',
    rules: [
      resources('create delete get list update watch', [''], 'persistentvolumes'),
      resources('update', [''], 'persistentvolumes/status'),
      resources('get list update watch', [''], 'persistentvolumeclaims'),
      resources('update', [''], 'persistentvolumeclaims/status'),
      resources('create delete get list watch', [''], 'pods'),
      resources('get list watch', ['storage.k8s.io'], 'storageclasses'),
      resources('list watch', [''], 'nodes'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
      resources('watch', [''], 'events'),
    ],
  },
  {
    name: 'pod-garbage-collector',
    rules: [
      resources('delete list watch', [''], 'pods'),
      resources('get list watch', [''], 'nodes'),
      resources('patch', [''], 'pods/status'),
    ],
  },
  {
    name: 'replicaset-controller',
    rules: [
      resources('get list update watch', ['apps', 'extensions'], 'replicasets'),
      resources('update', ['apps', 'extensions'], 'replicasets/status'),
      resources('update', ['apps', 'extensions'], 'replicasets/finalizers'),
      resources('create delete list patch watch', [''], 'pods'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'replication-controller',
    rules: [
      resources('get list update watch', [''], 'replicationcontrollers'),
      resources('update', [''], 'replicationcontrollers/status'),
      resources('update', [''], 'replicationcontrollers/finalizers'),
      resources('create delete list patch watch', [''], 'pods'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'resourcequota-controller',
    rules: [
      resources('list watch', ['*'], '*'),
      resources('update', [''], 'resourcequotas/status'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'route-controller',
    rules: [
      resources('list watch', [''], 'nodes'),
      resources('patch', [''], 'nodes/status'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'service-account-controller',
    rules: [
      resources('create', [''], 'serviceaccounts'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'service-controller',
    rules: [
      resources('get list watch', [''], 'services'),
      resources('patch update', [''], 'services/status'),
      resources('list watch', [''], 'nodes'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'service-cidrs-controller',
    rules: [
      resources('get list patch update watch', ['networking.k8s.io'], 'servicecidrs'),
      resources('patch update', ['networking.k8s.io'], 'servicecidrs/finalizers'),
      resources('patch update', ['networking.k8s.io'], 'servicecidrs/status'),
      resources('get list watch', ['networking.k8s.io'], 'ipaddresses'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'statefulset-controller',
    rules: [
      resources('list watch', [''], 'pods'),
      resources('get list watch', ['apps'], 'statefulsets'),
      resources('update', ['apps'], 'statefulsets/status'),
      resources('update', ['apps'], 'statefulsets/finalizers'),
      resources('create delete get patch update', [''], 'pods'),
      resources('create delete get list patch update watch', ['apps'], 'controllerrevisions'),
      resources('create get list watch', [''], 'persistentvolumeclaims'),
      resources('delete update', [''], 'persistentvolumeclaims'),
      resources('update', [''], 'pods/finalizers'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'ttl-controller',
    rules: [
      resources('list patch update watch', [''], 'nodes'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'certificate-controller',
    rules: [
      resources('delete get list watch', ['certificates.k8s.io'], 'certificatesigningrequests'),
      resources(
        'update',
        ['certificates.k8s.io'],
        'certificatesigningrequests/approval certificatesigningrequests/status',
      ),
      resources('approve', ['certificates.k8s.io'], 'signers', 'kubernetes.io/kube-apiserver-client-kubelet'),
      resources(
        'sign',
        ['certificates.k8s.io'],
        'signers',
        'kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving kubernetes.io/legacy-unknown',
      ),
      resources('create', ['authorization.k8s.io'], 'subjectaccessreviews'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'pvc-protection-controller',
    rules: [
      resources('get list update watch', [''], 'persistentvolumeclaims'),
      resources('update', [''], 'persistentvolumeclaims/status'),
      resources('get list watch', [''], 'pods'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'pv-protection-controller',
    rules: [
      resources('get list update watch', [''], 'persistentvolumes'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'volumeattributesclass-protection-controller',
    rules: [
      resources('get list watch', [''], 'persistentvolumeclaims'),
      resources('get list watch', [''], 'persistentvolumes'),
      resources('get list update watch', ['storage.k8s.io'], 'volumeattributesclasses'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'ttl-after-finished-controller',
    rules: [
      resources('delete get list watch', ['batch'], 'jobs'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'root-ca-cert-publisher',
    rules: [
      resources('create update', [''], 'configmaps'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'validatingadmissionpolicy-status-controller',
    rules: [
      resources('get list watch', ['admissionregistration.k8s.io'], 'validatingadmissionpolicies'),
      resources('get patch update', ['admissionregistration.k8s.io'], 'validatingadmissionpolicies/status'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'legacy-service-account-token-cleaner',
    rules: [
      resources('get', [''], 'configmaps', 'kube-apiserver-legacy-service-account-token-tracking'),
      resources('delete patch', [''], 'secrets'),
    ],
  },
  {
    name: 'selinux-warning-controller',
    rules: [
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
      resources('get list watch', [''], 'persistentvolumes'),
      resources('get list watch', [''], 'persistentvolumeclaims'),
      resources('get list watch', [''], 'pods'),
      resources('get list watch', ['storage.k8s.io'], 'csidrivers'),
    ],
  },
];
