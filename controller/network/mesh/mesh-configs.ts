import { MESH_CONFIG_NAME, MESH_CONFIGS, type MeshConfig } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Client } from '../../kube/client.ts';
import { Reflector } from '../../kube/reflector.ts';
import { keyOf } from '../../kube/resource.ts';
import { Store } from '../../kube/store.ts';
import type { Component } from '../../runtime/manager.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../time/clock.ts';
import { type MeshRanges, meshRangesOf } from './mesh-claims.ts';

export interface MeshConfigsOptions {
  readonly host: Client;
  /** The control plane's. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** The MeshConfig of the control plane, as it is now. */
export class MeshConfigs implements Component {
  readonly name = 'mesh config';
  readonly store: Store<MeshConfig>;
  readonly #namespace: string;
  readonly #reflector: Reflector<MeshConfig>;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor({ host, namespace, clock, random, log }: MeshConfigsOptions) {
    this.#namespace = namespace;
    this.store = new Store<MeshConfig>({ clock, log });
    const { store } = this;
    this.#reflector = new Reflector({ client: host, resource: MESH_CONFIGS, namespace, store, clock, random, log });
  }

  /** The one that counts; undefined: there is none, or it has not been read. */
  get current(): DeepReadonly<MeshConfig> | undefined {
    return this.store.get(keyOf({ namespace: this.#namespace, name: MESH_CONFIG_NAME }));
  }

  /** Whether it is known that there is none, where there is none. A host whose CRDs are older than the controller has none. */
  get known(): boolean {
    return this.store.synced || this.#reflector.state === 'notServed';
  }

  /** What it claims and routes. */
  get ranges(): MeshRanges {
    return meshRangesOf(this.current?.spec);
  }

  subscribe(listener: () => void): () => void {
    return this.store.subscribe(({ object }) => {
      if (object.metadata.name === MESH_CONFIG_NAME) listener();
    });
  }

  async start(): Promise<void> {
    this.#running ??= this.#reflector.run(this.#stopping.signal);
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the controller stops'));
    await this.#running;
  }
}
