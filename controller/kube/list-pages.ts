import type { KubeObject, List } from '../../apis/meta/v1.ts';
import type { ListAllOptions, ListOptions } from './client.ts';
import { isExpired } from './errors.ts';

const DEFAULT_PAGE_SIZE = 500;

/** {@link Client.listAll} over a way to get one page. */
export async function listPages<T extends KubeObject>(
  listPage: (options: ListOptions) => Promise<List<T>>,
  options: ListAllOptions,
): Promise<List<T>> {
  const { pageSize = DEFAULT_PAGE_SIZE, resourceVersion, resourceVersionMatch, ...selection } = options;
  const from = {
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(resourceVersionMatch === undefined ? {} : { resourceVersionMatch }),
  };
  const all = await listPage({ ...selection, ...from, limit: pageSize });
  while (all.metadata.continue) {
    let page: List<T>;
    try {
      // The token stands for the first page's version; to name one beside it is an error.
      page = await listPage({ ...selection, limit: pageSize, continue: all.metadata.continue });
    } catch (error) {
      if (!isExpired(error)) throw error;
      // The pages grew older than the server remembers. In one piece the list cannot expire on the way.
      return await listPage({ ...selection, ...from });
    }
    // One by one: spread into push(), a hundred thousand overflow the stack.
    for (const item of page.items) all.items.push(item);
    all.metadata = page.metadata;
  }
  return all;
}
