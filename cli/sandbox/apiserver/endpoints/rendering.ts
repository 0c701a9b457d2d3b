import type { DeepReadonly, KubeObject, ListMeta } from '../../../../apis/meta/v1.ts';
import { badRequest, bareFailure, StatusError } from '../errors/status-error.ts';
import { apiVersionOf, fromStored, isStoredVersion } from '../registry/versions.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { Form } from '../routing/negotiation.ts';
import type { Stored } from '../storage/storage.ts';
import { metadataAlone } from '../tables/metadata-alone.ts';
import { includeObjectOf, tableOf } from '../tables/table.ts';

/** Objects of one kind as JSON in the form that a client asked for. */
export class Rendering {
  readonly form: Form;
  readonly #definition: ResourceDefinition;
  readonly #now: () => Date;
  readonly #query: URLSearchParams;
  readonly #metaApiVersion: string;

  constructor(definition: ResourceDefinition, form: Form, query: URLSearchParams, now: () => Date) {
    this.form = form;
    this.#definition = definition;
    this.#now = now;
    this.#metaApiVersion = `meta.k8s.io/${form.metaVersion}`;
    this.#query = query;
  }

  one(stored: Stored): string {
    if (this.form.as === 'object') return this.#json(stored);
    const object = fromStored(this.#definition, stored.object);
    if (this.form.as === 'table') {
      const { resourceVersion = '' } = object.metadata;
      return JSON.stringify(this.#table([object], { resourceVersion }));
    }
    if (this.form.list) throw this.#notAList();
    return JSON.stringify(this.#metadata(object));
  }

  list(stored: readonly Stored[], metadata: ListMeta): string {
    const { listKind, custom } = this.#definition;
    if (this.form.as === 'table') {
      const objects = stored.map(({ object }) => fromStored(this.#definition, object));
      return JSON.stringify(this.#table(objects, metadata));
    }
    if (this.form.as === 'metadata') {
      if (!this.form.list) throw this.#noObject();
      const items = stored.map(({ object }) => this.#metadata(fromStored(this.#definition, object)));
      return JSON.stringify({ kind: 'PartialObjectMetadataList', apiVersion: this.#metaApiVersion, metadata, items });
    }
    // Lists of what has no Go type always say how they go on.
    const listed = custom ? { continue: '', ...metadata } : metadata;
    const head = `{"kind":${JSON.stringify(listKind)},"apiVersion":${JSON.stringify(apiVersionOf(this.#definition))},"metadata":${JSON.stringify(listed)},"items":[`;
    // Items of built-in kinds do not say again what the list says.
    const prefix = custom ? '' : this.#identity();
    let text = head;
    let separator = '';
    for (const one of stored) {
      const json = this.#json(one);
      text += separator;
      text += prefix !== '' && json.startsWith(prefix) ? `{${json.slice(prefix.length)}` : json;
      separator = ',';
    }
    return `${text}]}`;
  }

  /** A line of a watch. `first`: a table's columns are told once. */
  event(type: string, stored: Stored, first: boolean): string {
    return `{"type":"${type}","object":${this.#eventObject(stored, first)}}\n`;
  }

  bookmark(revision: number, initialEventsEnd: boolean): string {
    const { kind } = this.#definition;
    const metadata = {
      resourceVersion: String(revision),
      ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    };
    const identity = { kind, apiVersion: apiVersionOf(this.#definition) };
    let object: unknown = { ...identity, metadata };
    if (this.form.as === 'metadata') object = this.#metadata({ metadata });
    if (this.form.as === 'table')
      object = this.#table([{ ...identity, metadata }], { resourceVersion: String(revision) }, false);
    return `{"type":"BOOKMARK","object":${JSON.stringify(object)}}\n`;
  }

  #eventObject(stored: Stored, first: boolean): string {
    if (this.form.as === 'object') return this.#json(stored);
    const object = fromStored(this.#definition, stored.object);
    if (this.form.as === 'metadata') return JSON.stringify(this.#metadata(object));
    return JSON.stringify(this.#table([object], { resourceVersion: String(stored.revision) }, first));
  }

  #json(stored: Stored): string {
    if (isStoredVersion(this.#definition)) return stored.json;
    return JSON.stringify(fromStored(this.#definition, stored.object));
  }

  #identity(): string {
    return `{"apiVersion":${JSON.stringify(apiVersionOf(this.#definition))},"kind":${JSON.stringify(this.#definition.kind)},`;
  }

  #metadata(object: DeepReadonly<KubeObject>): object {
    const metadata = metadataAlone(this.#definition, object);
    return { kind: 'PartialObjectMetadata', apiVersion: this.#metaApiVersion, metadata };
  }

  #table(objects: readonly DeepReadonly<KubeObject>[], metadata: ListMeta, columns = true): object {
    return tableOf(this.#definition, objects, this.#now(), {
      includeObject: includeObjectOf(this.#query.get('includeObject')),
      metadata,
      apiVersion: this.#metaApiVersion,
      columns,
    });
  }

  #noObject(): StatusError {
    const { group, listKind } = this.#definition;
    const type = `${group === '' ? 'core' : group.split('.', 1)[0]}.${listKind}`;
    return notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (*${type})`);
  }

  #notAList(): StatusError {
    const { custom } = this.#definition;
    // What has no Go type may be a list, until one looks.
    if (custom) return bareFailure('content is not a list');
    return notAList(this.#definition);
  }
}

/** 406: one object was asked for as if it were many. */
export function notAList({ group, kind }: { readonly group: string; readonly kind: string }): StatusError {
  const type = `${group === '' ? 'core' : group.split('.', 1)[0]}.${kind}`;
  return notAcceptable(`you requested PartialObjectMetadataList, but the requested object is not a list (*${type})`);
}

function notAcceptable(message: string): StatusError {
  return new StatusError({ ...badRequest(message).status, reason: 'NotAcceptable', code: 406 });
}
