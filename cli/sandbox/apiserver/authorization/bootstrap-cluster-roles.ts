import type { PolicyRule } from '../resources/authorizer.ts';
import { resources, urls } from './bootstrap-rules.ts';

/** A ClusterRole that every cluster has from the start, less what all of them have in common. */
export interface BootstrapClusterRole {
  readonly name: string;
  /** The role that gathers its rules: it bears the label for that. */
  readonly aggregateTo?: string;
  /** Its rules are those of the roles that bear the label of this name. */
  readonly aggregatesFrom?: string;
  readonly rules?: readonly PolicyRule[];
}

/** Those of Kubernetes 1.36 (`rbac/bootstrappolicy`) in the order in which it makes them, less the ones of its controllers. */
export const BOOTSTRAP_CLUSTER_ROLES: readonly BootstrapClusterRole[] = [
  { name: 'cluster-admin', rules: [resources('*', ['*'], '*'), urls('*', '*')] },
  {
    name: 'system:discovery',
    rules: [urls('get', '/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/')],
  },
  {
    name: 'system:monitoring',
    rules: [
      urls('get', '/flagz /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/* /statusz'),
      resources('get', [''], 'nodes/metrics'),
    ],
  },
  {
    name: 'system:basic-user',
    rules: [
      resources('create', ['authorization.k8s.io'], 'selfsubjectaccessreviews selfsubjectrulesreviews'),
      resources('create', ['authentication.k8s.io'], 'selfsubjectreviews'),
    ],
  },
  { name: 'system:public-info-viewer', rules: [urls('get', '/healthz /livez /readyz /version /version/')] },
  { name: 'admin', aggregatesFrom: 'admin' },
  { name: 'edit', aggregateTo: 'admin', aggregatesFrom: 'edit' },
  { name: 'view', aggregateTo: 'edit', aggregatesFrom: 'view' },
  {
    name: 'system:aggregate-to-admin',
    aggregateTo: 'admin',
    rules: [
      resources('create', ['authorization.k8s.io'], 'localsubjectaccessreviews'),
      resources(
        'create delete deletecollection get list patch update watch',
        ['rbac.authorization.k8s.io'],
        'rolebindings roles',
      ),
    ],
  },
  {
    name: 'system:aggregate-to-edit',
    aggregateTo: 'edit',
    rules: [
      resources('get list watch', [''], 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy'),
      resources('impersonate', [''], 'serviceaccounts'),
      resources(
        'create delete deletecollection patch update',
        [''],
        'pods pods/attach pods/exec pods/portforward pods/proxy',
      ),
      resources('create', [''], 'pods/eviction'),
      resources(
        'create delete deletecollection patch update',
        [''],
        'configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
      ),
      resources('create', [''], 'serviceaccounts/token'),
      resources('create delete deletecollection patch update', ['', 'events.k8s.io'], 'events'),
      resources(
        'create delete deletecollection patch update',
        ['apps'],
        'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
      ),
      resources('create delete deletecollection patch update', ['autoscaling'], 'horizontalpodautoscalers'),
      resources('create delete deletecollection patch update', ['batch'], 'cronjobs jobs'),
      resources(
        'create delete deletecollection patch update',
        ['extensions'],
        'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale',
      ),
      resources('create delete deletecollection patch update', ['policy'], 'poddisruptionbudgets'),
      resources('create delete deletecollection patch update', ['networking.k8s.io'], 'ingresses networkpolicies'),
      resources('create delete deletecollection get list patch update watch', ['coordination.k8s.io'], 'leases'),
      resources(
        'create delete deletecollection patch update',
        ['resource.k8s.io'],
        'resourceclaims resourceclaimtemplates',
      ),
    ],
  },
  {
    name: 'system:aggregate-to-view',
    aggregateTo: 'view',
    rules: [
      resources(
        'get list watch',
        [''],
        'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
      ),
      resources(
        'get list watch',
        [''],
        'bindings limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
      ),
      resources('get list watch', [''], 'namespaces'),
      resources('get list watch', ['', 'events.k8s.io'], 'events'),
      resources('get list watch', ['discovery.k8s.io'], 'endpointslices'),
      resources(
        'get list watch',
        ['apps'],
        'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
      ),
      resources('get list watch', ['autoscaling'], 'horizontalpodautoscalers horizontalpodautoscalers/status'),
      resources('get list watch', ['batch'], 'cronjobs cronjobs/status jobs jobs/status'),
      resources(
        'get list watch',
        ['extensions'],
        'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale',
      ),
      resources('get list watch', ['policy'], 'poddisruptionbudgets poddisruptionbudgets/status'),
      resources('get list watch', ['networking.k8s.io'], 'ingresses ingresses/status networkpolicies'),
      resources('get list watch', ['resource.k8s.io'], 'resourceclaims resourceclaims/status resourceclaimtemplates'),
    ],
  },
  {
    name: 'system:heapster',
    rules: [
      resources('get list watch', [''], 'events namespaces nodes pods'),
      resources('get list watch', ['extensions'], 'deployments'),
    ],
  },
  {
    name: 'system:node',
    rules: [
      resources('create', ['authentication.k8s.io'], 'tokenreviews'),
      resources('create', ['authorization.k8s.io'], 'localsubjectaccessreviews subjectaccessreviews'),
      resources('get list watch', [''], 'services'),
      resources('create get list watch', [''], 'nodes'),
      resources('patch update', [''], 'nodes/status'),
      resources('patch update', [''], 'nodes'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
      resources('get list watch', [''], 'pods'),
      resources('create delete', [''], 'pods'),
      resources('patch update', [''], 'pods/status'),
      resources('create', [''], 'pods/eviction'),
      resources('get list watch', [''], 'configmaps secrets'),
      resources('get', [''], 'persistentvolumeclaims persistentvolumes'),
      resources('get', [''], 'endpoints'),
      resources('create get list watch', ['certificates.k8s.io'], 'certificatesigningrequests'),
      resources('create delete get patch update', ['coordination.k8s.io'], 'leases'),
      resources('get', ['storage.k8s.io'], 'volumeattachments'),
      resources('create', [''], 'serviceaccounts/token'),
      resources('get patch update', [''], 'persistentvolumeclaims/status'),
      resources('get list watch', ['storage.k8s.io'], 'csidrivers'),
      resources('create delete get patch update', ['storage.k8s.io'], 'csinodes'),
      resources('get list watch', ['node.k8s.io'], 'runtimeclasses'),
      resources('get', ['resource.k8s.io'], 'resourceclaims'),
      resources('deletecollection', ['resource.k8s.io'], 'resourceslices'),
      resources('get', [''], 'serviceaccounts'),
    ],
  },
  {
    name: 'system:node-problem-detector',
    rules: [
      resources('get', [''], 'nodes'),
      resources('patch', [''], 'nodes/status'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'system:node-bootstrapper',
    rules: [resources('create get list watch', ['certificates.k8s.io'], 'certificatesigningrequests')],
  },
  {
    name: 'system:auth-delegator',
    rules: [
      resources('create', ['authentication.k8s.io'], 'tokenreviews'),
      resources('create', ['authorization.k8s.io'], 'subjectaccessreviews'),
    ],
  },
  { name: 'system:kube-aggregator', rules: [resources('get list watch', [''], 'endpoints services')] },
  {
    name: 'system:kube-controller-manager',
    rules: [
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
      resources('create', ['coordination.k8s.io'], 'leases'),
      resources('get update', ['coordination.k8s.io'], 'leases', 'kube-controller-manager'),
      resources('create', [''], 'secrets serviceaccounts'),
      resources('delete', [''], 'secrets'),
      resources('get', [''], 'configmaps namespaces secrets serviceaccounts'),
      resources('update', [''], 'secrets serviceaccounts'),
      resources('create', ['authentication.k8s.io'], 'tokenreviews'),
      resources('create', ['authorization.k8s.io'], 'subjectaccessreviews'),
      resources('list watch', ['*'], '*'),
      resources('create', [''], 'serviceaccounts/token'),
    ],
  },
  { name: 'system:kube-dns', rules: [resources('list watch', [''], 'endpoints services')] },
  {
    name: 'system:persistent-volume-provisioner',
    rules: [
      resources('create delete get list watch', [''], 'persistentvolumes'),
      resources('get list update watch', [''], 'persistentvolumeclaims'),
      resources('get list watch', ['storage.k8s.io'], 'storageclasses'),
      resources('watch', [''], 'events'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    rules: [resources('create', ['certificates.k8s.io'], 'certificatesigningrequests/nodeclient')],
  },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    rules: [resources('create', ['certificates.k8s.io'], 'certificatesigningrequests/selfnodeclient')],
  },
  {
    name: 'system:volume-scheduler',
    rules: [
      resources('get list patch update watch', [''], 'persistentvolumes'),
      resources('get list watch', ['storage.k8s.io'], 'storageclasses'),
      resources('get list patch update watch', [''], 'persistentvolumeclaims'),
    ],
  },
  {
    name: 'system:certificates.k8s.io:legacy-unknown-approver',
    rules: [resources('approve', ['certificates.k8s.io'], 'signers', 'kubernetes.io/legacy-unknown')],
  },
  {
    name: 'system:certificates.k8s.io:kubelet-serving-approver',
    rules: [resources('approve', ['certificates.k8s.io'], 'signers', 'kubernetes.io/kubelet-serving')],
  },
  {
    name: 'system:certificates.k8s.io:kube-apiserver-client-approver',
    rules: [resources('approve', ['certificates.k8s.io'], 'signers', 'kubernetes.io/kube-apiserver-client')],
  },
  {
    name: 'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver',
    rules: [resources('approve', ['certificates.k8s.io'], 'signers', 'kubernetes.io/kube-apiserver-client-kubelet')],
  },
  {
    name: 'system:service-account-issuer-discovery',
    rules: [
      urls(
        'get',
        '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
      ),
    ],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      resources('get list watch', [''], 'nodes'),
      resources('proxy', [''], 'nodes'),
      resources('*', [''], 'nodes/log nodes/metrics nodes/proxy nodes/stats'),
      resources('*', [''], 'nodes/configz nodes/healthz nodes/pods'),
    ],
  },
  {
    name: 'system:node-proxier',
    rules: [
      resources('list watch', [''], 'endpoints services'),
      resources('get list watch', [''], 'nodes'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
      resources('list watch', ['networking.k8s.io'], 'servicecidrs'),
      resources('list watch', ['discovery.k8s.io'], 'endpointslices'),
    ],
  },
  {
    name: 'system:kube-scheduler',
    rules: [
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
      resources('create', ['coordination.k8s.io'], 'leases'),
      resources('get list update watch', ['coordination.k8s.io'], 'leases', 'kube-scheduler'),
      resources(
        'create delete deletecollection get list patch update watch',
        ['coordination.k8s.io'],
        'leasecandidates',
      ),
      resources('get list watch', [''], 'nodes'),
      resources('delete get list watch', [''], 'pods'),
      resources('create', [''], 'bindings pods/binding'),
      resources('patch update', [''], 'pods/status'),
      resources('get list watch', [''], 'replicationcontrollers services'),
      resources('get list watch', ['apps', 'extensions'], 'replicasets'),
      resources('get list watch', ['apps'], 'statefulsets'),
      resources('get list watch', ['policy'], 'poddisruptionbudgets'),
      resources('get list watch', [''], 'persistentvolumeclaims persistentvolumes'),
      resources('create', ['authentication.k8s.io'], 'tokenreviews'),
      resources('create', ['authorization.k8s.io'], 'subjectaccessreviews'),
      resources('get list watch', ['storage.k8s.io'], 'csinodes'),
      resources('get list watch', ['storage.k8s.io'], 'volumeattachments'),
      resources('get list watch', [''], 'namespaces'),
      resources('get list watch', ['storage.k8s.io'], 'csidrivers'),
      resources('get list watch', ['storage.k8s.io'], 'csistoragecapacities'),
      resources('get list watch', ['resource.k8s.io'], 'deviceclasses'),
      resources('get list patch update watch', ['resource.k8s.io'], 'resourceclaims'),
      resources('get list patch update watch', ['resource.k8s.io'], 'resourceclaims/status'),
      resources('update', [''], 'pods/finalizers'),
      resources('get list watch', ['resource.k8s.io'], 'resourceslices'),
      resources('create delete', ['resource.k8s.io'], 'resourceclaims'),
      resources('patch update', ['resource.k8s.io'], 'resourceclaims/binding'),
    ],
  },
];
