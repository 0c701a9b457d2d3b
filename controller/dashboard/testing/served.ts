import type { IncomingMessage, ServerResponse } from 'node:http';
import { federatedResourceOf } from '../../../apis/core/v1beta1/federated-type-config.ts';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import { REACHABILITY_MATRICES } from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import { UNJOIN_RECEIPTS } from '../../../apis/fedmesh/v1alpha1/unjoin-receipt.ts';
import type { Resource } from '../../../apis/meta/resource.ts';
import type { FederatedObject } from '../../../apis/types/v1beta1/federated-object.ts';
import { typeConfigFor } from '../../../apis/types/v1beta1/federated-type.ts';
import type { Secret } from '../../clusters/endpoint.ts';
import { WireApi } from '../../clusters/testing/wire-api.ts';
import { createClient } from '../../kube/client.ts';
import { SECRETS } from '../../kube/core-kinds.ts';
import { pathOf } from '../../kube/resource.ts';
import { Store } from '../../kube/store.ts';
import { answerJson, endpointAt } from '../../kube/testing/wire.ts';
import type { FederatedType } from '../../sync/member-object.ts';
import { silentLog } from '../../telemetry/log.ts';
import { FakeClock } from '../../time/testing/fake-clock.ts';
import { createDashboard, type DashboardOptions } from '../dashboard.ts';
import { shownType } from '../views/shown-type.ts';

export const HOME = 'kube-federation-system';

export function federatedType(target: Resource): FederatedType {
  const config = typeConfigFor(target);
  return {
    name: config.metadata.name ?? '',
    federated: federatedResourceOf(config),
    target,
    isNamespace: target.kind === 'Namespace',
    keeps: 'metadata',
    collectsStatus: false,
    paused: false,
    applies: false,
  };
}

const kind = (group: string, version: string, name: string, plural: string, namespaced = true): Resource => ({
  ...{ group, version, kind: name, plural, namespaced },
});
export const TYPES = {
  maps: shownType(federatedType(kind('', 'v1', 'ConfigMap', 'configmaps'))),
  secrets: shownType(federatedType(kind('', 'v1', 'Secret', 'secrets'))),
  namespaces: shownType(federatedType(kind('', 'v1', 'Namespace', 'namespaces', false))),
};
type TypeName = keyof typeof TYPES;

/** By bearer token; `may` answers for each request as RBAC would. */
export interface Account {
  readonly user: string;
  readonly may: (attributes: Attributes) => boolean;
}

export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** A dashboard on a real port, over stores that a test fills, and an API server that knows the test's people. */
export class ServedDashboard {
  readonly clock = new FakeClock();
  readonly clusters = new Store<KubeFedCluster>({ clock: this.clock });
  readonly objects: Readonly<Record<TypeName, Store<FederatedObject>>> = {
    maps: new Store({ clock: this.clock }),
    secrets: new Store({ clock: this.clock }),
    namespaces: new Store({ clock: this.clock }),
  };
  readonly accounts = new Map<string, Account>();
  readonly #closers: (() => Promise<unknown>)[] = [];
  #api: WireApi | undefined;
  #url = '';
  #version = 1;

  static async start(options: Partial<DashboardOptions> = {}): Promise<ServedDashboard> {
    const served = new ServedDashboard();
    await served.#start(options);
    return served;
  }

  get url(): string {
    return this.#url;
  }

  get api(): WireApi {
    if (this.#api === undefined) throw new Error('it has not been started');
    return this.#api;
  }

  /** Everything that is stored is told. */
  beat(ms = 300): void {
    this.clock.advance(ms);
  }

  cluster(name: string, ready = true): void {
    const status = ready ? 'True' : 'False';
    this.clusters.upsert({
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: KUBEFED_CLUSTERS.kind,
      metadata: { name, namespace: HOME, uid: name, resourceVersion: this.#next() },
      spec: { apiEndpoint: `https://user:word@${name}.example`, secretRef: { name } },
      status: { conditions: [{ type: 'Ready', status, lastProbeTime: '2026-01-01T00:00:00Z' }] },
    });
  }

  /** Placed on earth and vulcan; `word` is what the status says of vulcan. */
  put(type: TypeName, namespace: string, name: string, word = '', more: Partial<FederatedObject> = {}): void {
    const { federated } = TYPES[type].sync;
    this.objects[type].upsert({
      apiVersion: `${federated.group}/${federated.version}`,
      kind: federated.kind,
      spec: { template: { data: { a: 'b' } }, placement: { clusters: [{ name: 'earth' }, { name: 'vulcan' }] } },
      status: {
        observedGeneration: 1,
        conditions: [
          word === ''
            ? { type: 'Propagation', status: 'True' }
            : { type: 'Propagation', status: 'False', reason: 'CheckClusters' },
        ],
        clusters: [{ name: 'earth' }, { name: 'vulcan', ...(word === '' ? {} : { status: word, message: 'why' }) }],
      },
      ...more,
      metadata: {
        ...{ name, namespace, generation: 1, uid: `${type}/${namespace}/${name}`, resourceVersion: this.#next() },
        creationTimestamp: '2026-01-01T00:00:00Z',
        ...more.metadata,
      },
    });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.#url}${path}`, { headers, redirect: 'manual' });
  }

  async json<T>(path: string, token?: string): Promise<T> {
    const response = await this.get(path, token === undefined ? {} : { authorization: `Bearer ${token}` });
    return (await response.json()) as T;
  }

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }

  async #start(options: Partial<DashboardOptions>): Promise<void> {
    const collections = [REACHABILITY_MATRICES, UNJOIN_RECEIPTS, SECRETS].map((each) => pathOf(each, HOME));
    const api = await WireApi.start([...collections, '/api/v1/events']);
    this.#api = api;
    this.#closers.push(() => api.close());
    api.answer('/apis/authentication.k8s.io/v1/tokenreviews', (request, response) => this.#whoIs(request, response));
    api.answer('/apis/authorization.k8s.io/v1/subjectaccessreviews', (request, response) =>
      this.#mayThey(request, response),
    );
    const host = createClient(endpointAt(api.url, { cluster: 'host' }));
    this.#closers.push(() => host.close());
    const { clock } = this;
    const { components, source, server } = createDashboard({
      ...{ host, clock, namespace: HOME, version: '1.2.3', address: '127.0.0.1:0', open: false },
      ...{ random: () => 0.5, log: silentLog, page: '/nowhere' },
      ...options,
    });
    const { signal } = new AbortController();
    for (const component of components) {
      await component.start(signal);
      this.#closers.push(() => component.close());
    }
    for (const store of [this.clusters, ...Object.values(this.objects)]) store.replace([]);
    const secrets = new Store<Secret>({ clock });
    const following = source.follow({
      clusters: {
        objects: this.clusters,
        secrets,
        get: () => undefined,
        object: (name) => this.clusters.get(`${HOME}/${name}`),
      },
      types: {
        *running() {
          for (const each of Object.values(stores)) yield each;
        },
        subscribe: () => () => undefined,
      },
      mesh: undefined,
    });
    const stores = Object.entries(TYPES).map(([name, { sync }]) => ({
      type: sync,
      federated: this.objects[name as TypeName],
      size: 0,
      standing: () => [],
    }));
    await following.start(signal);
    this.#url = server.url ?? '';
  }

  async #whoIs(_request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { token } = this.#spec<{ token: string }>();
    const account = this.accounts.get(token);
    const user = { username: account?.user, groups: ['system:authenticated'] };
    answerJson(response, 201, {
      status: account === undefined ? { authenticated: false } : { authenticated: true, user },
    });
  }

  async #mayThey(_request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { user, resourceAttributes } = this.#spec<{ user: string; resourceAttributes: Attributes }>();
    const account = [...this.accounts.values()].find((each) => each.user === user);
    answerJson(response, 201, { status: { allowed: account?.may(resourceAttributes) === true } });
  }

  /** Of the request that was noted last: the body has been read by then. */
  #spec<T>(): T {
    return (JSON.parse(this.api.requests.at(-1)?.body ?? '{}') as { spec: T }).spec;
  }

  #next(): string {
    this.#version += 1;
    return String(this.#version);
  }
}

/** What a stream says, as it comes. */
export class StreamReader {
  text = '';
  ended = false;
  readonly #abort = new AbortController();
  readonly #waiting = new Set<() => void>();

  static async open(url: string, headers: Record<string, string> = {}): Promise<StreamReader> {
    const reader = new StreamReader();
    const response = await fetch(`${url}/api/v1/events`, { headers, signal: reader.#abort.signal });
    void reader.#read(response);
    await reader.until(/\n\n/);
    return reader;
  }

  until(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!pattern.test(this.text)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.ended) resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        this.text += decoder.decode(chunk as Uint8Array, { stream: true });
        for (const look of [...this.#waiting]) look();
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
    this.ended = true;
    for (const look of [...this.#waiting]) look();
  }
}
