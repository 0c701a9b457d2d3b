import { federatedResourceOf, type ReadableTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import { MESH_CONFIGS } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject, LabelSelector } from '../../apis/meta/v1.ts';
import { REPLICA_SCHEDULING_PREFERENCES } from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import { DEFAULT_FEDERATED_GROUP } from '../../apis/types/v1beta1/federated-type.ts';

function registration(kind: string, plural: string): Resource {
  return { group: 'admissionregistration.k8s.io', version: 'v1', kind, plural, namespaced: false };
}

export const VALIDATING_WEBHOOKS = registration('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations');
export const MUTATING_WEBHOOKS = registration('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations');

/**
 * In the control plane's namespace. Not KubeFed's `kubefed-admission-webhook`: while that one's webhooks run, API servers
 * must find them and nobody else behind it.
 */
export const WEBHOOK_SERVICE = 'fedmesh-webhook';

export const PATHS = {
  typeConfigs: '/validate-federatedtypeconfigs',
  clusters: '/validate-kubefedcluster',
  configs: '/validate-kubefedconfig',
  configDefaults: '/default-kubefedconfig',
  federated: '/validate-federated',
  meshConfigs: '/validate-meshconfig',
} as const;

const PART_OF_FEDMESH = { 'app.kubernetes.io/part-of': 'fedmesh' };
/** The namespace of the control plane: two of the Cluster scope on one host register under the same names. */
const INSTANCE_LABEL = 'app.kubernetes.io/instance';

/** How API servers reach the webhooks. */
export type Reach = { readonly service: { readonly namespace: string } } | { readonly url: string };

interface Rule {
  operations: string[];
  apiGroups: string[];
  apiVersions: string[];
  resources: string[];
  scope: string;
}

export interface Webhook {
  name: string;
  clientConfig: {
    url?: string;
    service?: { namespace: string; name: string; path: string; port: number };
    /** PEM, base64. */
    caBundle?: string;
  };
  rules: Rule[];
  failurePolicy: 'Fail' | 'Ignore';
  matchPolicy: string;
  namespaceSelector: LabelSelector;
  objectSelector: LabelSelector;
  sideEffects: string;
  timeoutSeconds: number;
  admissionReviewVersions: string[];
  reinvocationPolicy?: string;
}

export interface WebhookConfiguration extends KubeObject {
  webhooks?: Webhook[];
}

export interface RegistrationPlan {
  readonly reach: Reach;
  readonly namespace: string;
  readonly scope: 'Cluster' | 'Namespaced';
  /** Defaults filled in. */
  readonly typeConfigs: Iterable<ReadableTypeConfig>;
}

export interface Registered {
  readonly resource: Resource;
  readonly configuration: WebhookConfiguration & { webhooks: Webhook[] };
}

/**
 * What is registered with the API server, without a bundle: KubeFed's two configurations under KubeFed's names, and one for
 * what KubeFed does not judge. Every default is spelled out, so that what comes back can be compared.
 */
export function registrationsFor(plan: RegistrationPlan): Registered[] {
  const { namespace, scope } = plan;
  const suffix = scope === 'Namespaced' ? `-${namespace}` : '';
  const labels = { ...PART_OF_FEDMESH, [INSTANCE_LABEL]: namespace };
  const core = (name: string, path: string, resources: string[], operations: string[]) =>
    webhook(plan, { name: `${name}.core.kubefed.io`, path, rules: [rule('core.kubefed.io', resources, operations)] });
  const writes = ['CREATE', 'UPDATE'];
  return [
    {
      resource: MUTATING_WEBHOOKS,
      configuration: {
        metadata: { name: `mutation.core.kubefed.io${suffix}`, labels },
        webhooks: [
          {
            ...core('kubefedconfigs', PATHS.configDefaults, ['kubefedconfigs'], ['CREATE']),
            reinvocationPolicy: 'Never',
          },
        ],
      },
    },
    {
      resource: VALIDATING_WEBHOOKS,
      configuration: {
        metadata: { name: `validations.core.kubefed.io${suffix}`, labels },
        webhooks: [
          core('federatedtypeconfigs', PATHS.typeConfigs, withStatus('federatedtypeconfigs'), writes),
          core('kubefedclusters', PATHS.clusters, withStatus('kubefedclusters'), writes),
          core('kubefedconfigs', PATHS.configs, ['kubefedconfigs'], writes),
        ],
      },
    },
    {
      resource: VALIDATING_WEBHOOKS,
      configuration: {
        metadata: { name: `validations.fedmesh.io${suffix}`, labels },
        webhooks: [
          {
            ...webhook(plan, { name: 'federated.fedmesh.io', path: PATHS.federated, rules: federatedRules(plan) }),
            // It helps people along; nobody is to wait for it.
            failurePolicy: 'Ignore',
            timeoutSeconds: 2,
          },
          {
            ...webhook(plan, {
              name: 'meshconfigs.fedmesh.io',
              path: PATHS.meshConfigs,
              rules: [{ ...rule(MESH_CONFIGS.group, [MESH_CONFIGS.plural], ['CREATE', 'UPDATE']), apiVersions: ['*'] }],
            }),
            failurePolicy: 'Ignore',
            timeoutSeconds: 2,
          },
        ],
      },
    },
  ];
}

/** The configuration with a bundle in it. Without one, what stands there stays: others may keep it, such as cert-manager. */
export function withBundle<T extends WebhookConfiguration>(
  configuration: T,
  bundlePem: string | undefined,
  present: WebhookConfiguration | undefined,
): T {
  const webhooks = (configuration.webhooks ?? []).map((each) => {
    const kept = present?.webhooks?.find(({ name }) => name === each.name)?.clientConfig.caBundle;
    const caBundle = bundlePem === undefined ? kept : Buffer.from(bundlePem).toString('base64');
    return caBundle === undefined ? each : { ...each, clientConfig: { ...each.clientConfig, caBundle } };
  });
  return { ...configuration, webhooks };
}

/** The authorities by which API servers know these webhooks, PEM; empty when they are known without. */
export function bundleOf(configuration: WebhookConfiguration): string {
  return Buffer.from(configuration.webhooks?.[0]?.clientConfig.caBundle ?? '', 'base64').toString();
}

/** The namespace of Fedmesh's control plane that registered this; undefined: none did. `whoever` stands for one that did not say. */
export function registrantOf({ metadata }: KubeObject, whoever: string): string | undefined {
  const { labels = {} } = metadata;
  const isFedmeshs = Object.entries(PART_OF_FEDMESH).every(([name, value]) => labels[name] === value);
  return isFedmeshs ? (labels[INSTANCE_LABEL] ?? whoever) : undefined;
}

function webhook(plan: RegistrationPlan, own: { name: string; path: string; rules: Rule[] }): Webhook {
  const { reach, namespace, scope } = plan;
  const { name, path, rules } = own;
  return {
    name,
    clientConfig:
      'url' in reach
        ? { url: `${reach.url.replace(/\/+$/, '')}${path}` }
        : { service: { namespace: reach.service.namespace, name: WEBHOOK_SERVICE, path, port: 443 } },
    rules,
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    // KubeFed selects by a label `name`, which somebody has to set; this one is there by itself.
    namespaceSelector: scope === 'Namespaced' ? { matchLabels: { 'kubernetes.io/metadata.name': namespace } } : {},
    objectSelector: {},
    sideEffects: 'None',
    timeoutSeconds: 10,
    admissionReviewVersions: ['v1'],
  };
}

/** In Fedmesh's own groups every kind is its own; in others only those that a type config names. */
function federatedRules({ typeConfigs }: RegistrationPlan): Rule[] {
  const others = new Map<string, Set<string>>();
  for (const config of typeConfigs) {
    const { group, plural } = federatedResourceOf(config);
    if (group === DEFAULT_FEDERATED_GROUP || group === '') continue;
    others.set(group, (others.get(group) ?? new Set()).add(plural));
  }
  const { group, plural } = REPLICA_SCHEDULING_PREFERENCES;
  const writes = ['CREATE', 'UPDATE'];
  return [
    { ...rule(DEFAULT_FEDERATED_GROUP, ['*'], writes), apiVersions: ['*'] },
    { ...rule(group, [plural], writes), apiVersions: ['*'] },
    ...[...others]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, plurals]) => ({ ...rule(name, [...plurals].sort(), writes), apiVersions: ['*'] })),
  ];
}

function rule(group: string, resources: string[], operations: string[]): Rule {
  return { operations, apiGroups: [group], apiVersions: ['v1beta1'], resources, scope: '*' };
}

function withStatus(plural: string): string[] {
  return [plural, `${plural}/status`];
}
