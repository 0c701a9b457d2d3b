import isEqual from 'lodash/isEqual.js';
import {
  defaultFederatedTypeConfig,
  type FederatedTypeConfig,
  validateFederatedTypeConfig,
  validateFederatedTypeConfigStatus,
} from '../../apis/core/v1beta1/federated-type-config.ts';
import {
  type KubeFedCluster,
  validateKubeFedCluster,
  validateKubeFedClusterStatus,
} from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { KubeFedConfig } from '../../apis/core/v1beta1/kubefed-config.ts';
import { defaultKubeFedConfig } from '../../apis/core/v1beta1/kubefed-config-defaults.ts';
import { validateKubeFedConfig } from '../../apis/core/v1beta1/kubefed-config-validation.ts';
import type { MeshConfig } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import { validateMeshConfig } from '../../apis/fedmesh/v1alpha1/mesh-config-validation.ts';
import type { FieldError } from '../../apis/field-error.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { type AdmissionRequest, ALLOWED, type Verdict } from './admission-review.ts';
import { inWords, verdictOn } from './verdict.ts';

/** KubeFed's own webhooks: what they judge, and by whose rules. */

export type Reviewer = (request: AdmissionRequest) => Verdict | Promise<Verdict>;

export function reviewTypeConfig(request: AdmissionRequest): Verdict {
  return reviewCore<FederatedTypeConfig>(request, 'federatedtypeconfigs', {
    // The controller fills in what may be left out, so that it is not missed here.
    spec: (config) => validateFederatedTypeConfig(hasTypes(config) ? defaultFederatedTypeConfig(config) : config),
    status: validateFederatedTypeConfigStatus,
  });
}

export function reviewCluster(request: AdmissionRequest): Verdict {
  return reviewCore<KubeFedCluster>(request, 'kubefedclusters', {
    spec: validateKubeFedCluster,
    status: validateKubeFedClusterStatus,
  });
}

export function reviewConfig(request: AdmissionRequest): Verdict {
  return reviewCore<KubeFedConfig>(request, 'kubefedconfigs', { spec: validateKubeFedConfig, status: () => [] });
}

/** Fedmesh's own: what can never work is refused before it takes a mesh apart. The status is the controller's. */
export function reviewMeshConfig(request: AdmissionRequest): Verdict {
  return reviewCore<MeshConfig>(request, 'meshconfigs', { spec: validateMeshConfig, status: () => [] });
}

/** Fills in KubeFed's defaults, in one piece. What cannot be read is left for the schema to refuse. */
export function defaultConfig({ operation, resource, object }: AdmissionRequest): Verdict {
  if (operation !== 'CREATE' || resource.resource !== 'kubefedconfigs' || !object) return ALLOWED;
  const before = object.spec as KubeFedConfig['spec'] | null | undefined;
  const { spec } = defaultKubeFedConfig({ ...object, spec: before ?? ({} as KubeFedConfig['spec']) });
  if (isEqual(spec, before)) return ALLOWED;
  return { allowed: true, patch: [{ op: before === undefined ? 'add' : 'replace', path: '/spec', value: spec }] };
}

interface Rules<T extends KubeObject> {
  /** `old` is missing for a creation, and where the object is not compared with what it was. */
  spec(object: T, old?: T): FieldError[];
  status(object: T): FieldError[];
}

/** As in KubeFed, what is not its own is let through, and a write of the status is judged by the status alone. */
function reviewCore<T extends KubeObject>(request: AdmissionRequest, plural: string, rules: Rules<T>): Verdict {
  const { operation, resource, subResource, object, oldObject } = request;
  if (resource.resource !== plural || !object) return ALLOWED;
  if (operation !== 'CREATE' && operation !== 'UPDATE') return ALLOWED;
  // Whoever takes its last finalizer off must not be held up by what it says.
  if (object.metadata.deletionTimestamp !== undefined) return ALLOWED;
  const old = (oldObject ?? undefined) as T | undefined;
  if (subResource) {
    return verdictOn(inWords(rules.status(object as T)), old === undefined ? [] : inWords(rules.status(old)));
  }
  return verdictOn(inWords(rules.spec(object as T, old)), old === undefined ? [] : inWords(rules.spec(old)));
}

function hasTypes(config: FederatedTypeConfig): boolean {
  const spec = config.spec as Partial<FederatedTypeConfig['spec']> | undefined;
  return spec?.targetType !== undefined && spec.federatedType?.kind !== undefined;
}
