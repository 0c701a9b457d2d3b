import type { DeepReadonly, KubeObject, LabelSelector } from '../../../../../apis/meta/v1.ts';
import type { ResourceDefinition } from '../../resources/resource-definition.ts';
import type { Storage } from '../../storage/storage.ts';
import type { UserInfo } from '../../user/user-info.ts';

/** A write that webhooks are asked about. */
export interface ReviewedWrite {
  readonly definition: ResourceDefinition;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly namespace: string;
  /** Empty for a create whose object tells it, or generates it. */
  readonly name: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly oldObject: DeepReadonly<KubeObject> | undefined;
  /** Of the request, such as `{ kind: 'CreateOptions', … }`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Tells the client, in a Warning header. */
  readonly warn: (text: string) => void;
}

export interface WebhookRule {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly scope?: string;
}

/** One of a Mutating- or ValidatingWebhookConfiguration. */
export interface Webhook {
  readonly name: string;
  readonly clientConfig: {
    readonly url?: string;
    readonly service?: {
      readonly namespace: string;
      readonly name: string;
      readonly path?: string;
      readonly port?: number;
    };
    /** PEM in base64; without it the system's authorities count. */
    readonly caBundle?: string;
  };
  readonly rules?: readonly WebhookRule[];
  readonly failurePolicy?: 'Fail' | 'Ignore';
  readonly matchPolicy?: 'Exact' | 'Equivalent';
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  readonly sideEffects?: string;
  readonly timeoutSeconds?: number;
  readonly admissionReviewVersions?: readonly string[];
  readonly reinvocationPolicy?: 'Never' | 'IfNeeded';
  readonly matchConditions?: readonly unknown[];
}

const GROUP = 'admissionregistration.k8s.io';

/** In the order in which they are asked: by the names of their configurations. */
export function webhooksIn(storage: Storage, kind: 'mutating' | 'validating'): readonly Webhook[] {
  const configurations = storage.list(`${kind}webhookconfigurations.${GROUP}`);
  if (configurations.length === 0) return NONE;
  return configurations.flatMap(({ object }) => (object.webhooks as readonly Webhook[] | undefined) ?? []);
}

const NONE: readonly Webhook[] = Object.freeze([]);

/** What decides on admission is not itself subject to it: nobody could mend a webhook that refuses everything. */
export function isExempt({ definition }: ReviewedWrite): boolean {
  return (
    definition.group === GROUP && /^(Mutating|Validating)(WebhookConfiguration|AdmissionPolicy)/.test(definition.kind)
  );
}

/** Objects of the core group's Namespace are in the namespace of their name, where admission is concerned. */
export function isNamespace({ group, kind }: ResourceDefinition): boolean {
  return group === '' && kind === 'Namespace';
}

export function nameOf(write: ReviewedWrite, object: DeepReadonly<KubeObject> | undefined): string {
  return write.name || object?.metadata.name || '';
}

export function namespaceOf(write: ReviewedWrite, object: DeepReadonly<KubeObject> | undefined): string {
  return isNamespace(write.definition) ? nameOf(write, object) : write.namespace;
}
