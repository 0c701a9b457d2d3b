import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { age } from '../columns/human-duration.ts';
import type { Column } from '../resources/resource-definition.ts';
import type { CrdVersion, PrinterColumnDescription } from './crd.ts';
import { type JsonPath, parseJsonPath, printed } from './json-path.ts';

/** As the real API server describes them, word for word. */
const NAME_DESCRIPTION =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';
const AGE_DESCRIPTION =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: NAME_DESCRIPTION,
  priority: 0,
  cell: ({ metadata }) => metadata.name ?? '',
};

const AGE: PrinterColumnDescription = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: AGE_DESCRIPTION,
};

/** What `kubectl get` prints of a version's objects: the name, and the columns of the CRD, or their age. */
export function columnsOf({ additionalPrinterColumns }: DeepReadonly<CrdVersion>): readonly Column[] {
  const described = additionalPrinterColumns?.length ? additionalPrinterColumns : [AGE];
  const columns: Column[] = [NAME];
  for (const column of described) {
    const path = parseJsonPath(column.jsonPath);
    // Kubernetes gives up on the columns from the first that it cannot read.
    if (typeof path === 'string') break;
    columns.push(columnOf(column, path));
  }
  return columns;
}

function columnOf(column: DeepReadonly<PrinterColumnDescription>, path: JsonPath): Column {
  const { name, format = '', description, priority = 0, jsonPath } = column;
  const type = column.type as Column['type'];
  return {
    name,
    type,
    format,
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority,
    cell: (object, now) => cellOf(type, firstOf(path, object), now),
  };
}

function firstOf(path: JsonPath, object: DeepReadonly<KubeObject>): unknown {
  return path(object)[0];
}

function cellOf(type: Column['type'], value: unknown, now: Date): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      if (typeof value !== 'string') return null;
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : age(value, now);
    default:
      return printed(value);
  }
}
