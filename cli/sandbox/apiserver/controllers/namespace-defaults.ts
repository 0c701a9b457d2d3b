import isEqual from 'lodash/isEqual.js';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import type { StorageEvent } from '../storage/storage.ts';
import {
  AS_CONTROLLER_MANAGER,
  builtIn,
  type Controller,
  type ControllerContext,
  isBeingDeleted,
} from './controller.ts';
import { CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS } from './storage-keys.ts';
import type { Work } from './work-loop.ts';

export const DEFAULT_SERVICE_ACCOUNT = 'default';
export const ROOT_CA_CONFIG_MAP = 'kube-root-ca.crt';

const DESCRIPTION = 'kubernetes.io/description';
const ROOT_CA_ANNOTATIONS = Object.freeze({
  [DESCRIPTION]:
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal ' +
    'service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
});

/** Gives every namespace the ServiceAccount `default` and the cluster's CA in the ConfigMap `kube-root-ca.crt`, again and again. */
export class NamespaceDefaults implements Controller {
  readonly #context: ControllerContext;
  readonly #rootCa: Readonly<Record<string, string>>;
  readonly #work: Work = { name: 'namespace defaults', run: (name) => this.#provide(name) };

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#rootCa = Object.freeze({ 'ca.crt': context.cluster.caPem });
  }

  begin(): void {
    for (const { name } of this.#context.storage.list(NAMESPACES)) this.#context.loop.add(this.#work, name);
  }

  observe({ type, stored: { storageKey, namespace, name } }: StorageEvent): void {
    if (storageKey === NAMESPACES) {
      if (type !== 'DELETED') this.#context.loop.add(this.#work, name);
    } else if (storageKey === SERVICE_ACCOUNTS) {
      if (name === DEFAULT_SERVICE_ACCOUNT && type === 'DELETED') this.#context.loop.add(this.#work, namespace);
    } else if (storageKey === CONFIG_MAPS) {
      if (name === ROOT_CA_CONFIG_MAP && type !== 'ADDED') this.#context.loop.add(this.#work, namespace);
    }
  }

  #provide(namespace: string): void {
    const { storage } = this.#context;
    const stored = storage.get(NAMESPACES, '', namespace);
    if (stored === undefined || isBeingDeleted(stored.object)) return;
    if (storage.get(SERVICE_ACCOUNTS, namespace, DEFAULT_SERVICE_ACCOUNT) === undefined) {
      this.#create('ServiceAccount', { metadata: { name: DEFAULT_SERVICE_ACCOUNT, namespace } });
    }
    this.#provideRootCa(namespace);
  }

  #provideRootCa(namespace: string): void {
    const { storage, cluster } = this.#context;
    const current = storage.get(CONFIG_MAPS, namespace, ROOT_CA_CONFIG_MAP);
    if (current === undefined) {
      const metadata = { name: ROOT_CA_CONFIG_MAP, namespace, annotations: ROOT_CA_ANNOTATIONS };
      this.#create('ConfigMap', { metadata, data: this.#rootCa });
      return;
    }
    const { annotations = {} } = current.object.metadata;
    const described = (annotations[DESCRIPTION] ?? '') !== '';
    if (isEqual(current.object.data, this.#rootCa) && described) return;
    const change = (object: KubeObject): KubeObject => ({
      ...object,
      metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...ROOT_CA_ANNOTATIONS } },
      data: this.#rootCa,
    });
    const ref = { namespace, name: ROOT_CA_CONFIG_MAP };
    cluster.registry.update(builtIn(cluster, '', 'ConfigMap'), ref, change, AS_CONTROLLER_MANAGER);
  }

  #create(kind: string, object: KubeObject): void {
    const { cluster } = this.#context;
    cluster.registry.create(builtIn(cluster, '', kind), { apiVersion: 'v1', kind, ...object }, AS_CONTROLLER_MANAGER);
  }
}
