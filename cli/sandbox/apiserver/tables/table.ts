import type { DeepReadonly, KubeObject, ListMeta } from '../../../../apis/meta/v1.ts';
import { badRequest } from '../errors/status-error.ts';
import type { Column, ResourceDefinition } from '../resources/resource-definition.ts';
import { metadataAlone } from './metadata-alone.ts';

/** What rows bring along of their objects. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

export interface TableRow {
  readonly cells: readonly (string | number | boolean | null)[];
  readonly conditions?: readonly Readonly<Record<string, string>>[];
  readonly object: DeepReadonly<KubeObject> | null;
}

export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: string;
  readonly metadata: ListMeta;
  /** `null` in the events of a watch after the first. */
  readonly columnDefinitions: readonly TableColumnDefinition[] | null;
  readonly rows: readonly TableRow[];
}

export interface TableOptions {
  readonly includeObject: IncludeObject;
  /** Of the answer: the list's, or of a single object its resourceVersion. */
  readonly metadata: ListMeta;
  /** `meta.k8s.io/v1`, or `v1beta1` for old clients. */
  readonly apiVersion?: string;
  /** False in the events of a watch after the first. Default true. */
  readonly columns?: boolean;
}

/**
 * The query parameter `includeObject`.
 *
 * @throws {StatusError} 400: it is none of the three.
 */
export function includeObjectOf(parameter: string | null): IncludeObject {
  switch (parameter) {
    case null:
    case '':
    case 'Metadata':
      return 'Metadata';
    case 'None':
    case 'Object':
      return parameter;
    default: {
      const why = "must be 'Metadata', 'Object', 'None', or empty";
      const value = JSON.stringify(parameter);
      throw badRequest(`Unable to convert to Table as requested: includeObject: Invalid value: ${value}: ${why}`);
    }
  }
}

/** What `kubectl get` prints: a row per object, with the cells of the definition's columns. */
export function tableOf(
  definition: ResourceDefinition,
  objects: readonly DeepReadonly<KubeObject>[],
  now: Date,
  options: TableOptions,
): Table {
  const { columns } = definition;
  const apiVersion = options.apiVersion ?? 'meta.k8s.io/v1';
  return {
    kind: 'Table',
    apiVersion,
    metadata: options.metadata,
    columnDefinitions: options.columns === false ? null : columnDefinitionsOf(columns),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      ...conditionsOf(definition, object),
      object: included(object, definition, options.includeObject, apiVersion),
    })),
  };
}

/** Made once per kind: the same for all answers of all servers. */
const columnDefinitions = new WeakMap<readonly Column[], readonly TableColumnDefinition[]>();

function columnDefinitionsOf(columns: readonly Column[]): readonly TableColumnDefinition[] {
  let made = columnDefinitions.get(columns);
  if (made === undefined) {
    made = columns.map(({ name, type, format = '', description, priority }) => {
      return { name, type, format, description, priority };
    });
    columnDefinitions.set(columns, made);
  }
  return made;
}

function included(
  object: DeepReadonly<KubeObject>,
  definition: ResourceDefinition,
  include: IncludeObject,
  apiVersion: string,
): DeepReadonly<KubeObject> | null {
  if (include === 'None') return null;
  if (include === 'Metadata') {
    return { kind: 'PartialObjectMetadata', apiVersion, metadata: metadataAlone(definition, object) };
  }
  const { group, version, kind } = definition;
  return { ...object, kind, apiVersion: group === '' ? version : `${group}/${version}` };
}

const COMPLETED = { type: 'Completed', status: 'True' };
const POD_CONDITIONS: Readonly<Record<string, TableRow['conditions']>> = {
  Succeeded: [{ ...COMPLETED, reason: 'Succeeded', message: 'The pod has completed successfully.' }],
  Failed: [{ ...COMPLETED, reason: 'Failed', message: 'The pod failed.' }],
};

/** Pods that have ended are marked, so that printers can leave them out. */
function conditionsOf(definition: ResourceDefinition, object: DeepReadonly<KubeObject>): Pick<TableRow, 'conditions'> {
  if (definition.storageKey !== 'pods') return {};
  const { phase = '' } = (object.status ?? {}) as { readonly phase?: string };
  const conditions = Object.hasOwn(POD_CONDITIONS, phase) ? POD_CONDITIONS[phase] : undefined;
  return conditions === undefined ? {} : { conditions };
}
