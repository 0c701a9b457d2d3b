import type { DeepReadonly, KubeObject, LabelSelector } from '../../../../../apis/meta/v1.ts';
import { matches } from '../../../../../controller/kube/label-selector.ts';
import { notFound } from '../../errors/status-error.ts';
import type { ResourceDefinition } from '../../resources/resource-definition.ts';
import type { Storage } from '../../storage/storage.ts';
import { isNamespace, nameOf, namespaceOf, type ReviewedWrite, type Webhook, type WebhookRule } from './webhook.ts';

/**
 * As which of the kind's versions a webhook wants to see a write; `undefined`: it does not want to see it.
 *
 * @throws {StatusError} 404: it selects by the labels of a namespace that is not there.
 */
export function wantedAs(
  webhook: Webhook,
  write: ReviewedWrite,
  object: DeepReadonly<KubeObject> | undefined,
  storage: Storage,
  definitions: Iterable<ResourceDefinition>,
): ResourceDefinition | undefined {
  if (!selectsObject(webhook.objectSelector, object, write.oldObject)) return undefined;
  const labels = namespaceLabels(webhook.namespaceSelector, write, object, storage);
  if (labels !== 'any' && labels !== 'missing' && !matches(webhook.namespaceSelector ?? {}, labels)) return undefined;
  const wanted = wantedVersion(webhook, write, object, definitions);
  if (wanted !== undefined && labels === 'missing') {
    throw notFound({ group: '', plural: 'namespaces' }, namespaceOf(write, object));
  }
  return wanted;
}

function wantedVersion(
  webhook: Webhook,
  write: ReviewedWrite,
  object: DeepReadonly<KubeObject> | undefined,
  definitions: Iterable<ResourceDefinition>,
): ResourceDefinition | undefined {
  const rules = webhook.rules ?? [];
  const { definition } = write;
  const namespace = namespaceOf(write, object);
  if (rules.some((rule) => ruleMatches(rule, write, definition, namespace))) return definition;
  if (webhook.matchPolicy === 'Exact') return undefined;
  const others = [...definitions].filter((other) => {
    return other.storageKey === definition.storageKey && other !== definition && other.answer === undefined;
  });
  for (const rule of rules) {
    const other = others.find((candidate) => ruleMatches(rule, write, candidate, namespace));
    if (other !== undefined) return other;
  }
  return undefined;
}

function ruleMatches(rule: WebhookRule, write: ReviewedWrite, seenAs: ResourceDefinition, namespace: string): boolean {
  return (
    inScope(rule.scope ?? '*', seenAs, namespace) &&
    isListed(rule.operations, write.operation) &&
    isListed(rule.apiGroups, seenAs.group) &&
    isListed(rule.apiVersions, seenAs.version) &&
    (rule.resources ?? []).some((name) => {
      const [resource = '', subresource = ''] = name.split(/\/(.*)/s);
      return isListed([resource], seenAs.plural) && isListed([subresource], write.subresource);
    })
  );
}

function inScope(scope: string, definition: ResourceDefinition, namespace: string): boolean {
  const clusterScoped = isNamespace(definition) || namespace === '';
  return scope === '*' || (scope === 'Cluster' ? clusterScoped : scope === 'Namespaced' && !clusterScoped);
}

function isListed(items: readonly string[] | undefined, asked: string): boolean {
  return (items ?? []).some((item) => item === '*' || item === asked);
}

function selectsObject(
  selector: LabelSelector | undefined,
  ...objects: readonly (DeepReadonly<KubeObject> | undefined)[]
): boolean {
  if (selector === undefined || isEmpty(selector)) return true;
  return objects.some((object) => object !== undefined && matches(selector, object.metadata.labels));
}

/** `any`: the selector does not look at them; `missing`: there is no such namespace. */
function namespaceLabels(
  selector: LabelSelector | undefined,
  write: ReviewedWrite,
  object: DeepReadonly<KubeObject> | undefined,
  storage: Storage,
): Readonly<Record<string, string>> | undefined | 'any' | 'missing' {
  const ofNamespace = isNamespace(write.definition);
  const namespace = ofNamespace ? nameOf(write, object) : write.namespace;
  if ((namespace === '' && !ofNamespace) || selector === undefined || isEmpty(selector)) return 'any';
  if (ofNamespace && write.subresource === '' && write.operation !== 'DELETE' && object !== undefined) {
    return object.metadata.labels;
  }
  const stored = storage.get('namespaces', '', namespace);
  return stored === undefined ? 'missing' : stored.object.metadata.labels;
}

function isEmpty({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return Object.keys(matchLabels ?? {}).length === 0 && (matchExpressions ?? []).length === 0;
}
