import type { DeepReadonly, KubeObject } from '../../../../../apis/meta/v1.ts';
import { GenericRegistry } from '../../registry/generic-registry.ts';
import type { ClusterServices, ResourceDefinition } from '../../resources/resource-definition.ts';
import { MemoryStorage } from '../../storage/memory-storage.ts';
import { builtInDefinitions } from '../built-in-definitions.ts';

const user = { username: 'admin', groups: ['system:masters'] };

/** A registry over an empty storage: writes as a server takes them, without the wire. */
export class TestCluster {
  readonly storage = new MemoryStorage();
  readonly registry: GenericRegistry;

  constructor(now: number, serviceCidr = '10.100.0.0/16') {
    const services: Pick<ClusterServices, 'name' | 'serviceCidr' | 'podCidr' | 'definition'> = {
      name: 'earth',
      serviceCidr,
      podCidr: '10.200.0.0/16',
      definition: (group, version, plural) =>
        builtInDefinitions().find((one) => one.group === group && one.version === version && one.plural === plural),
    };
    const cluster = { ...services, registry: undefined } as unknown as ClusterServices;
    const clock = { now: () => now } as ConstructorParameters<typeof GenericRegistry>[0]['clock'];
    this.registry = new GenericRegistry({ storage: this.storage, clock, cluster: () => cluster });
    Object.assign(cluster, { registry: this.registry });
  }

  create(definition: ResourceDefinition, object: object, dryRun = false): DeepReadonly<KubeObject> {
    return this.registry.create(definition, object as KubeObject, { user, dryRun });
  }

  update(
    definition: ResourceDefinition,
    { metadata }: DeepReadonly<KubeObject>,
    change: (stored: KubeObject) => object,
    options: { readonly dryRun?: boolean; readonly subresource?: string } = {},
  ): DeepReadonly<KubeObject> {
    const ref = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
    return this.registry.update(definition, ref, (stored) => change(stored) as KubeObject, { user, ...options });
  }

  delete(definition: ResourceDefinition, { metadata }: DeepReadonly<KubeObject>): void {
    this.registry.delete(definition, { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }, { user });
  }
}
