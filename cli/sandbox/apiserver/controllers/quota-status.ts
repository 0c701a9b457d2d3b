import isEqual from 'lodash/isEqual.js';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import type { StorageEvent, Stored } from '../storage/storage.ts';
import { AS_CONTROLLER_MANAGER, builtIn, type Controller, type ControllerContext, refOf } from './controller.ts';
import type { QuotaSpec } from './quota-scopes.ts';
import { measuredKind, usedUnder } from './quota-usage.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, RESOURCE_QUOTAS } from './storage-keys.ts';
import type { Work } from './work-loop.ts';

interface QuotaStatus {
  readonly hard?: Readonly<Record<string, string>>;
  readonly used?: Readonly<Record<string, string>>;
}

/** Keeps `status.hard` and `status.used` of ResourceQuotas. Kubernetes: `pkg/controller/resourcequota`. */
export class QuotaStatusController implements Controller {
  readonly #context: ControllerContext;
  /** By namespace, the kinds that some quota in it measures: most namespaces have none, and pay nothing for it. */
  readonly #measured = new Map<string, Set<string>>();
  readonly #work: Work = { name: 'quota status', run: (namespace) => this.#measure(namespace) };

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  begin(): void {
    for (const { namespace } of this.#context.storage.list(RESOURCE_QUOTAS)) this.#quotasChanged(namespace);
  }

  observe({ stored: { storageKey, namespace } }: StorageEvent): void {
    if (storageKey === CUSTOM_RESOURCE_DEFINITIONS) {
      // A kind that could not be counted may be countable now.
      for (const measured of this.#measured.keys()) this.#context.loop.add(this.#work, measured);
    }
    if (storageKey === RESOURCE_QUOTAS) this.#quotasChanged(namespace);
    else if (this.#measured.get(namespace)?.has(storageKey) === true) this.#context.loop.add(this.#work, namespace);
  }

  #quotasChanged(namespace: string): void {
    const quotas = this.#context.storage.list(RESOURCE_QUOTAS, namespace);
    if (quotas.length === 0) {
      this.#measured.delete(namespace);
      return;
    }
    const kinds = quotas.flatMap((quota) => Object.keys(specOf(quota).hard ?? {}).map(measuredKind));
    this.#measured.set(namespace, new Set(kinds.filter((kind) => kind !== undefined)));
    this.#context.loop.add(this.#work, namespace);
  }

  #measure(namespace: string): void {
    const { storage, cluster, clock } = this.#context;
    const now = new Date(clock.now());
    for (const quota of storage.list(RESOURCE_QUOTAS, namespace)) {
      const spec = specOf(quota);
      const status = (quota.object.status ?? {}) as QuotaStatus;
      const hard = spec.hard ?? {};
      const measured = usedUnder(spec, namespace, { storage, cluster, now });
      // What cannot be measured at the moment stays as it was last seen.
      const used = Object.fromEntries(
        Object.keys(hard).flatMap((name) => {
          const amount = measured[name] ?? status.used?.[name];
          return amount === undefined ? [] : [[name, amount]];
        }),
      );
      if (isEqual(status.hard, hard) && isEqual(status.used, used)) continue;
      const change = (object: KubeObject): KubeObject => ({ ...object, status: { hard: { ...hard }, used } });
      const options = { ...AS_CONTROLLER_MANAGER, subresource: 'status' };
      cluster.registry.update(builtIn(cluster, '', 'ResourceQuota'), refOf(quota), change, options);
    }
  }
}

function specOf(quota: Stored): QuotaSpec {
  return (quota.object.spec ?? {}) as QuotaSpec;
}
