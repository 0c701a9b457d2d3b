import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { formatQuantity, type Quantity, quantityOf } from '../encoding/quantity.ts';
import type { ClusterServices } from '../resources/resource-definition.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import { type AdmissionAttributes, refused } from './attributes.ts';

type Amounts = Readonly<Record<string, string>>;

interface QuotaSpec {
  readonly hard?: Amounts;
  readonly scopes?: readonly string[];
}

/** How much of what a quota limits the objects of a storage make up: what the quota controller measures with, too. */
export type MeasureUsage = (
  spec: QuotaSpec,
  namespace: string,
  look: { readonly storage: Storage; readonly cluster: ClusterServices; readonly now: Date },
) => Amounts;

const QUOTAS = 'resourcequotas';
/** A quota of these makes every container say how much it needs. */
const MUST_BE_SAID = ['cpu', 'limits.cpu', 'limits.memory', 'memory', 'requests.cpu', 'requests.memory'];

/**
 * Keeps what is created, or grows, within the ResourceQuotas of its namespace. Kubernetes: the admission plugin `ResourceQuota`.
 * Runs last, when everybody else has agreed, for it takes note of what it lets through.
 */
export class QuotaAdmission {
  readonly #measure: MeasureUsage;

  constructor(measure: MeasureUsage) {
    this.#measure = measure;
  }

  /**
   * Charges the write to the quotas that it touches: their `status.used` is written before the object is.
   * @param charge stores the `status` of a quota; not called for dry runs
   * @throws StatusError 403 when there is not enough left
   */
  admit(
    attributes: AdmissionAttributes,
    context: { readonly storage: Storage; readonly cluster: ClusterServices; readonly now: Date },
    charge: (quota: Stored, used: Amounts) => void,
  ): void {
    const { namespace, object, definition } = attributes;
    if (namespace === '' || object === undefined || !isMeasured(attributes)) return;
    const charges: [Stored, Amounts][] = [];
    for (const quota of context.storage.list(QUOTAS, namespace)) {
      const { hard = {}, used = {} } = (quota.object.status ?? {}) as { hard?: Amounts; used?: Amounts };
      const spec: QuotaSpec = { ...(quota.object.spec as QuotaSpec | undefined), hard };
      const usageOf = (each: DeepReadonly<KubeObject>) =>
        this.#measure(spec, namespace, { ...context, storage: storageOf(definition.storageKey, each) });
      const delta = growth(usageOf(object), attributes.oldObject === undefined ? {} : usageOf(attributes.oldObject));
      if (definition.storageKey === 'pods' && attributes.operation === 'CREATE') {
        const alone = { ...context, storage: storageOf('pods', object) };
        const counts = this.#measure({ ...spec, hard: { 'count/pods': '1' } }, namespace, alone);
        if (counts['count/pods'] === '1') checkSaid(attributes, quota, Object.keys(hard));
      }
      if (Object.keys(delta).length === 0) continue;
      const unknown = Object.keys(delta).filter((name) => used[name] === undefined);
      if (unknown.length > 0) {
        throw refused(attributes, `status unknown for quota: ${quota.name}, resources: ${unknown.sort().join(',')}`);
      }
      charges.push([quota, charged(attributes, quota.name, { hard, used, delta })]);
    }
    if (attributes.dryRun) return;
    for (const [quota, used] of charges) charge(quota, used);
  }
}

/** Kinds that only count are looked at when they are created; these may also grow. */
function isMeasured({ operation, subresource, definition }: AdmissionAttributes): boolean {
  if (subresource !== '' || definition.storageKey === 'events') return false;
  if (operation === 'CREATE') return true;
  return operation === 'UPDATE' && ['services', 'persistentvolumeclaims', 'pods'].includes(definition.storageKey);
}

/** What the write adds; amounts that stay or shrink are left to the controller. */
function growth(after: Amounts, before: Amounts): Record<string, Quantity> {
  const delta: Record<string, Quantity> = {};
  for (const [name, amount] of Object.entries(after)) {
    const quantity = quantityOf(amount);
    const nano = quantity.nano - (before[name] === undefined ? 0n : quantityOf(before[name]).nano);
    if (nano > 0n) delta[name] = { nano, format: quantity.format };
  }
  return delta;
}

/** `used` with what is added. @throws StatusError 403 */
function charged(
  attributes: AdmissionAttributes,
  name: string,
  { hard, used, delta }: { hard: Amounts; used: Amounts; delta: Record<string, Quantity> },
): Amounts {
  const after: Record<string, string> = { ...used };
  const exceeded: string[] = [];
  for (const [resource, amount] of Object.entries(delta)) {
    const before = quantityOf(used[resource]);
    const nano = before.nano + amount.nano;
    if (nano > quantityOf(hard[resource]).nano) exceeded.push(resource);
    after[resource] = formatQuantity({ nano, format: before.nano === 0n ? amount.format : before.format });
  }
  if (exceeded.length === 0) return after;
  const listed = (amounts: (resource: string) => string) =>
    exceeded
      .sort()
      .map((resource) => `${resource}=${amounts(resource)}`)
      .join(',');
  const requested = listed((resource) => formatQuantity(delta[resource] ?? quantityOf('0')));
  const limits = `used: ${listed((resource) => used[resource] ?? '0')}, limited: ${listed((resource) => hard[resource] ?? '0')}`;
  throw refused(attributes, `exceeded quota: ${name}, requested: ${requested}, ${limits}`);
}

/** @throws StatusError 403 when a Pod leaves out what the quota limits */
function checkSaid(attributes: AdmissionAttributes, quota: Stored, limited: readonly string[]): void {
  const { spec } = attributes.object as unknown as DeepReadonly<V1Pod>;
  if (spec?.resources !== undefined) return;
  const missing: string[] = [];
  for (const resource of MUST_BE_SAID.filter((each) => limited.includes(each))) {
    const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
    const names = containers.filter((container) => !says(container, resource)).map(({ name }) => name);
    if (names.length > 0) missing.push(`${resource} for: ${[...new Set(names)].sort().join(',')}`);
  }
  if (missing.length > 0) throw refused(attributes, `failed quota: ${quota.name}: must specify ${missing.join('; ')}`);
}

function says({ resources }: DeepReadonly<V1Container>, resource: string): boolean {
  const [first = '', name] = resource.split('.');
  const amounts = first === 'limits' ? resources?.limits : resources?.requests;
  return amounts?.[name ?? first] !== undefined;
}

/** A storage with one object, for measuring it alone. */
function storageOf(storageKey: string, object: DeepReadonly<KubeObject>): Storage {
  const { namespace = '', name = '' } = object.metadata;
  const stored: Stored = { storageKey, namespace, name, object, revision: 0, json: '' };
  return {
    revision: 0,
    get: () => undefined,
    list: (key) => (key === storageKey ? [stored] : []),
    create: neverWritten,
    update: neverWritten,
    delete: neverWritten,
    subscribe: () => () => {},
    eventsSince: () => [],
  };
}

function neverWritten(): never {
  throw new Error('what is only measured is not written');
}
