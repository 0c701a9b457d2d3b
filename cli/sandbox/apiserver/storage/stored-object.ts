import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { deepFreeze } from '../../../../controller/kube/deep-freeze.ts';
import type { Stored } from './storage.ts';

/** A {@link Stored} whose JSON is made when it is first asked for. */
export class StoredObject implements Stored {
  readonly storageKey: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: DeepReadonly<KubeObject>;
  readonly revision: number;
  #json: string | undefined;

  /** Takes the object over and freezes it. It bears the resourceVersion of `revision` already. */
  constructor(storageKey: string, namespace: string, name: string, object: KubeObject, revision: number) {
    this.storageKey = storageKey;
    this.namespace = namespace;
    this.name = name;
    this.object = deepFreeze(object) as DeepReadonly<KubeObject>;
    this.revision = revision;
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.object);
    return this.#json;
  }
}

/** The object as it is kept: apiVersion and kind first, so that lists can leave them out of their items' JSON. */
export function withRevision(object: DeepReadonly<KubeObject>, revision: number): KubeObject {
  const { apiVersion, kind, metadata, ...rest } = object as KubeObject;
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: { ...metadata, resourceVersion: String(revision) },
    ...rest,
  };
}
