import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../package-root.ts';

/** A schema as it is published: with references. */
export type RawSchema = Readonly<Record<string, unknown>> & {
  readonly $ref?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, RawSchema>>;
  readonly additionalProperties?: RawSchema | boolean;
  readonly items?: RawSchema;
  readonly allOf?: readonly RawSchema[];
  readonly 'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
};

/** The built-in kinds, generated from the real API server by generate.ts. */
export interface BuiltInDocument {
  /** Kubernetes' version: `v1.36.3`. */
  readonly kubernetes: string;
  /** Types as OpenAPI v3 has them, by the names under which they are published. */
  readonly definitions: Readonly<Record<string, RawSchema>>;
  /** How Go encodes each field of each type: `*int32,omitempty`; see go-types.go. */
  readonly goFields: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Below the package's root, for it is data: the compiler does not copy it to dist/. */
export const DOCUMENT_PATH = 'cli/sandbox/apiserver/schema/built-in.json';
export const REFERENCE_PREFIX = '#/components/schemas/';

let loaded: BuiltInDocument | undefined;

/** Read once, by the first who asks: about 1 MB, which nobody pays for who starts no API server. */
export function builtInDocument(): BuiltInDocument {
  loaded ??= JSON.parse(readFileSync(join(packageRoot(), DOCUMENT_PATH), 'utf8')) as BuiltInDocument;
  return loaded;
}
