import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtInSchema, builtInType } from './built-in.ts';
import { decodingProblems } from './decoding.ts';
import { applyDefaults } from './defaults.ts';
import { validateEmbeddedResources } from './embedded-resources.ts';
import { validateListTypes } from './list-types.ts';
import { pruneUnknown } from './prune.ts';
import type { Schema } from './schema.ts';
import { validateValue } from './validate-value.ts';
import { wholeSchema } from './whole-schema.ts';

type Fields = Record<string, unknown>;

describe('an object that Go cannot decode is refused as by the real API server', () => {
  const cases = recorded('decoding.jsonl') as { says: string; object: Fields }[];
  it.each(cases.map(({ says, object }, i) => [says, i, object] as const))('%s (%i)', (says, _, object) => {
    const apiVersion = String(object.apiVersion);
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const schema = builtInSchema(group ?? '', version ?? '', String(object.kind));
    expect(schema).toBeDefined();
    expect(schema === undefined ? undefined : (decodingProblems(schema, object) ?? '')).toBe(says);
  });
});

describe('a custom resource is refused, pruned and defaulted as by the real API server', () => {
  const [first, ...rest] = recorded('custom-resources.jsonl');
  const { schema } = first as { schema: Schema };
  const cases = rest as {
    code: number;
    says?: string;
    causes?: [string, string, string][];
    warnings: string[];
    object: Fields;
    stored?: Fields;
  }[];
  const whole = wholeSchema(schema);

  it.each(cases.map((one) => [JSON.stringify(one.object.spec), JSON.stringify(one.object.metadata), one] as const))(
    '%s %s',
    (_, __, { code, says, causes = [], warnings, object, stored }) => {
      const problem = decodingProblems(whole, object);
      if (code === 400) {
        expect(problem).toBe(says);
        return;
      }
      expect(problem).toBeUndefined();
      const unknown = pruneUnknown(whole, object);
      expect(unknown.map((path) => `unknown field "${path}"`)).toEqual(
        warnings.filter((warning) => warning.startsWith('unknown')),
      );
      applyDefaults(schema, object);
      delete object.status; // a create ignores it
      const errors = [
        ...validateValue(schema, object, ''),
        ...validateEmbeddedResources(schema, object),
        ...validateListTypes(schema, object),
      ].map(({ field, reason, message }) => [field, reason, message]);
      // Of metadata others know.
      const expected = causes.filter(([field]) => !/(^|\.)metadata/.test(field));
      expect(errors.sort()).toEqual(expected.sort());
      if (stored !== undefined && causes.length === 0) {
        expect({ ...object, metadata: {} }).toEqual({ ...stored, metadata: {} });
      }
    },
  );
});

it('metadata is known by itself, whatever a custom resource says', () => {
  expect(wholeSchema({ type: 'object' }).properties?.metadata?.name).toBe(
    builtInType('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')?.name,
  );
});

/** What kube-apiserver 1.36.3 answered when it was asked to create these: an exchange per line. */
function recorded(file: string): unknown[] {
  const lines = readFileSync(join(import.meta.dirname, 'testing', file), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as unknown);
}
