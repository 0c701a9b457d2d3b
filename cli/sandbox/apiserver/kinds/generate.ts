/**
 * Asks a real API server what it makes of testing/creates.yaml, updates.yaml and rows.yaml, what it tells of its kinds and of their
 * columns; writes its answers to testing/recorded.ndjson and ../columns/published-columns.ts:
 *
 *     npm run kube -- up record --controllers none   # a new one each time
 *     KUBECONFIG=... npx tsx cli/sandbox/apiserver/kinds/generate.ts && npx biome check --write cli/sandbox/apiserver/kinds
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { PublishedColumn } from '../columns/published-columns.ts';
import { builtInDefinitions } from './built-in-definitions.ts';
import { creates, discoveryPaths, RECORDED_PATH, type Recorded, rows, updates } from './testing/exchanges.ts';

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const HEAD = `import type { Column } from '../../resources/resource-definition.ts';

/**
 * The columns that kube-apiserver tells of each kind (Table), with its descriptions. Written by generate.ts; not edited by hand.
 */
export type PublishedColumn = Omit<Column, 'cell'> & { readonly format: string };

`;

const config = parse(readFileSync(process.env.KUBECONFIG ?? '', 'utf8')) as Kubeconfig;
const cluster = config.clusters[0]?.cluster;
const server = cluster?.server ?? '';
const ca = Buffer.from(cluster?.['certificate-authority-data'] ?? '', 'base64');
const token = config.users[0]?.user.token ?? '';

await recordExchanges();
await recordColumns();

async function recordExchanges(): Promise<void> {
  const recorded: Record<string, Recorded> = {};
  for (const { name, path, object } of creates()) {
    recorded[name] = await ask('POST', `${path}?dryRun=All`, object);
  }
  for (const { name, path, object, change } of updates()) {
    const created = await mustAsk(name, 'POST', path, object);
    const item = `${path}/${(object.metadata as { name: string }).name}`;
    recorded[name] = await ask('PUT', `${item}?dryRun=All`, change(created));
    await ask('DELETE', `${item}?gracePeriodSeconds=0&propagationPolicy=Background`);
  }
  for (const { name, path, object, status } of rows()) {
    const item = `${path}/${(object.metadata as { name: string }).name}`;
    const created = await mustAsk(name, 'POST', path, object);
    if (status !== undefined) await mustAsk(name, 'PUT', `${item}/status`, { ...created, status });
    const { code, body } = await ask('GET', item, undefined, TABLE);
    const { rows: shown } = body as { rows?: readonly { readonly cells: unknown }[] };
    recorded[name] = { code, body: { cells: shown?.[0]?.cells } };
  }
  for (const path of discoveryPaths()) recorded[path] = await ask('GET', path);
  const lines = Object.entries(recorded).map(([name, answer]) => `${JSON.stringify({ name, ...answer })}\n`);
  writeFileSync(RECORDED_PATH, lines.join(''));
}

async function recordColumns(): Promise<void> {
  const columns: Record<string, readonly PublishedColumn[]> = {};
  for (const { group, version, kind, plural, verbs } of builtInDefinitions()) {
    if (!verbs.includes('list')) continue;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const path = `${group === '' ? '/api' : '/apis'}/${apiVersion}/${plural}?limit=1`;
    const { columnDefinitions } = (await ask('GET', path, undefined, TABLE)).body;
    columns[`${apiVersion}/${kind}`] = columnDefinitions as readonly PublishedColumn[];
  }
  const shared = {
    NAME: columns['v1/ConfigMap']?.[0],
    AGE: columns['v1/ConfigMap']?.[2],
    CREATED_AT: columns['v1/LimitRange']?.[1],
  };
  const nameOf = new Map(Object.entries(shared).map(([name, column]) => [JSON.stringify(column), name]));
  const kinds = Object.keys(columns)
    .sort()
    .map((kind) => {
      const texts = (columns[kind] ?? []).map((column) => nameOf.get(JSON.stringify(column)) ?? JSON.stringify(column));
      return `${JSON.stringify(kind)}: [${texts.join(', ')}],`;
    });
  const constants = Object.entries(shared).map(
    ([name, column]) => `const ${name}: PublishedColumn = ${JSON.stringify(column)};`,
  );
  writeFileSync(
    join(import.meta.dirname, '../columns/published-columns.ts'),
    `${HEAD}${constants.join('\n')}\n
export const PUBLISHED_COLUMNS: Readonly<Record<string, readonly PublishedColumn[]>> = {\n${kinds.join('\n')}\n};\n`,
  );
}

async function mustAsk(name: string, method: string, path: string, body: unknown): Promise<Recorded['body']> {
  const answer = await ask(method, path, body);
  if (answer.code >= 300) throw new Error(`${name}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

function ask(method: string, path: string, body?: unknown, accept = 'application/json'): Promise<Recorded> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept };
    const sent = request(`${server}${path}`, { method, ca, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ code: answer.statusCode ?? 0, body: JSON.parse(text) as Recorded['body'] });
      });
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
