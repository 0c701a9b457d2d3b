import type { DeepReadonly, KubeObject } from '../../../../../apis/meta/v1.ts';
import { FakeClock } from '../../../../../controller/time/testing/fake-clock.ts';
import { ServiceAccountTokens } from '../../authentication/service-account-tokens.ts';
import { RbacAuthorizer } from '../../authorization/rbac-authorizer.ts';
import { builtInDefinitions } from '../../kinds/built-in-definitions.ts';
import { GenericRegistry } from '../../registry/generic-registry.ts';
import type { ClusterServices, ResourceDefinition } from '../../resources/resource-definition.ts';
import { MemoryStorage } from '../../storage/memory-storage.ts';
import type { StorageEvent } from '../../storage/storage.ts';
import { writeBootstrapObjects } from '../bootstrap.ts';
import { bootstrapStored } from '../bootstrap-stored.ts';
import { groupOf } from '../controller.ts';
import { type Controllers, startControllers } from '../controllers.ts';

const ADMIN = { user: { username: 'admin', groups: ['system:masters', 'system:authenticated'] } };

export interface TestCluster {
  readonly cluster: ClusterServices;
  readonly storage: MemoryStorage;
  readonly clock: FakeClock;
  readonly controllers: Controllers;
  /** Everything that was written since the start. */
  readonly events: StorageEvent[];
  /** What controllers reported. */
  readonly errors: Error[];
  /** Kinds that are served beside the built-in ones; changing it is what a CRD's establishing does. */
  readonly custom: ResourceDefinition[];
  create(object: KubeObject): DeepReadonly<KubeObject>;
  update(kind: string, key: string, change: (object: KubeObject) => KubeObject, subresource?: string): void;
  get(kind: string, key: string): DeepReadonly<KubeObject> | undefined;
  delete(kind: string, key: string, propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'): void;
  /** `namespace/name` of all that is there. */
  names(kind: string): string[];
}

/** A cluster with the real storage, registry and kinds, and no server before it. */
export function startTestCluster(options: { readonly bootstrap?: boolean } = {}): TestCluster {
  const clock = new FakeClock();
  const storage = new MemoryStorage({ initial: options.bootstrap === true ? bootstrapStored() : [] });
  const custom: ResourceDefinition[] = [];
  const definitions = (): readonly ResourceDefinition[] => [...builtInDefinitions(), ...custom];
  const tokens = new ServiceAccountTokens({ storage, now: () => clock.now() });
  const cluster: ClusterServices = {
    name: 'earth',
    serviceCidr: '10.100.0.0/16',
    podCidr: '10.200.0.0/16',
    url: 'https://127.0.0.1:26774',
    caPem: '-----BEGIN CERTIFICATE-----\nearth\n-----END CERTIFICATE-----\n',
    definitions,
    definition: (group, version, plural) =>
      definitions().find((served) => served.group === group && served.version === version && served.plural === plural),
    definitionOfKind: (group, kind) => definitions().find((served) => served.group === group && served.kind === kind),
    authorizer: new RbacAuthorizer(storage),
    authenticator: {
      defaultAudiences: tokens.defaultAudiences,
      authenticateToken() {
        throw new Error('nobody logs in here');
      },
    },
    tokenIssuer: tokens,
    get registry() {
      return registry;
    },
  };
  const registry = new GenericRegistry({ storage, clock, cluster: () => cluster });
  if (options.bootstrap === true) writeBootstrapObjects({ cluster, storage, clock });
  const events: StorageEvent[] = [];
  storage.subscribe((event) => events.push(event));
  const errors: Error[] = [];
  const controllers = startControllers(cluster, { storage, clock, onError: (error) => errors.push(error) });

  const kindOf = (kind: string): ResourceDefinition => {
    const definition = definitions().find((served) => served.kind === kind);
    if (definition === undefined) throw new Error(`no kind ${kind}`);
    return definition;
  };
  const refTo = (key: string): { namespace: string; name: string } => {
    const [first = '', second] = key.split('/');
    return second === undefined ? { namespace: '', name: first } : { namespace: first, name: second };
  };
  return {
    cluster,
    storage,
    clock,
    controllers,
    events,
    errors,
    custom,
    create(object) {
      const definition = cluster.definitionOfKind(groupOf(object.apiVersion ?? ''), object.kind ?? '');
      if (definition === undefined) throw new Error(`no kind ${object.kind}`);
      return registry.create(definition, object, ADMIN);
    },
    update: (kind, key, change, subresource) =>
      void registry.update(kindOf(kind), refTo(key), change, {
        ...ADMIN,
        ...(subresource === undefined ? {} : { subresource }),
      }),
    get(kind, key) {
      const { namespace, name } = refTo(key);
      return storage.get(kindOf(kind).storageKey, namespace, name)?.object;
    },
    delete: (kind, key, propagationPolicy) =>
      void registry.delete(kindOf(kind), refTo(key), {
        ...ADMIN,
        ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
      }),
    names: (kind) =>
      storage
        .list(kindOf(kind).storageKey)
        .map(({ namespace, name }) => (namespace === '' ? name : `${namespace}/${name}`)),
  };
}
