/**
 * Asks a real API server what it makes of creates.yaml and updates.yaml, and writes its answers to recorded.ndjson:
 *
 *     npm run kube -- up record --controllers none   # a new one each time
 *     KUBECONFIG=... npx tsx cli/sandbox/apiserver/kinds/testing/record.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { parse } from 'yaml';
import { creates, discoveryPaths, RECORDED_PATH, type Recorded, rows, updates } from './exchanges.ts';

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

const config = parse(readFileSync(process.env.KUBECONFIG ?? '', 'utf8')) as Kubeconfig;
const { server, 'certificate-authority-data': authority } = config.clusters[0]?.cluster ?? {
  server: '',
  'certificate-authority-data': '',
};
const ca = Buffer.from(authority, 'base64');
const token = config.users[0]?.user.token ?? '';

const recorded: Record<string, Recorded> = {};
for (const { name, path, object } of creates()) {
  recorded[name] = await ask('POST', `${path}?dryRun=All`, object);
}
for (const { name, path, object, change } of updates()) {
  const created = await ask('POST', path, object);
  if (created.code !== 201) throw new Error(`${name}: ${JSON.stringify(created.body)}`);
  const item = `${path}/${(object.metadata as { name: string }).name}`;
  recorded[name] = await ask('PUT', `${item}?dryRun=All`, change(created.body));
  await ask('DELETE', `${item}?gracePeriodSeconds=0&propagationPolicy=Background`, undefined);
}
for (const { name, path, object, status } of rows()) {
  const item = `${path}/${(object.metadata as { name: string }).name}`;
  const created = await ask('POST', path, object);
  if (created.code !== 201) throw new Error(`${name}: ${JSON.stringify(created.body)}`);
  if (status !== undefined) {
    const updated = await ask('PUT', `${item}/status`, { ...created.body, status });
    if (updated.code !== 200) throw new Error(`${name}: ${JSON.stringify(updated.body)}`);
  }
  const { code, body } = await ask('GET', item, undefined, 'application/json;as=Table;v=v1;g=meta.k8s.io');
  const { rows: shown } = body as { rows?: readonly { readonly cells: unknown }[] };
  recorded[name] = { code, body: { cells: shown?.[0]?.cells } };
}
for (const path of discoveryPaths()) recorded[path] = await ask('GET', path, undefined);
const lines = Object.entries(recorded).map(([name, answer]) => `${JSON.stringify({ name, ...answer })}\n`);
writeFileSync(RECORDED_PATH, lines.join(''));

function ask(method: string, path: string, body: unknown, accept = 'application/json'): Promise<Recorded> {
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
