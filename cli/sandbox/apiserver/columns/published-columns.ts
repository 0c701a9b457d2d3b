import type { Column } from '../resources/resource-definition.ts';

/**
 * The columns that kube-apiserver tells of each kind (Table), with its descriptions. Written by generate.ts; not edited by hand.
 */
export type PublishedColumn = Omit<Column, 'cell'> & { readonly format: string };

const NAME: PublishedColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
  priority: 0,
};
const AGE: PublishedColumn = {
  name: 'Age',
  type: 'string',
  format: '',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
  priority: 0,
};
const CREATED_AT: PublishedColumn = {
  name: 'Created At',
  type: 'date',
  format: '',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
  priority: 0,
};

export const PUBLISHED_COLUMNS: Readonly<Record<string, readonly PublishedColumn[]>> = {
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': [
    NAME,
    {
      name: 'Webhooks',
      type: 'integer',
      format: '',
      description: 'Webhooks indicates the number of webhooks registered in this configuration',
      priority: 0,
    },
    AGE,
  ],
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': [
    NAME,
    {
      name: 'Webhooks',
      type: 'integer',
      format: '',
      description: 'Webhooks indicates the number of webhooks registered in this configuration',
      priority: 0,
    },
    AGE,
  ],
  'apiextensions.k8s.io/v1/CustomResourceDefinition': [NAME, CREATED_AT],
  'apiregistration.k8s.io/v1/APIService': [
    NAME,
    {
      name: 'Service',
      type: 'string',
      format: '',
      description: 'The reference to the service that hosts this API endpoint.',
      priority: 0,
    },
    { name: 'Available', type: 'string', format: '', description: 'Whether this service is available.', priority: 0 },
    AGE,
  ],
  'apps/v1/ControllerRevision': [
    NAME,
    { name: 'Controller', type: 'string', format: '', description: 'Controller of the object', priority: 0 },
    {
      name: 'Revision',
      type: 'string',
      format: '',
      description: 'Revision indicates the revision of the state represented by Data.',
      priority: 0,
    },
    AGE,
  ],
  'apps/v1/DaemonSet': [
    NAME,
    {
      name: 'Desired',
      type: 'integer',
      format: '',
      description:
        'The total number of nodes that should be running the daemon pod (including nodes correctly running the daemon pod). More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/',
      priority: 0,
    },
    {
      name: 'Current',
      type: 'integer',
      format: '',
      description:
        'The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod. More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/',
      priority: 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      format: '',
      description:
        'numberReady is the number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.',
      priority: 0,
    },
    {
      name: 'Up-to-date',
      type: 'integer',
      format: '',
      description: 'The total number of nodes that are running updated daemon pod',
      priority: 0,
    },
    {
      name: 'Available',
      type: 'integer',
      format: '',
      description:
        'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available (ready for at least spec.minReadySeconds)',
      priority: 0,
    },
    {
      name: 'Node Selector',
      type: 'string',
      format: '',
      description:
        "NodeSelector is a selector which must be true for the pod to fit on a node. Selector which must match a node's labels for the pod to be scheduled on that node. More info: https://kubernetes.io/docs/concepts/configuration/assign-pod-node/",
      priority: 0,
    },
    AGE,
    {
      name: 'Containers',
      type: 'string',
      format: '',
      description: 'Names of each container in the template.',
      priority: 1,
    },
    {
      name: 'Images',
      type: 'string',
      format: '',
      description: 'Images referenced by each container in the template.',
      priority: 1,
    },
    {
      name: 'Selector',
      type: 'string',
      format: '',
      description:
        "A label query over pods that are managed by the daemon set. Must match in order to be controlled. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
      priority: 1,
    },
  ],
  'apps/v1/Deployment': [
    NAME,
    { name: 'Ready', type: 'string', format: '', description: 'Number of the pod with ready state', priority: 0 },
    {
      name: 'Up-to-date',
      type: 'string',
      format: '',
      description:
        'Total number of non-terminating pods targeted by this deployment that have the desired template spec.',
      priority: 0,
    },
    {
      name: 'Available',
      type: 'string',
      format: '',
      description:
        'Total number of available non-terminating pods (ready for at least minReadySeconds) targeted by this deployment.',
      priority: 0,
    },
    AGE,
    {
      name: 'Containers',
      type: 'string',
      format: '',
      description: 'Names of each container in the template.',
      priority: 1,
    },
    {
      name: 'Images',
      type: 'string',
      format: '',
      description: 'Images referenced by each container in the template.',
      priority: 1,
    },
    {
      name: 'Selector',
      type: 'string',
      format: '',
      description:
        "Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment. It must match the pod template's labels.",
      priority: 1,
    },
  ],
  'apps/v1/ReplicaSet': [
    NAME,
    {
      name: 'Desired',
      type: 'integer',
      format: '',
      description:
        'Replicas is the number of desired pods. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset',
      priority: 0,
    },
    {
      name: 'Current',
      type: 'integer',
      format: '',
      description:
        'Replicas is the most recently observed number of non-terminating pods. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset',
      priority: 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      format: '',
      description: 'The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition.',
      priority: 0,
    },
    AGE,
    {
      name: 'Containers',
      type: 'string',
      format: '',
      description: 'Names of each container in the template.',
      priority: 1,
    },
    {
      name: 'Images',
      type: 'string',
      format: '',
      description: 'Images referenced by each container in the template.',
      priority: 1,
    },
    {
      name: 'Selector',
      type: 'string',
      format: '',
      description:
        "Selector is a label query over pods that should match the replica count. Label keys and values that must match in order to be controlled by this replica set. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
      priority: 1,
    },
  ],
  'apps/v1/StatefulSet': [
    NAME,
    { name: 'Ready', type: 'string', format: '', description: 'Number of the pod with ready state', priority: 0 },
    AGE,
    {
      name: 'Containers',
      type: 'string',
      format: '',
      description: 'Names of each container in the template.',
      priority: 1,
    },
    {
      name: 'Images',
      type: 'string',
      format: '',
      description: 'Images referenced by each container in the template.',
      priority: 1,
    },
  ],
  'autoscaling/v1/HorizontalPodAutoscaler': [
    NAME,
    {
      name: 'Reference',
      type: 'string',
      format: '',
      description:
        'scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.',
      priority: 0,
    },
    {
      name: 'Targets',
      type: 'string',
      format: '',
      description:
        'metrics contains the specifications for which to use to calculate the desired replica count (the maximum replica count across all metrics will be used).  The desired replica count is calculated multiplying the ratio between the target value and the current value by the current number of pods.  Ergo, metrics used must decrease as the pod count is increased, and vice-versa.  See the individual metric source types for more information about how each type of metric must respond. If not set, the default metric will be set to 80% average CPU utilization.',
      priority: 0,
    },
    {
      name: 'MinPods',
      type: 'string',
      format: '',
      description:
        'minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.  It defaults to 1 pod.  minReplicas is allowed to be 0 if the alpha feature gate HPAScaleToZero is enabled and at least one Object or External metric is configured.  Scaling is active as long as at least one metric value is available.',
      priority: 0,
    },
    {
      name: 'MaxPods',
      type: 'string',
      format: '',
      description:
        'maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up. It cannot be less that minReplicas.',
      priority: 0,
    },
    {
      name: 'Replicas',
      type: 'string',
      format: '',
      description:
        'currentReplicas is current number of replicas of pods managed by this autoscaler, as last seen by the autoscaler.',
      priority: 0,
    },
    AGE,
  ],
  'autoscaling/v2/HorizontalPodAutoscaler': [
    NAME,
    {
      name: 'Reference',
      type: 'string',
      format: '',
      description:
        'scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.',
      priority: 0,
    },
    {
      name: 'Targets',
      type: 'string',
      format: '',
      description:
        'metrics contains the specifications for which to use to calculate the desired replica count (the maximum replica count across all metrics will be used).  The desired replica count is calculated multiplying the ratio between the target value and the current value by the current number of pods.  Ergo, metrics used must decrease as the pod count is increased, and vice-versa.  See the individual metric source types for more information about how each type of metric must respond. If not set, the default metric will be set to 80% average CPU utilization.',
      priority: 0,
    },
    {
      name: 'MinPods',
      type: 'string',
      format: '',
      description:
        'minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.  It defaults to 1 pod.  minReplicas is allowed to be 0 if the alpha feature gate HPAScaleToZero is enabled and at least one Object or External metric is configured.  Scaling is active as long as at least one metric value is available.',
      priority: 0,
    },
    {
      name: 'MaxPods',
      type: 'string',
      format: '',
      description:
        'maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up. It cannot be less that minReplicas.',
      priority: 0,
    },
    {
      name: 'Replicas',
      type: 'string',
      format: '',
      description:
        'currentReplicas is current number of replicas of pods managed by this autoscaler, as last seen by the autoscaler.',
      priority: 0,
    },
    AGE,
  ],
  'batch/v1/CronJob': [
    NAME,
    {
      name: 'Schedule',
      type: 'string',
      format: '',
      description: 'The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.',
      priority: 0,
    },
    {
      name: 'Timezone',
      type: 'string',
      format: '',
      description:
        'The time zone name for the given schedule, see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones. If not specified, this will default to the time zone of the kube-controller-manager process. The set of valid time zone names and the time zone offset is loaded from the system-wide time zone database by the API server during CronJob validation and the controller manager during execution. If no system-wide time zone database can be found a bundled version of the database is used instead. If the time zone name becomes invalid during the lifetime of a CronJob or due to a change in host configuration, the controller will stop creating new new Jobs and will create a system event with the reason UnknownTimeZone. More information can be found in https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones',
      priority: 0,
    },
    {
      name: 'Suspend',
      type: 'boolean',
      format: '',
      description:
        'This flag tells the controller to suspend subsequent executions, it does not apply to already started executions.  Defaults to false.',
      priority: 0,
    },
    {
      name: 'Active',
      type: 'integer',
      format: '',
      description: 'A list of pointers to currently running jobs.',
      priority: 0,
    },
    {
      name: 'Last Schedule',
      type: 'string',
      format: '',
      description: 'Information when was the last time the job was successfully scheduled.',
      priority: 0,
    },
    AGE,
    {
      name: 'Containers',
      type: 'string',
      format: '',
      description: 'Names of each container in the template.',
      priority: 1,
    },
    {
      name: 'Images',
      type: 'string',
      format: '',
      description: 'Images referenced by each container in the template.',
      priority: 1,
    },
    {
      name: 'Selector',
      type: 'string',
      format: '',
      description:
        'A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
      priority: 1,
    },
  ],
  'batch/v1/Job': [
    NAME,
    { name: 'Status', type: 'string', format: '', description: 'Status of the job.', priority: 0 },
    {
      name: 'Completions',
      type: 'string',
      format: '',
      description:
        'The number of pods which reached phase Succeeded. The value increases monotonically for a given spec. However, it may decrease in reaction to scale down of elastic indexed jobs.',
      priority: 0,
    },
    { name: 'Duration', type: 'string', format: '', description: 'Time required to complete the job.', priority: 0 },
    AGE,
    {
      name: 'Containers',
      type: 'string',
      format: '',
      description: 'Names of each container in the template.',
      priority: 1,
    },
    {
      name: 'Images',
      type: 'string',
      format: '',
      description: 'Images referenced by each container in the template.',
      priority: 1,
    },
    {
      name: 'Selector',
      type: 'string',
      format: '',
      description:
        'A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
      priority: 1,
    },
  ],
  'coordination.k8s.io/v1/Lease': [
    NAME,
    {
      name: 'Holder',
      type: 'string',
      format: '',
      description:
        'holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election is used, the holder identity must be equal to the elected LeaseCandidate.metadata.name field.',
      priority: 0,
    },
    AGE,
  ],
  'discovery.k8s.io/v1/EndpointSlice': [
    NAME,
    {
      name: 'AddressType',
      type: 'string',
      format: '',
      description:
        'addressType specifies the type of address carried by this EndpointSlice. All addresses in this slice must be the same type. This field is immutable after creation. The following address types are currently supported: * IPv4: Represents an IPv4 Address. * IPv6: Represents an IPv6 Address. * FQDN: Represents a Fully Qualified Domain Name. (Deprecated) The EndpointSlice controller only generates, and kube-proxy only processes, slices of addressType "IPv4" and "IPv6". No semantics are defined for the "FQDN" type.',
      priority: 0,
    },
    {
      name: 'Ports',
      type: 'string',
      format: '',
      description:
        'ports specifies the list of network ports exposed by each endpoint in this slice. Each port must have a unique name. Each slice may include a maximum of 100 ports. Services always have at least 1 port, so EndpointSlices generated by the EndpointSlice controller will likewise always have at least 1 port. EndpointSlices used for other purposes may have an empty ports list.',
      priority: 0,
    },
    {
      name: 'Endpoints',
      type: 'string',
      format: '',
      description:
        'endpoints is a list of unique endpoints in this slice. Each slice may include a maximum of 1000 endpoints.',
      priority: 0,
    },
    AGE,
  ],
  'events.k8s.io/v1/Event': [
    {
      name: 'Last Seen',
      type: 'string',
      format: '',
      description: 'The time at which the most recent occurrence of this event was recorded.',
      priority: 0,
    },
    {
      name: 'Type',
      type: 'string',
      format: '',
      description: 'Type of this event (Normal, Warning), new types could be added in the future',
      priority: 0,
    },
    {
      name: 'Reason',
      type: 'string',
      format: '',
      description:
        "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
      priority: 0,
    },
    { name: 'Object', type: 'string', format: '', description: 'The object that this event is about.', priority: 0 },
    {
      name: 'Subobject',
      type: 'string',
      format: '',
      description:
        'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.',
      priority: 1,
    },
    {
      name: 'Source',
      type: 'string',
      format: '',
      description: 'The component reporting this event. Should be a short machine understandable string.',
      priority: 1,
    },
    {
      name: 'Message',
      type: 'string',
      format: '',
      description: 'A human-readable description of the status of this operation.',
      priority: 0,
    },
    {
      name: 'First Seen',
      type: 'string',
      format: '',
      description: 'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)',
      priority: 1,
    },
    {
      name: 'Count',
      type: 'string',
      format: '',
      description: 'The number of times this event has occurred.',
      priority: 1,
    },
    {
      name: 'Name',
      type: 'string',
      format: 'name',
      description:
        'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
      priority: 1,
    },
  ],
  'networking.k8s.io/v1/IPAddress': [
    NAME,
    {
      name: 'ParentRef',
      type: 'string',
      format: '',
      description:
        'ParentRef references the resource that an IPAddress is attached to. An IPAddress must reference a parent object.',
      priority: 0,
    },
  ],
  'networking.k8s.io/v1/Ingress': [
    NAME,
    {
      name: 'Class',
      type: 'string',
      format: '',
      description: 'The name of the IngressClass resource that should be used for additional configuration',
      priority: 0,
    },
    {
      name: 'Hosts',
      type: 'string',
      format: '',
      description: 'Hosts that incoming requests are matched against before the ingress rule',
      priority: 0,
    },
    {
      name: 'Address',
      type: 'string',
      format: '',
      description: 'Address is a list containing ingress points for the load-balancer',
      priority: 0,
    },
    { name: 'Ports', type: 'string', format: '', description: 'Ports of TLS configurations that open', priority: 0 },
    AGE,
  ],
  'networking.k8s.io/v1/IngressClass': [
    NAME,
    {
      name: 'Controller',
      type: 'string',
      format: '',
      description: 'Controller that is responsible for handling this class',
      priority: 0,
    },
    {
      name: 'Parameters',
      type: 'string',
      format: '',
      description: 'A reference to a resource with additional parameters',
      priority: 0,
    },
    AGE,
  ],
  'networking.k8s.io/v1/NetworkPolicy': [
    NAME,
    {
      name: 'Pod-Selector',
      type: 'string',
      format: '',
      description:
        "podSelector selects the pods to which this NetworkPolicy object applies. The array of rules is applied to any pods selected by this field. An empty selector matches all pods in the policy's namespace. Multiple network policies can select the same set of pods. In this case, the ingress rules for each are combined additively. This field is optional. If it is not specified, it defaults to an empty selector.",
      priority: 0,
    },
    AGE,
  ],
  'networking.k8s.io/v1/ServiceCIDR': [
    NAME,
    {
      name: 'CIDRs',
      type: 'string',
      format: '',
      description:
        'CIDRs defines the IP blocks in CIDR notation (e.g. "192.168.0.0/24" or "2001:db8::/64") from which to assign service cluster IPs. Max of two CIDRs is allowed, one of each IP family. This field is immutable.',
      priority: 0,
    },
    AGE,
  ],
  'policy/v1/PodDisruptionBudget': [
    NAME,
    {
      name: 'Min Available',
      type: 'string',
      format: '',
      description: 'The minimum number of pods that must be available.',
      priority: 0,
    },
    {
      name: 'Max Unavailable',
      type: 'string',
      format: '',
      description: 'The maximum number of pods that may be unavailable.',
      priority: 0,
    },
    {
      name: 'Allowed Disruptions',
      type: 'integer',
      format: '',
      description: 'Calculated number of pods that may be disrupted at this time.',
      priority: 0,
    },
    AGE,
  ],
  'rbac.authorization.k8s.io/v1/ClusterRole': [NAME, CREATED_AT],
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': [
    NAME,
    {
      name: 'Role',
      type: 'string',
      format: '',
      description:
        'RoleRef can only reference a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error.',
      priority: 0,
    },
    AGE,
    { name: 'Users', type: 'string', format: '', description: 'Users in the clusterRoleBinding', priority: 1 },
    { name: 'Groups', type: 'string', format: '', description: 'Groups in the clusterRoleBinding', priority: 1 },
    {
      name: 'ServiceAccounts',
      type: 'string',
      format: '',
      description: 'ServiceAccounts in the clusterRoleBinding',
      priority: 1,
    },
  ],
  'rbac.authorization.k8s.io/v1/Role': [NAME, CREATED_AT],
  'rbac.authorization.k8s.io/v1/RoleBinding': [
    NAME,
    {
      name: 'Role',
      type: 'string',
      format: '',
      description:
        'RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error.',
      priority: 0,
    },
    AGE,
    { name: 'Users', type: 'string', format: '', description: 'Users in the roleBinding', priority: 1 },
    { name: 'Groups', type: 'string', format: '', description: 'Groups in the roleBinding', priority: 1 },
    {
      name: 'ServiceAccounts',
      type: 'string',
      format: '',
      description: 'ServiceAccounts in the roleBinding',
      priority: 1,
    },
  ],
  'scheduling.k8s.io/v1/PriorityClass': [
    NAME,
    {
      name: 'Value',
      type: 'integer',
      format: '',
      description:
        'value represents the integer value of this priority class. This is the actual priority that pods receive when they have the name of this class in their pod spec.',
      priority: 0,
    },
    {
      name: 'Global-Default',
      type: 'boolean',
      format: '',
      description:
        'globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class. Only one PriorityClass can be marked as `globalDefault`. However, if more than one PriorityClasses exists with their `globalDefault` field set to true, the smallest value of such global default PriorityClasses will be used as the default priority.',
      priority: 0,
    },
    AGE,
    {
      name: 'PreemptionPolicy',
      type: 'string',
      format: '',
      description:
        'preemptionPolicy is the Policy for preempting pods with lower priority. One of Never, PreemptLowerPriority. Defaults to PreemptLowerPriority if unset.',
      priority: 0,
    },
  ],
  'storage.k8s.io/v1/StorageClass': [
    NAME,
    {
      name: 'Provisioner',
      type: 'string',
      format: '',
      description: 'provisioner indicates the type of the provisioner.',
      priority: 0,
    },
    {
      name: 'ReclaimPolicy',
      type: 'string',
      format: '',
      description:
        'reclaimPolicy controls the reclaimPolicy for dynamically provisioned PersistentVolumes of this storage class. Defaults to Delete.',
      priority: 0,
    },
    {
      name: 'VolumeBindingMode',
      type: 'string',
      format: '',
      description:
        'volumeBindingMode indicates how PersistentVolumeClaims should be provisioned and bound.  When unset, VolumeBindingImmediate is used. This field is only honored by servers that enable the VolumeScheduling feature.',
      priority: 0,
    },
    {
      name: 'AllowVolumeExpansion',
      type: 'string',
      format: '',
      description: 'allowVolumeExpansion shows whether the storage class allow volume expand.',
      priority: 0,
    },
    AGE,
  ],
  'v1/ConfigMap': [
    NAME,
    {
      name: 'Data',
      type: 'string',
      format: '',
      description:
        "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.",
      priority: 0,
    },
    AGE,
  ],
  'v1/Endpoints': [
    NAME,
    {
      name: 'Endpoints',
      type: 'string',
      format: '',
      description:
        'The set of all endpoints is the union of all subsets. Addresses are placed into subsets according to the IPs they share. A single address with multiple ports, some of which are ready and some of which are not (because they come from different containers) will result in the address being displayed in different subsets for the different ports. No address will appear in both Addresses and NotReadyAddresses in the same subset. Sets of addresses and ports that comprise a service.',
      priority: 0,
    },
    AGE,
  ],
  'v1/Event': [
    {
      name: 'Last Seen',
      type: 'string',
      format: '',
      description: 'The time at which the most recent occurrence of this event was recorded.',
      priority: 0,
    },
    {
      name: 'Type',
      type: 'string',
      format: '',
      description: 'Type of this event (Normal, Warning), new types could be added in the future',
      priority: 0,
    },
    {
      name: 'Reason',
      type: 'string',
      format: '',
      description:
        "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
      priority: 0,
    },
    { name: 'Object', type: 'string', format: '', description: 'The object that this event is about.', priority: 0 },
    {
      name: 'Subobject',
      type: 'string',
      format: '',
      description:
        'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.',
      priority: 1,
    },
    {
      name: 'Source',
      type: 'string',
      format: '',
      description: 'The component reporting this event. Should be a short machine understandable string.',
      priority: 1,
    },
    {
      name: 'Message',
      type: 'string',
      format: '',
      description: 'A human-readable description of the status of this operation.',
      priority: 0,
    },
    {
      name: 'First Seen',
      type: 'string',
      format: '',
      description: 'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)',
      priority: 1,
    },
    {
      name: 'Count',
      type: 'string',
      format: '',
      description: 'The number of times this event has occurred.',
      priority: 1,
    },
    {
      name: 'Name',
      type: 'string',
      format: 'name',
      description:
        'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
      priority: 1,
    },
  ],
  'v1/LimitRange': [NAME, CREATED_AT],
  'v1/Namespace': [
    NAME,
    { name: 'Status', type: 'string', format: '', description: 'The status of the namespace', priority: 0 },
    AGE,
  ],
  'v1/Node': [
    NAME,
    { name: 'Status', type: 'string', format: '', description: 'The status of the node', priority: 0 },
    { name: 'Roles', type: 'string', format: '', description: 'The roles of the node', priority: 0 },
    AGE,
    { name: 'Version', type: 'string', format: '', description: 'Kubelet Version reported by the node.', priority: 0 },
    {
      name: 'Internal-IP',
      type: 'string',
      format: '',
      description:
        "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP).",
      priority: 1,
    },
    {
      name: 'External-IP',
      type: 'string',
      format: '',
      description:
        "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP).",
      priority: 1,
    },
    {
      name: 'OS-Image',
      type: 'string',
      format: '',
      description: 'OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).',
      priority: 1,
    },
    {
      name: 'Kernel-Version',
      type: 'string',
      format: '',
      description: "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
      priority: 1,
    },
    {
      name: 'Container-Runtime',
      type: 'string',
      format: '',
      description:
        'ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).',
      priority: 1,
    },
  ],
  'v1/PersistentVolume': [
    NAME,
    {
      name: 'Capacity',
      type: 'string',
      format: '',
      description:
        "capacity is the description of the persistent volume's resources and capacity. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#capacity",
      priority: 0,
    },
    {
      name: 'Access Modes',
      type: 'string',
      format: '',
      description:
        'accessModes contains all ways the volume can be mounted. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes',
      priority: 0,
    },
    {
      name: 'Reclaim Policy',
      type: 'string',
      format: '',
      description:
        'persistentVolumeReclaimPolicy defines what happens to a persistent volume when released from its claim. Valid options are Retain (default for manually created PersistentVolumes), Delete (default for dynamically provisioned PersistentVolumes), and Recycle (deprecated). Recycle must be supported by the volume plugin underlying this PersistentVolume. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#reclaiming',
      priority: 0,
    },
    {
      name: 'Status',
      type: 'string',
      format: '',
      description:
        'phase indicates if a volume is available, bound to a claim, or released by a claim. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#phase',
      priority: 0,
    },
    {
      name: 'Claim',
      type: 'string',
      format: '',
      description:
        'claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim. Expected to be non-nil when bound. claim.VolumeName is the authoritative bind between PV and PVC. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#binding',
      priority: 0,
    },
    { name: 'StorageClass', type: 'string', format: '', description: 'StorageClass of the pv', priority: 0 },
    {
      name: 'VolumeAttributesClass',
      type: 'string',
      format: '',
      description: 'VolumeAttributesClass of the pv',
      priority: 0,
    },
    {
      name: 'Reason',
      type: 'string',
      format: '',
      description:
        'reason is a brief CamelCase string that describes any failure and is meant for machine parsing and tidy display in the CLI.',
      priority: 0,
    },
    AGE,
    {
      name: 'VolumeMode',
      type: 'string',
      format: '',
      description:
        'volumeMode defines if a volume is intended to be used with a formatted filesystem or to remain in raw block state. Value of Filesystem is implied when not included in spec.',
      priority: 1,
    },
  ],
  'v1/PersistentVolumeClaim': [
    NAME,
    {
      name: 'Status',
      type: 'string',
      format: '',
      description: 'phase represents the current phase of PersistentVolumeClaim.',
      priority: 0,
    },
    {
      name: 'Volume',
      type: 'string',
      format: '',
      description: 'volumeName is the binding reference to the PersistentVolume backing this claim.',
      priority: 0,
    },
    {
      name: 'Capacity',
      type: 'string',
      format: '',
      description: 'capacity represents the actual resources of the underlying volume.',
      priority: 0,
    },
    {
      name: 'Access Modes',
      type: 'string',
      format: '',
      description:
        'accessModes contains the actual access modes the volume backing the PVC has. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes-1',
      priority: 0,
    },
    { name: 'StorageClass', type: 'string', format: '', description: 'StorageClass of the pvc', priority: 0 },
    {
      name: 'VolumeAttributesClass',
      type: 'string',
      format: '',
      description: 'VolumeAttributesClass of the pvc',
      priority: 0,
    },
    AGE,
    {
      name: 'VolumeMode',
      type: 'string',
      format: '',
      description:
        'volumeMode defines what type of volume is required by the claim. Value of Filesystem is implied when not included in claim spec.',
      priority: 1,
    },
  ],
  'v1/Pod': [
    NAME,
    {
      name: 'Ready',
      type: 'string',
      format: '',
      description: 'The aggregate readiness state of this pod for accepting traffic.',
      priority: 0,
    },
    {
      name: 'Status',
      type: 'string',
      format: '',
      description: 'The aggregate status of the containers in this pod.',
      priority: 0,
    },
    {
      name: 'Restarts',
      type: 'string',
      format: '',
      description:
        'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
      priority: 0,
    },
    AGE,
    {
      name: 'IP',
      type: 'string',
      format: '',
      description:
        'podIP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.',
      priority: 1,
    },
    {
      name: 'Node',
      type: 'string',
      format: '',
      description:
        'NodeName indicates in which node this pod is scheduled. If empty, this pod is a candidate for scheduling by the scheduler defined in schedulerName. Once this field is set, the kubelet for this node becomes responsible for the lifecycle of this pod. This field should not be used to express a desire for the pod to be scheduled on a specific node. https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename',
      priority: 1,
    },
    {
      name: 'Nominated Node',
      type: 'string',
      format: '',
      description:
        'nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot be scheduled right away as preemption victims receive their graceful termination periods. This field does not guarantee that the pod will be scheduled on this node. Scheduler may decide to place the pod elsewhere if other nodes become available sooner. Scheduler may also decide to give the resources on this node to a higher priority pod that is created after preemption. As a result, this field may be different than PodSpec.nodeName when the pod is scheduled.',
      priority: 1,
    },
    {
      name: 'Readiness Gates',
      type: 'string',
      format: '',
      description:
        'If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when all its containers are ready AND all conditions specified in the readiness gates have status equal to "True" More info: https://git.k8s.io/enhancements/keps/sig-network/580-pod-readiness-gates',
      priority: 1,
    },
  ],
  'v1/PodTemplate': [
    NAME,
    {
      name: 'Containers',
      type: 'string',
      format: '',
      description: 'Names of each container in the template.',
      priority: 0,
    },
    {
      name: 'Images',
      type: 'string',
      format: '',
      description: 'Images referenced by each container in the template.',
      priority: 0,
    },
    { name: 'Pod Labels', type: 'string', format: '', description: 'The labels for the pod template.', priority: 0 },
  ],
  'v1/ReplicationController': [
    NAME,
    {
      name: 'Desired',
      type: 'integer',
      format: '',
      description:
        'Replicas is the number of desired replicas. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller',
      priority: 0,
    },
    {
      name: 'Current',
      type: 'integer',
      format: '',
      description:
        'Replicas is the most recently observed number of replicas. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller',
      priority: 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      format: '',
      description: 'The number of ready replicas for this replication controller.',
      priority: 0,
    },
    AGE,
    {
      name: 'Containers',
      type: 'string',
      format: '',
      description: 'Names of each container in the template.',
      priority: 1,
    },
    {
      name: 'Images',
      type: 'string',
      format: '',
      description: 'Images referenced by each container in the template.',
      priority: 1,
    },
    {
      name: 'Selector',
      type: 'string',
      format: '',
      description:
        'Selector is a label query over pods that should match the Replicas count. If Selector is empty, it is defaulted to the labels present on the Pod template. Label keys and values that must match in order to be controlled by this replication controller, if empty defaulted to labels on Pod template. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
      priority: 1,
    },
  ],
  'v1/ResourceQuota': [
    NAME,
    {
      name: 'Request',
      type: 'string',
      format: '',
      description: 'Request represents a minimum amount of cpu/memory that a container may consume.',
      priority: 0,
    },
    {
      name: 'Limit',
      type: 'string',
      format: '',
      description:
        'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
      priority: 0,
    },
    AGE,
  ],
  'v1/Secret': [
    NAME,
    {
      name: 'Type',
      type: 'string',
      format: '',
      description:
        'Used to facilitate programmatic handling of secret data. More info: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types',
      priority: 0,
    },
    {
      name: 'Data',
      type: 'string',
      format: '',
      description:
        "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. The serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4",
      priority: 0,
    },
    AGE,
  ],
  'v1/Service': [
    NAME,
    {
      name: 'Type',
      type: 'string',
      format: '',
      description:
        'type determines how the Service is exposed. Defaults to ClusterIP. Valid options are ExternalName, ClusterIP, NodePort, and LoadBalancer. "ClusterIP" allocates a cluster-internal IP address for load-balancing to endpoints. Endpoints are determined by the selector or if that is not specified, by manual construction of an Endpoints object or EndpointSlice objects. If clusterIP is "None", no virtual IP is allocated and the endpoints are published as a set of endpoints rather than a virtual IP. "NodePort" builds on ClusterIP and allocates a port on every node which routes to the same endpoints as the clusterIP. "LoadBalancer" builds on NodePort and creates an external load-balancer (if supported in the current cloud) which routes to the same endpoints as the clusterIP. "ExternalName" aliases this service to the specified externalName. Several other fields do not apply to ExternalName services. More info: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types',
      priority: 0,
    },
    {
      name: 'Cluster-IP',
      type: 'string',
      format: '',
      description:
        'clusterIP is the IP address of the service and is usually assigned randomly. If an address is specified manually, is in-range (as per system configuration), and is not in use, it will be allocated to the service; otherwise creation of the service will fail. This field may not be changed through updates unless the type field is also being changed to ExternalName (which requires this field to be blank) or the type field is being changed from ExternalName (in which case this field may optionally be specified, as describe above).  Valid values are "None", empty string (""), or a valid IP address. Setting this to "None" makes a "headless service" (no virtual IP), which is useful when direct endpoint connections are preferred and proxying is not required.  Only applies to types ClusterIP, NodePort, and LoadBalancer. If this field is specified when creating a Service of type ExternalName, creation will fail. This field will be wiped when updating a Service to type ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies',
      priority: 0,
    },
    {
      name: 'External-IP',
      type: 'string',
      format: '',
      description:
        'externalIPs is a list of IP addresses for which nodes in the cluster will also accept traffic for this service.  These IPs are not managed by Kubernetes.  The user is responsible for ensuring that traffic arrives at a node with this IP.  A common example is external load-balancers that are not part of the Kubernetes system.',
      priority: 0,
    },
    {
      name: 'Port(s)',
      type: 'string',
      format: '',
      description:
        'The list of ports that are exposed by this service. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies',
      priority: 0,
    },
    AGE,
    {
      name: 'Selector',
      type: 'string',
      format: '',
      description:
        'Route service traffic to pods with label keys and values matching this selector. If empty or not present, the service is assumed to have an external process managing its endpoints, which Kubernetes will not modify. Only applies to types ClusterIP, NodePort, and LoadBalancer. Ignored if type is ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/',
      priority: 1,
    },
  ],
  'v1/ServiceAccount': [NAME, AGE],
};
