import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { ReviewedWrite } from '../admission/webhooks/webhook.ts';
import { StatusError } from '../errors/status-error.ts';
import type { UpdateOptions } from '../registry/generic-registry.ts';
import { fromStored } from '../registry/versions.ts';
import type { RegistryOptions, ResourceDefinition } from '../resources/resource-definition.ts';
import { warnAnyway } from '../routing/answer.ts';
import { deepCopy } from '../storage/deep-copy.ts';
import type { Stored } from '../storage/storage.ts';
import type { EndpointContext } from './context.ts';
import type { ResourceRequest } from './request.ts';

/** As often is a write begun anew that lost its object to another while webhooks were asked. */
export const MAX_ATTEMPTS = 5;

/** Through admission and the registry: a new object, decoded and in its namespace. */
export async function createObject(
  context: EndpointContext,
  request: ResourceRequest,
  sent: KubeObject,
  options: RegistryOptions,
  warnings: string[],
): Promise<Stored> {
  try {
    return await createdObject(context, request, sent, options, warnings);
  } catch (error) {
    warnOfRefused(request, warnings);
    throw error;
  }
}

/** What there was to be warned of goes with a refusal too. */
function warnOfRefused({ exchange }: ResourceRequest, warnings: readonly string[]): void {
  for (const text of warnings) warnAnyway(exchange.response, text);
}

async function createdObject(
  context: EndpointContext,
  { exchange, definition }: ResourceRequest,
  sent: KubeObject,
  options: RegistryOptions,
  warnings: string[],
): Promise<Stored> {
  const { registry, admission } = context;
  const namespace = definition.namespaced ? exchange.info.namespace : '';
  registry.setDefaults(definition, sent);
  registry.ownCreated(definition, sent, options);
  const { fieldManager, ...owned } = options;
  const attributes: ReviewedWrite = {
    definition,
    operation: 'CREATE',
    subresource: '',
    namespace,
    name: sent.metadata.name ?? '',
    user: exchange.user,
    dryRun: options.dryRun === true,
    oldObject: undefined,
    options: requestOptions('CreateOptions', exchange.info.query),
    warn: (text) => warnings.push(text),
  };
  const object = await mutated(context, attributes, sent);
  const prepared = registry.prepareCreate(definition, object, namespace, owned);
  warnings.push(...(definition.strategy.warnings?.(prepared, undefined) ?? []));
  const { name = '' } = prepared.metadata;
  const named = name === attributes.name ? attributes : { ...attributes, name };
  const validating = admission.validate(named, prepared);
  if (validating instanceof Promise) await validating;
  return registry.commitCreate(definition, prepared, options);
}

/**
 * Through admission and the registry: `change` makes the new object out of the stored one, again when that has changed meanwhile and
 * the client did not say which one it meant.
 */
export async function updateObject(
  context: EndpointContext,
  request: ResourceRequest,
  first: Stored,
  change: (current: DeepReadonly<KubeObject>) => KubeObject,
  options: UpdateOptions,
  warnings: string[],
): Promise<Stored> {
  try {
    return await updatedObject(context, request, first, change, options, warnings);
  } catch (error) {
    warnOfRefused(request, warnings);
    throw error;
  }
}

async function updatedObject(
  context: EndpointContext,
  { exchange, definition }: ResourceRequest,
  first: Stored,
  change: (current: DeepReadonly<KubeObject>) => KubeObject,
  options: UpdateOptions,
  warnings: string[],
): Promise<Stored> {
  const { registry, admission, storage } = context;
  const { namespace, name, storageKey } = first;
  let stored = first;
  for (let attempt = 1; ; attempt += 1) {
    const current = fromStored(definition, stored.object);
    const changed = change(current);
    const isConditional =
      (changed.metadata.resourceVersion ?? '') !== '' &&
      changed.metadata.resourceVersion !== current.metadata.resourceVersion;
    registry.setDefaults(definition, changed);
    const whole = registry.ownUpdated(definition, stored, changed, options);
    const { fieldManager, ...owned } = options;
    const attributes: ReviewedWrite = {
      definition,
      operation: 'UPDATE',
      subresource: options.subresource ?? '',
      namespace,
      name,
      user: exchange.user,
      dryRun: options.dryRun === true,
      oldObject: current,
      options: requestOptions('UpdateOptions', exchange.info.query) /* of a patch too, as in Kubernetes */,
      warn: (text) => warnings.push(text),
    };
    const object = await mutated(context, attributes, whole);
    const prepared = registry.prepareUpdate(definition, stored, object, owned);
    // What another attempt says again is said once.
    for (const text of warningsOf(definition, prepared, current, options.subresource)) {
      if (!warnings.includes(text)) warnings.push(text);
    }
    const validating = admission.validate(attributes, prepared);
    if (validating instanceof Promise) await validating;
    try {
      return registry.commitUpdate(definition, stored, prepared, options);
    } catch (error) {
      const now = storage.get(storageKey, namespace, name);
      const retries = error instanceof StatusError && error.code === 409 && !isConditional && attempt < MAX_ATTEMPTS;
      if (!retries || now === undefined) throw error;
      stored = now;
    }
  }
}

function warningsOf(
  { strategy, subresources }: ResourceDefinition,
  object: KubeObject,
  stored: DeepReadonly<KubeObject>,
  subresource: string | undefined,
): readonly string[] {
  const view = subresource === undefined ? undefined : subresources[subresource];
  if (view?.kind === 'view') return view.warnings?.(object) ?? [];
  return strategy.warnings?.(object, stored) ?? [];
}

/** Waits only for who has to be asked outside: otherwise the write goes on at once, and nothing comes between. */
async function mutated(
  { admission }: EndpointContext,
  attributes: ReviewedWrite,
  object: KubeObject,
): Promise<KubeObject> {
  const answer = admission.mutate(attributes, object);
  if (!(answer instanceof Promise)) return answer;
  // What webhooks have changed is defaulted already; what they left alone may share parts with what is stored.
  const changed = await answer;
  return Object.isFrozen(changed) ? deepCopy<KubeObject>(changed) : changed;
}

/** The options as webhooks are shown them: what the client said itself. */
export function requestOptions(kind: string, query: URLSearchParams): Record<string, unknown> {
  const [dryRun, fieldManager] = [query.getAll('dryRun'), query.get('fieldManager')];
  return {
    kind,
    apiVersion: 'meta.k8s.io/v1',
    ...(dryRun.length === 0 ? {} : { dryRun }),
    ...(fieldManager === null || fieldManager === '' ? {} : { fieldManager }),
  };
}
