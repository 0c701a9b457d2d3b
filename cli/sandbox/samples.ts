import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { packageRoot } from '../package-root.ts';

/** Of the package: what a sandbox begins with, as `kubectl apply -f samples/w1` would. */
export const SAMPLES = 'samples/w1';

/** The samples of the first walk, placed on these members. */
export async function readSamples(members: readonly string[]): Promise<KubeObject[]> {
  const folder = join(packageRoot(), SAMPLES);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const objects = texts.flatMap((text) => parseAllDocuments(text).map((document): KubeObject => document.toJS()));
  return objects.map((object) => placedOn(object, members));
}

function placedOn(object: KubeObject, members: readonly string[]): KubeObject {
  const { spec } = object as { spec?: { placement?: { clusters?: unknown } } };
  if (spec?.placement?.clusters === undefined) return object;
  return { ...object, spec: { ...spec, placement: { clusters: members.map((name) => ({ name })) } } };
}
