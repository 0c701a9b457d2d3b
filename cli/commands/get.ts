import type { Command } from 'commander';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import type { ServedResource } from '../../controller/kube/discovery.ts';
import { objectName } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { usageError } from '../exit.ts';
import { readTable, type Selection, type ServerTable } from '../objects/server-table.ts';
import { addTargetOptions, openTarget, type Selected, selectedBy, type TargetFlags } from '../objects/target.ts';
import { outputFormat, toJsonObjects, toYaml } from '../output/format.ts';
import { table } from '../output/table.ts';

interface GetFlags extends TargetFlags {
  allNamespaces?: boolean;
  selector?: string;
  fieldSelector?: string;
}

export function register(program: Command, context: CliContext): void {
  addTargetOptions(
    program
      .command('get')
      .description('show objects of a cluster, as the server prints them')
      .argument('<what...>', 'pods; deploy web; deploy/web svc/web; deploy,svc; all'),
  )
    .option('-A, --all-namespaces', 'in every namespace')
    .option('-l, --selector <selector>', 'those with these labels: app=web,tier!=test')
    .option('--field-selector <selector>', 'those with these fields: metadata.name=web')
    .addHelpText('after', '\nOutput formats (-o): table by default, wide, name, json, yaml.')
    .action((words: string[], flags: GetFlags) => get(context, words, flags));
}

async function get(context: CliContext, words: readonly string[], flags: GetFlags): Promise<void> {
  const format = outputFormat(context, ['table', 'wide', 'name', 'json', 'yaml']);
  const target = await openTarget(context, flags);
  const { client } = target;
  const selected = await selectedBy(client, words, context.signal);
  const named = selected.some(({ names }) => names.length > 0);
  if (named && (flags.allNamespaces === true || flags.selector !== undefined || flags.fieldSelector !== undefined)) {
    throw usageError('names do not go with -A, --selector or --field-selector', 'leave out the one or the other');
  }
  const selectionOf = (kind: ServedResource): Selection => ({
    namespace: kind.namespaced && flags.allNamespaces !== true ? target.namespace : undefined,
    ...(flags.selector === undefined ? {} : { labelSelector: flags.selector }),
    ...(flags.fieldSelector === undefined ? {} : { fieldSelector: flags.fieldSelector }),
  });
  if (format === 'table' || format === 'wide') {
    return showTables(context, client, selected, selectionOf, { wide: format === 'wide', flags, named });
  }
  const objects: KubeObject[] = [];
  for (const each of selected) {
    const found = await readObjects(client, each, selectionOf(each.kind), context.signal);
    objects.push(...found.map(withoutManagedFields));
    if (format === 'name') for (const { metadata } of found) context.stdout.write(`${nameOf(each.kind, metadata)}\n`);
  }
  const single = named && objects.length === 1;
  const list = { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects };
  if (format === 'json') context.stdout.write(single ? toJsonObjects(objects) : toJsonObjects([list]));
  if (format === 'yaml') context.stdout.write(toYaml(single ? objects[0] : list));
}

async function readObjects(
  client: Client,
  { kind, names }: Selected,
  selection: Selection,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const { namespace, ...selectors } = selection;
  const place = namespace === undefined ? {} : { namespace };
  if (names.length === 0) return (await client.listAll<KubeObject>(kind, { ...place, ...selectors, signal })).items;
  const objects: KubeObject[] = [];
  for (const name of names) objects.push(await client.get<KubeObject>(kind, { name, ...place }, { signal }));
  return objects;
}

async function showTables(
  context: CliContext,
  client: Client,
  selected: readonly Selected[],
  selectionOf: (kind: ServedResource) => Selection,
  { wide, flags, named }: { wide: boolean; flags: GetFlags; named: boolean },
): Promise<void> {
  const options = { signal: context.signal, now: context.clock.now() };
  let shown = 0;
  for (const { kind, names } of selected) {
    const selection = selectionOf(kind);
    const tables =
      names.length === 0
        ? [await readTable(client, kind, selection, options)]
        : await Promise.all(names.map((name) => readTable(client, kind, { ...selection, name }, options)));
    const whole: ServerTable = { columns: tables[0]?.columns ?? [], rows: tables.flatMap(({ rows }) => rows) };
    if (whole.rows.length === 0) continue;
    const prefix = selected.length > 1 ? kind : undefined;
    const withNamespace = flags.allNamespaces === true && kind.namespaced;
    context.stdout.write(`${shown === 0 ? '' : '\n'}${textOf(whole, { wide, withNamespace, prefix })}`);
    shown += 1;
  }
  if (shown > 0 || named) return;
  const places = new Set(selected.map(({ kind }) => selectionOf(kind).namespace));
  const [place] = places;
  context.stderr.write(`nothing found${places.size === 1 && place !== undefined ? ` in namespace ${place}` : ''}\n`);
}

function textOf(
  { columns, rows }: ServerTable,
  options: { wide: boolean; withNamespace: boolean; prefix: ServedResource | undefined },
): string {
  const { wide, withNamespace, prefix } = options;
  const shown = columns.flatMap(({ priority }, index) => (priority === 0 || wide ? [index] : []));
  const head = shown.map((index) => columns[index]?.name.toUpperCase() ?? '');
  const lines = rows.map(({ cells, namespace }) => {
    const line = shown.map((index) => cells[index] ?? '');
    if (prefix !== undefined && line[0] !== undefined) line[0] = nameOf(prefix, { name: line[0] });
    return withNamespace ? [namespace ?? '', ...line] : line;
  });
  return table(withNamespace ? ['NAMESPACE', ...head] : head, lines);
}

/** Nobody reads them here; kubectl leaves them out too. */
function withoutManagedFields({
  metadata: { managedFields: _managedFields, ...metadata },
  ...object
}: KubeObject): KubeObject {
  const { apiVersion, kind, ...rest } = object;
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata,
    ...rest,
  };
}

/** `deployment.apps/web` */
function nameOf(kind: ServedResource, metadata: { name?: string }): string {
  return objectName(kind, { name: metadata.name ?? '' });
}
