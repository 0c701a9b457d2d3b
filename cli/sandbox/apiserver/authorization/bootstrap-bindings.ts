import type { PolicyRule } from '../resources/authorizer.ts';
import { resources } from './bootstrap-rules.ts';

export type BootstrapSubject = readonly [kind: 'User' | 'Group' | 'ServiceAccount', name: string, namespace?: string];

/** ClusterRoleBindings of the ClusterRoles that bear their names, in the order in which Kubernetes makes them. */
export const CLUSTER_BINDINGS: readonly { readonly name: string; readonly subjects: readonly BootstrapSubject[] }[] = [
  { name: 'cluster-admin', subjects: [['Group', 'system:masters']] },
  { name: 'system:monitoring', subjects: [['Group', 'system:monitoring']] },
  { name: 'system:discovery', subjects: [['Group', 'system:authenticated']] },
  { name: 'system:basic-user', subjects: [['Group', 'system:authenticated']] },
  {
    name: 'system:public-info-viewer',
    subjects: [
      ['Group', 'system:authenticated'],
      ['Group', 'system:unauthenticated'],
    ],
  },
  { name: 'system:node-proxier', subjects: [['User', 'system:kube-proxy']] },
  { name: 'system:kube-controller-manager', subjects: [['User', 'system:kube-controller-manager']] },
  { name: 'system:kube-dns', subjects: [['ServiceAccount', 'kube-dns', 'kube-system']] },
  { name: 'system:kube-scheduler', subjects: [['User', 'system:kube-scheduler']] },
  { name: 'system:volume-scheduler', subjects: [['User', 'system:kube-scheduler']] },
  { name: 'system:node', subjects: [] },
  { name: 'system:service-account-issuer-discovery', subjects: [['Group', 'system:serviceaccounts']] },
];

/** Roles of namespaces. */
export const NAMESPACE_ROLES: readonly {
  readonly namespace: string;
  readonly name: string;
  readonly rules: readonly PolicyRule[];
}[] = [
  {
    namespace: 'kube-system',
    name: 'extension-apiserver-authentication-reader',
    rules: [resources('get list watch', [''], 'configmaps', 'extension-apiserver-authentication')],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:bootstrap-signer',
    rules: [resources('get list watch', [''], 'secrets')],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:cloud-provider',
    rules: [resources('create get list watch', [''], 'configmaps')],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:token-cleaner',
    rules: [
      resources('delete get list watch', [''], 'secrets'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-controller-manager',
    rules: [
      resources('create get list update watch', ['coordination.k8s.io'], 'leases'),
      resources('create get list update watch', ['coordination.k8s.io'], 'leasecandidates'),
    ],
  },
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-scheduler',
    rules: [
      resources('create get list update watch', ['coordination.k8s.io'], 'leases'),
      resources('create get list update watch', ['coordination.k8s.io'], 'leasecandidates'),
    ],
  },
  {
    namespace: 'kube-public',
    name: 'system:controller:bootstrap-signer',
    rules: [
      resources('get list watch', [''], 'configmaps'),
      resources('update', [''], 'configmaps', 'cluster-info'),
      resources('create patch update', ['', 'events.k8s.io'], 'events'),
    ],
  },
];

/** RoleBindings; where no role is named it is the one of the same name. */
export const NAMESPACE_BINDINGS: readonly {
  readonly namespace: string;
  readonly name: string;
  readonly role?: string;
  readonly subjects: readonly BootstrapSubject[];
}[] = [
  {
    namespace: 'kube-system',
    name: 'system::extension-apiserver-authentication-reader',
    role: 'extension-apiserver-authentication-reader',
    subjects: [
      ['User', 'system:kube-controller-manager'],
      ['User', 'system:kube-scheduler'],
    ],
  },
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-controller-manager',
    subjects: [
      ['User', 'system:kube-controller-manager'],
      ['ServiceAccount', 'kube-controller-manager', 'kube-system'],
      ['ServiceAccount', 'leader-election-controller', 'kube-system'],
    ],
  },
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-scheduler',
    subjects: [
      ['User', 'system:kube-scheduler'],
      ['ServiceAccount', 'kube-scheduler', 'kube-system'],
    ],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:bootstrap-signer',
    subjects: [['ServiceAccount', 'bootstrap-signer', 'kube-system']],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:cloud-provider',
    subjects: [['ServiceAccount', 'cloud-provider', 'kube-system']],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:token-cleaner',
    subjects: [['ServiceAccount', 'token-cleaner', 'kube-system']],
  },
  {
    namespace: 'kube-public',
    name: 'system:controller:bootstrap-signer',
    subjects: [['ServiceAccount', 'bootstrap-signer', 'kube-system']],
  },
];
