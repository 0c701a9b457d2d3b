import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ResourceDefinition } from '../../resources/resource-definition.ts';
import { builtInDefinitions } from '../built-in-definitions.ts';

type Json = Record<string, unknown>;

/** What a server answered. */
export interface Recorded {
  readonly code: number;
  readonly body: Json;
}

export const RECORDED_PATH = join(import.meta.dirname, 'recorded.ndjson');

/** The answers of kube-apiserver 1.36.3 by the names of the exchanges (../generate.ts). */
export function recorded(): ReadonlyMap<string, Recorded> {
  const lines = readFileSync(RECORDED_PATH, 'utf8').trim().split('\n');
  return new Map(
    lines.map((line) => {
      const { name, ...answer } = JSON.parse(line) as Recorded & { readonly name: string };
      return [name, answer];
    }),
  );
}

export interface Create {
  readonly name: string;
  readonly definition: ResourceDefinition;
  readonly namespace: string;
  /** Of the collection. */
  readonly path: string;
  readonly object: Json;
}

export interface Update extends Create {
  /** What is sent instead of what is stored. */
  readonly change: (stored: Json) => Json;
}

export function creates(): Create[] {
  const written = parse(readFileSync(join(import.meta.dirname, 'creates.yaml'), 'utf8')) as {
    readonly name: string;
    readonly of: string;
    readonly send: Json;
  }[];
  return written.map(({ name, of, send }) => createOf(name, of, send));
}

export function updates(): Update[] {
  const written = parse(readFileSync(join(import.meta.dirname, 'updates.yaml'), 'utf8')) as {
    readonly of: string;
    readonly create: Json;
    readonly then: readonly { readonly name: string; readonly merge: Json }[];
  }[];
  let count = 0;
  // Each has a name of its own: what is deleted may stay for a while.
  return written.flatMap(({ of, create, then }) =>
    then.map(({ name, merge }) => ({
      ...createOf(name, of, { ...create, metadata: { name: `u${++count}` } }),
      change: (stored: Json) => merged(stored, merge) as Json,
    })),
  );
}

/** The paths of discovery of every group and version that is served. */
export function discoveryPaths(): string[] {
  const paths = builtInDefinitions().map(({ group, version }) =>
    group === '' ? `/api/${version}` : `/apis/${group}/${version}`,
  );
  return [...new Set(paths)];
}

export interface Row extends Create {
  readonly status: Json | undefined;
}

export function rows(): Row[] {
  const written = parse(readFileSync(join(import.meta.dirname, 'rows.yaml'), 'utf8')) as {
    readonly name: string;
    readonly of: string;
    readonly as?: string;
    readonly send: Json & { readonly metadata?: Json };
    readonly status?: Json;
  }[];
  return written.map(({ name, of, as, send, status }, i) => ({
    ...createOf(name, of, { ...send, metadata: { ...send.metadata, name: as ?? `r${i}` } }),
    status,
  }));
}

function createOf(name: string, of: string, send: Json): Create {
  const [plural = '', version = '', group = ''] = of.split('/').reverse();
  const definition = builtInDefinitions().find(
    (one) => one.group === group && one.version === version && one.plural === plural,
  );
  if (definition === undefined) throw new Error(`no kind ${of}`);
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const namespace = definition.namespaced ? 'default' : '';
  const path = definition.namespaced ? `${root}/namespaces/default/${plural}` : `${root}/${plural}`;
  return { name, definition, namespace, path, object: { apiVersion, kind: definition.kind, ...send } };
}

/** A merge patch (RFC 7386). Neither is changed. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isJson(patch)) return patch;
  const result: Json = isJson(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without what differs from one answer to the next: UIDs, times, versions, and addresses out of a range. */
export function comparable({ code, body }: Recorded): unknown {
  const text = JSON.stringify(body, (key, value: unknown) => (VOLATILE.has(key) ? undefined : value));
  const uid = (body.metadata as { uid?: string } | undefined)?.uid;
  const named = text.replaceAll(/Bad_[a-z0-9]{5}/g, 'Bad_XXXXX');
  const plain = JSON.parse(uid === undefined ? named : named.replaceAll(uid, 'UID')) as Json;
  return { code, body: plain };
}

const VOLATILE = new Set(['uid', 'creationTimestamp', 'resourceVersion', 'managedFields', 'lastPhaseTransitionTime']);
