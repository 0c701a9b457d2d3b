/**
 * Writes messages.json: how the built-in kinds look in Kubernetes' protobuf, for the clients that write it (kubectl create,
 * controller-runtime). Run by hand when Kubernetes' version moves, after schema/generate.ts:
 *
 *     npx tsx cli/sandbox/apiserver/protobuf/generate.ts
 *
 * Needs Go, for the sources of the modules in test/kube/kubernetes.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../package-root.ts';
import { builtInDocument } from '../schema/built-in-document.ts';
import { MESSAGES_PATH, type Messages } from './messages.ts';

const MODULES = ['k8s.io/api', 'k8s.io/apimachinery', 'k8s.io/apiextensions-apiserver'];
const DELETE_OPTIONS = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';

type Field = [number: number, name: string, type: string];

const root = packageRoot();
const found = new Map<string, Field[]>();
for (const module of MODULES) {
  const directory = execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', module], {
    cwd: join(root, 'test/kube/kubernetes'),
    encoding: 'utf8',
  }).trim();
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('generated.proto')) readProto(readFileSync(join(directory, file), 'utf8'));
  }
}

function readProto(text: string): void {
  const source = text.replace(/\/\/.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');
  const proto = /^package ([\w.]+);/m.exec(source)?.[1] ?? '';
  for (const [, name = '', body = ''] of source.matchAll(/^message (\w+) \{([\s\S]*?)^\}/gm)) {
    const fields: Field[] = [];
    for (const line of body.matchAll(
      /^\s*(?:(optional|repeated)\s+([\w.]+)|map<(\w+),\s*([\w.]+)>)\s+(\w+)\s*=\s*(\d+)/gm,
    )) {
      const [, label, type = '', , mapValue = '', field = '', number = ''] = line;
      const qualified = label === undefined ? `map ${qualify(mapValue, proto)}` : qualify(type, proto);
      fields.push([Number(number), field, label === 'repeated' ? `list ${qualified}` : qualified]);
    }
    found.set(openApiName(`${proto}.${name}`), fields);
  }
}

function qualify(type: string, proto: string): string {
  if (/^(?:string|bytes|bool|int32|int64|double|float|uint32|uint64)$/.test(type)) return type;
  return openApiName(type.startsWith('.') ? type.slice(1) : `${proto}.${type}`);
}

/** `k8s.io.api.core.v1.Pod` is published as `io.k8s.api.core.v1.Pod`. */
function openApiName(name: string): string {
  return name.replace(/^k8s\.io\./, 'io.k8s.').replace('apiextensions_apiserver', 'apiextensions-apiserver');
}

const document = builtInDocument();
const messages: Record<string, Record<string, readonly [name: string, type: string]>> = {};
const kinds: Record<string, string> = {};

function include(name: string): void {
  const fields = found.get(name);
  if (fields === undefined || name in messages) return;
  const own: Record<string, readonly [string, string]> = {};
  messages[name] = own;
  const properties = document.definitions[name]?.properties as Record<string, unknown> | undefined;
  for (const [number, field, type] of fields) {
    const message = type.split(' ').at(-1) ?? '';
    const jsonName = nameInJson(properties, field);
    // What Go embeds stands beside the others in JSON.
    const isEmbedded = jsonName === undefined && type === message && found.has(message) && properties !== undefined;
    own[number] = [isEmbedded ? '' : (jsonName ?? field), type];
    include(message);
  }
}

function nameInJson(properties: Record<string, unknown> | undefined, field: string): string | undefined {
  const kebab = field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const lower = field.charAt(0).toLowerCase() + field.slice(1);
  return [field, lower, `$${field}`, kebab].find((name) => properties !== undefined && name in properties);
}

for (const [name, schema] of Object.entries(document.definitions)) {
  const types = (schema['x-kubernetes-group-version-kind'] ?? []) as { group: string; version: string; kind: string }[];
  for (const { group, version, kind } of types) {
    if (!found.has(name) || kind.endsWith('List') || name === DELETE_OPTIONS) continue;
    kinds[`${group === '' ? version : `${group}/${version}`}/${kind}`] = name;
    include(name);
  }
}
include(DELETE_OPTIONS);
const content: Messages = { kinds, messages };
writeFileSync(join(root, MESSAGES_PATH), `${JSON.stringify(content, undefined, 1)}\n`);
console.log(`${Object.keys(messages).length} messages, ${Object.keys(kinds).length} kinds`);
