import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { packageRoot } from '../../../package-root.ts';
import { customResourceDefinitions } from '../kinds/apiextensions/custom-resource-definition.ts';
import { builtInSchema } from '../schema/built-in.ts';
import { pruneUnknown } from '../schema/prune.ts';
import { asCrd, asReadonlyCrd } from './crd.ts';
import { prepareCrdForCreate } from './crd-defaults.ts';
import { crdWarnings } from './crd-warnings.ts';
import { validateCrd } from './validate-crd.ts';

interface Recorded {
  code: number;
  causes: [string, string, string][];
  warnings: string[];
  crd: KubeObject;
}

/** Where the answer differs on purpose, and why. */
function isTolerated(crd: KubeObject, [field, , message]: [string, string, string]): boolean {
  // Conversion by webhook is refused as such, before anybody asks what is missing.
  if (JSON.stringify(crd).includes('"strategy":"Webhook"') && field.startsWith('spec.conversion')) return true;
  // Regular expressions are compiled by another engine.
  if (message.includes('must be a valid regular expression')) return true;
  // Shown as Kubernetes' internal type, which has fields that no API has.
  return (
    field === 'spec.versions' ||
    message.includes('fields are allowed at the root') ||
    message.includes('"x-kubernetes-validations"')
  );
}

describe('a CRD is refused as by the real API server', () => {
  // What kube-apiserver 1.36.3 answered when it was asked to create these: an exchange per line.
  const lines = readFileSync(join(import.meta.dirname, 'testing/crds.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  const cases = lines.map((line) => JSON.parse(line) as Recorded);
  it.each(cases.map((one) => [JSON.stringify(one.crd.spec), one] as const))('%s', (_, { causes, warnings, crd }) => {
    const schema = builtInSchema('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition');
    if (schema !== undefined) pruneUnknown(schema, crd);
    customResourceDefinitions.strategy.setDefaults?.(crd);
    prepareCrdForCreate(asCrd(crd));
    const found = validateCrd(asReadonlyCrd(crd)).map(({ field, reason, message }): [string, string, string] => [
      field,
      reason,
      message,
    ]);
    const judged = (list: [string, string, string][]) => list.filter((cause) => !isTolerated(crd, cause)).sort();
    expect(judged(found)).toEqual(judged(causes));
    expect(found.length > 0).toBe(causes.length > 0);
    if (causes.length > 0) return;
    const own = crdWarnings(asReadonlyCrd(crd), undefined).filter((warning) => !warning.includes('CEL'));
    expect(own.sort()).toEqual(warnings.filter((warning) => warning.startsWith('unrecognized')).sort());
  });
});

it("Fedmesh's own CRDs are accepted without a word", () => {
  const directory = join(packageRoot(), 'manifests/crds');
  for (const file of readdirSync(directory).filter((each) => each !== 'kustomization.yaml')) {
    const crd = parse(readFileSync(join(directory, file), 'utf8')) as KubeObject;
    customResourceDefinitions.strategy.setDefaults?.(crd);
    prepareCrdForCreate(asCrd(crd));
    expect([file, validateCrd(asReadonlyCrd(crd)), crdWarnings(asReadonlyCrd(crd), undefined)]).toEqual([file, [], []]);
  }
});
