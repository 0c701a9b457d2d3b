import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../apis/meta/v1.ts';
import type { CliContext } from './context.ts';
import { CliError, usageError } from './exit.ts';

/** The objects of a YAML or JSON file (`-`: standard input), Lists unpacked, empty documents left out. */
export async function readObjects(context: CliContext, file: string): Promise<KubeObject[]> {
  const text = await readText(context, file);
  const objects: KubeObject[] = [];
  for (const document of parseAllDocuments(text)) {
    const problem = document.errors[0];
    if (problem !== undefined) throw usageError(`${nameOf(file)} is not YAML: ${problem.message.split('\n')[0] ?? ''}`);
    const value: unknown = document.toJS();
    if (value === null || value === undefined) continue;
    objects.push(...unpack(value, file));
  }
  if (objects.length === 0) throw usageError(`${nameOf(file)} holds no object`);
  return objects;
}

/** What a YAML or JSON file (`-`: standard input) of one document says, whatever it is. */
export async function readDocument(context: CliContext, file: string): Promise<unknown> {
  const documents = parseAllDocuments(await readText(context, file));
  const problem = documents.flatMap(({ errors }) => errors)[0];
  if (problem !== undefined) throw usageError(`${nameOf(file)} is not YAML: ${problem.message.split('\n')[0] ?? ''}`);
  const [document, another] = documents;
  if (document === undefined || another !== undefined) throw usageError(`${nameOf(file)} does not hold one document`);
  return document.toJS();
}

/** @throws CliError when there is no such file, or it may not be read */
export async function readText(context: CliContext, file: string): Promise<string> {
  try {
    return await context.readInput(file);
  } catch (error) {
    throw new CliError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
      hint: 'name a file, or - for standard input',
    });
  }
}

function unpack(value: unknown, file: string): KubeObject[] {
  if (typeof value !== 'object' || value === null) throw notAnObject(file);
  if ('items' in value && Array.isArray(value.items)) return value.items.flatMap((item) => unpack(item, file));
  if (!isKubeObject(value)) throw notAnObject(file);
  return [value];
}

function isKubeObject(value: object): value is KubeObject {
  return (
    'apiVersion' in value &&
    typeof value.apiVersion === 'string' &&
    'kind' in value &&
    typeof value.kind === 'string' &&
    'metadata' in value &&
    typeof value.metadata === 'object' &&
    value.metadata !== null
  );
}

function notAnObject(file: string): CliError {
  return usageError(
    `${nameOf(file)} holds something that is no Kubernetes object`,
    'each document needs apiVersion, kind and metadata',
  );
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}
