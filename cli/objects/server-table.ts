import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import type { ServedResource } from '../../controller/kube/discovery.ts';
import { pathOf } from '../../controller/kube/resource.ts';
import { ageOf } from '../output/age.ts';

/** What the server prints of objects: `meta.k8s.io/v1` Table. */
export interface ServerTable {
  readonly columns: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly ServerRow[];
}

export interface ServerRow {
  readonly cells: readonly string[];
  readonly name: string;
  readonly namespace?: string;
}

export interface Selection {
  /** Undefined: every namespace. */
  readonly namespace: string | undefined;
  readonly name?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

const ACCEPT = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** Objects of a kind in the server's own columns. Where a server does not print, their names and ages. */
export async function readTable(
  client: Client,
  kind: ServedResource,
  selection: Selection,
  options: { signal: AbortSignal; now: number },
): Promise<ServerTable> {
  const { namespace, name, labelSelector, fieldSelector } = selection;
  const query = new URLSearchParams();
  if (labelSelector !== undefined) query.set('labelSelector', labelSelector);
  if (fieldSelector !== undefined) query.set('fieldSelector', fieldSelector);
  const path = pathOf(kind, namespace, name) + (query.size === 0 ? '' : `?${query}`);
  const { text } = await client.raw('GET', path, { signal: options.signal, headers: { accept: ACCEPT } });
  const answer: unknown = JSON.parse(text);
  if (isTable(answer)) return fromServer(answer);
  const { items } = answer as { items?: KubeObject[] };
  return namesAndAges(items ?? [answer as KubeObject], options.now);
}

interface WireTable {
  kind: 'Table';
  columnDefinitions: { name: string; priority?: number }[];
  rows?: { cells: unknown[]; object?: { metadata?: KubeObject['metadata'] } }[];
}

function isTable(answer: unknown): answer is WireTable {
  return typeof answer === 'object' && answer !== null && 'kind' in answer && answer.kind === 'Table';
}

function fromServer({ columnDefinitions, rows = [] }: WireTable): ServerTable {
  return {
    columns: columnDefinitions.map(({ name, priority = 0 }) => ({ name, priority })),
    rows: rows.map(({ cells, object }) => rowOf(cells.map(cellText), object?.metadata)),
  };
}

function namesAndAges(items: readonly KubeObject[], now: number): ServerTable {
  return {
    columns: ['Name', 'Age'].map((name) => ({ name, priority: 0 })),
    rows: items.map(({ metadata }) => rowOf([metadata.name ?? '', ageOf(metadata.creationTimestamp, now)], metadata)),
  };
}

function rowOf(cells: readonly string[], metadata: KubeObject['metadata'] = {}): ServerRow {
  const { name = cells[0] ?? '', namespace } = metadata;
  return { cells, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** As kubectl writes a cell: nothing is `<none>`, and an empty text stays empty. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return '<none>';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
