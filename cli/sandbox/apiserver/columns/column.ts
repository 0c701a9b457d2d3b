import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { Column } from '../resources/resource-definition.ts';
import { age } from './human-duration.ts';
import { PUBLISHED_COLUMNS } from './published-columns.ts';

export type Cell<T> = (object: DeepReadonly<T>, now: Date) => string | number | boolean | null;

/**
 * A kind's columns as Kubernetes describes them, with what stands in each: by the column's name. `Name`, `Age` and `Created At` are
 * known. @throws for a kind or column that is not described
 */
export function columnsOf<T>(kind: string, cells: Readonly<Record<string, Cell<T>>> = {}): readonly Column[] {
  const published = PUBLISHED_COLUMNS[kind];
  if (published === undefined) throw new Error(`no columns of ${kind}`);
  return published.map((column) => {
    const cell = (cells[column.name] as Column['cell'] | undefined) ?? COMMON[column.name];
    if (cell === undefined) throw new Error(`no cell for ${column.name} of ${kind}`);
    return { ...column, cell };
  });
}

const COMMON: Readonly<Record<string, Column['cell']>> = {
  Name: (object) => object.metadata.name ?? '',
  Age: (object, now) => age(object.metadata.creationTimestamp, now),
  'Created At': (object) => object.metadata.creationTimestamp ?? null,
};

/** `name (default)` for what an annotation makes the default of its kind. */
export function nameOrDefault(annotation: string): Cell<KubeObject> {
  return ({ metadata }) => `${metadata.name}${metadata.annotations?.[annotation] === 'true' ? ' (default)' : ''}`;
}
