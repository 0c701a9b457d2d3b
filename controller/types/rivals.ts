import type { FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import { pluralOf } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { keyOf } from '../kube/resource.ts';

type Config = DeepReadonly<FederatedTypeConfig>;

/**
 * The keys of other type configs that name the same federated kind. A target has one type config, for that bears its name;
 * but two targets could be federated as one kind, and two syncs would then write each other's status for ever.
 */
export function rivalsOf(config: Config, all: Iterable<Config>): string[] {
  const kind = federatedKindOf(config);
  const uid = config.metadata.uid;
  return [...all]
    .filter((other) => other.metadata.uid !== uid && federatedKindOf(other) === kind)
    .map(({ metadata }) => keyOf(metadata));
}

/** The name of the type config that was there first, if it is another one than this. */
export function firstOf(config: Config, all: Iterable<Config>): string | undefined {
  const kind = federatedKindOf(config);
  const [first] = [...all]
    .filter((each) => federatedKindOf(each) === kind && each.metadata.deletionTimestamp === undefined)
    .sort((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1));
  return first === undefined || first.metadata.uid === config.metadata.uid ? undefined : first.metadata.name;
}

/** Older first; of the same second, by name. */
function ageOf({ metadata }: Config): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.name ?? ''}`;
}

/** Never thrown off by what is not valid: that is told elsewhere. */
function federatedKindOf(config: Config): string {
  const { group = '', kind = '', pluralName } = config.spec?.federatedType ?? {};
  return `${pluralName || pluralOf(kind)}.${group}`;
}
