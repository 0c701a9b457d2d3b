import {
  type FederatedTypeConfig,
  isNamespaceType,
  targetResourceOf,
} from '../../apis/core/v1beta1/federated-type-config.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import {
  REPLICA_SCHEDULING_PREFERENCES,
  type ReplicaSchedulingPreference,
  validateReplicaSchedulingPreference,
} from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { validateFederatedObject } from '../../apis/types/v1beta1/federated-object-validation.ts';
import type { Resource } from '../kube/resource.ts';
import { type Base, baseOf, renderFor } from '../sync/render/render.ts';
import { type AdmissionRequest, ALLOWED, type Verdict } from './admission-review.ts';
import { inWords, verdictOn } from './verdict.ts';

export interface FederatedReviewerOptions {
  /** Of the control plane: its ServiceAccounts are not judged. */
  readonly namespace: string;
  /** The type configs that are known now, defaults filled in. */
  readonly typeConfigs: () => Iterable<DeepReadonly<FederatedTypeConfig>>;
  /** Fields of a template that its kind does not have; what it cannot tell in time it leaves out. */
  readonly unknownFields?: (
    template: DeepReadonly<FederatedObject>['spec']['template'],
    target: Resource,
  ) => Promise<string[]>;
}

/** An object that names more clusters than this is not tried out on each. */
const MOST_RENDERED = 20;

/**
 * Judges federated objects and scheduling preferences by the rules of those who act on them: what can never work is refused,
 * and what cannot work as it stands is warned of. KubeFed lets anything in.
 */
export class FederatedReviewer {
  readonly #options: FederatedReviewerOptions;
  readonly #ownGroup: string;

  constructor(options: FederatedReviewerOptions) {
    this.#options = options;
    this.#ownGroup = `system:serviceaccounts:${options.namespace}`;
  }

  async review(request: AdmissionRequest): Promise<Verdict> {
    const { operation, subResource, userInfo, object, oldObject } = request;
    if (operation !== 'CREATE' && operation !== 'UPDATE') return ALLOWED;
    if (subResource || !object || object.metadata.deletionTimestamp !== undefined) return ALLOWED;
    // The controller repeats what people wrote, and takes finalizers on and off.
    if (userInfo?.groups?.includes(this.#ownGroup) === true) return ALLOWED;
    if (request.resource.group === REPLICA_SCHEDULING_PREFERENCES.group) {
      const faultsOf = (each: unknown) =>
        inWords(validateReplicaSchedulingPreference(each as ReplicaSchedulingPreference));
      return verdictOn(faultsOf(object), oldObject ? faultsOf(oldObject) : []);
    }
    const target = this.#targetOf(request, object as FederatedObject);
    const verdict = verdictOn(
      faultsOf(object as FederatedObject, target),
      oldObject ? faultsOf(oldObject as FederatedObject, target) : [],
    );
    // What stands there wrong already says enough.
    if (!verdict.allowed || verdict.warnings !== undefined) return verdict;
    const warnings = await this.#warningsOf(object as FederatedObject, target);
    return warnings.length === 0 ? ALLOWED : { allowed: true, warnings };
  }

  /** What is propagated for it. Without a type config, which may come later, its name tells enough to judge by. */
  #targetOf({ resource }: AdmissionRequest, { kind = '', metadata }: FederatedObject): Resource {
    for (const config of this.#options.typeConfigs()) {
      const { federatedType } = config.spec;
      if (federatedType.group !== resource.group || federatedType.pluralName !== resource.resource) continue;
      const target = targetResourceOf(config);
      return isNamespaceType(config) ? { ...target, namespaced: false } : target;
    }
    const name = kind.replace(/^Federated/, '');
    return { group: '', version: '', kind: name, plural: '', namespaced: metadata.namespace !== undefined };
  }

  async #warningsOf(object: DeepReadonly<FederatedObject>, target: Resource): Promise<string[]> {
    const base = baseOf(object, target);
    if ('error' in base) return [];
    const unknown = await this.#options.unknownFields?.(object.spec.template, target);
    return [...base.warnings, ...inapplicable(base), ...(unknown ?? [])];
  }
}

/** What the sync would answer for all clusters alike. */
function faultsOf(object: DeepReadonly<FederatedObject>, target: Resource): string[] {
  const faults = inWords(validateFederatedObject(object));
  if (object.spec === undefined) return faults;
  const base = baseOf(object, target);
  // Faulty overrides have been told, each at its place.
  return 'error' in base && base.status !== 'ApplyOverridesFailed' ? [...faults, base.error] : faults;
}

/**
 * Overrides that do not fit the template. Not refused: a member may already have what they change. But where the object is
 * not there yet it cannot be created.
 */
function inapplicable(base: Base): string[] {
  const overrides = base.federated.spec.overrides ?? [];
  // Which clusters an entry with a selector joins in is not known here, and it may bring what another one changes.
  if (overrides.some((entry) => 'clusterSelector' in entry)) return [];
  const clusters = overrides.flatMap(({ clusterName }) => clusterName || []);
  return clusters.slice(0, MOST_RENDERED).flatMap((cluster) => {
    const rendered = renderFor(base, cluster);
    return 'error' in rendered ? [`could not be created: ${rendered.error}`] : [];
  });
}
