import type { ListMeta } from '../../../../apis/meta/v1.ts';
import { badRequest, expired } from '../errors/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { tooLargeResourceVersion } from '../routing/routing-errors.ts';
import { ObjectTable } from '../storage/object-table.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import { continueExpired, decodeContinue, encodeContinue } from './continue-token.ts';
import { selectedName } from './field-selector.ts';
import type { ListOptions } from './list-options.ts';
import { selection } from './select.ts';
import { snapshotAt } from './snapshot.ts';

export interface Page {
  readonly items: readonly Stored[];
  readonly metadata: ListMeta;
}

/** What a list answers. @throws {StatusError} 400, 410, 504 */
export function listPage(
  storage: Storage,
  definition: ResourceDefinition,
  namespace: string | undefined,
  options: ListOptions,
): Page {
  const { revision, start, all } = source(storage, definition, namespace, options);
  const isSelected = selection(definition, options);
  // A server that answers from its cache gives all of it.
  const limit = options.resourceVersion === 0 ? 0 : options.limit;
  const metadata = { resourceVersion: String(revision) };
  if (isSelected === undefined && limit <= 0 && start === '') return { items: all, metadata };

  const items: Stored[] = [];
  let last = '';
  let left = 0;
  for (const stored of all) {
    const key = ObjectTable.key(stored.namespace, stored.name);
    if (start !== '' && key < start) continue;
    if (limit > 0 && items.length >= limit) {
      left += 1;
      if (isSelected === undefined) continue;
      return { items, metadata: { ...metadata, continue: tokenAfter(revision, last, namespace) } };
    }
    if (isSelected === undefined || isSelected(stored)) {
      items.push(stored);
      last = key;
    }
  }
  if (left === 0 || isSelected !== undefined) return { items, metadata };
  return {
    items,
    metadata: { ...metadata, continue: tokenAfter(revision, last, namespace), remainingItemCount: left },
  };
}

/** Keys in tokens are relative to what is listed. */
function tokenAfter(revision: number, key: string, namespace: string | undefined): string {
  const relative = namespace === undefined ? key : key.slice(namespace.length + 1);
  return encodeContinue({ revision, start: `${relative}\0` });
}

function source(
  storage: Storage,
  definition: ResourceDefinition,
  namespace: string | undefined,
  options: ListOptions,
): { revision: number; start: string; all: readonly Stored[] } {
  const { storageKey } = definition;
  const now = storage.revision;
  if (options.continue !== '') {
    const position = decodeContinue(options.continue);
    if ((options.resourceVersion ?? 0) > 0) {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    const start = namespace === undefined ? position.start : `${namespace}/${position.start}`;
    const revision = position.revision ?? now;
    if (revision > now) throw tooLargeResourceVersion(revision, now);
    const all = snapshotAt(storage, storageKey, namespace, revision);
    if (all === undefined) throw continueExpired(position);
    return { revision, start, all };
  }
  const { resourceVersion: asked = 0, match, limit } = options;
  if (asked > now) throw tooLargeResourceVersion(asked, now);
  if (asked > 0 && (match === 'Exact' || (match === '' && limit > 0))) {
    const all = snapshotAt(storage, storageKey, namespace, asked);
    if (all === undefined) throw expired('The resourceVersion for the provided list is too old.');
    return { revision: asked, start: '', all };
  }
  return { revision: now, start: '', all: present(storage, definition, namespace, options) };
}

/** A list of one name is a get. */
function present(
  storage: Storage,
  { storageKey, namespaced }: ResourceDefinition,
  namespace: string | undefined,
  { fields }: ListOptions,
): readonly Stored[] {
  const name = selectedName(fields);
  if (name === undefined || (namespaced && namespace === undefined)) return storage.list(storageKey, namespace);
  const stored = storage.get(storageKey, namespace ?? '', name);
  return stored === undefined ? [] : [stored];
}
