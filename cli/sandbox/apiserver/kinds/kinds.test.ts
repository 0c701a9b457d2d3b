import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { StatusError } from '../errors/status-error.ts';
import { TestCluster } from './testing/cluster.ts';
import { comparable, creates, type Recorded, recorded, rows, updates } from './testing/exchanges.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const answers = recorded();

describe('a create is answered as by kube-apiserver', () => {
  for (const { name, definition, namespace, object } of creates()) {
    test(name, () => {
      const cluster = new TestCluster(NOW);
      const answer = answerOf(201, () => cluster.create(definition, inNamespace(object, namespace), true));
      expect(comparable(answer)).toEqual(comparable(expected(name)));
    });
  }
});

describe('an update is answered as by kube-apiserver', () => {
  for (const { name, definition, namespace, object, change } of updates()) {
    test(name, () => {
      const cluster = new TestCluster(NOW);
      const created = cluster.create(definition, inNamespace(object, namespace));
      const changed = (stored: KubeObject): object => change({ ...stored });
      const answer = answerOf(200, () => cluster.update(definition, created, changed, { dryRun: true }));
      expect(comparable(answer)).toEqual(comparable(expected(name)));
    });
  }
});

describe('a row of a Table shows what kube-apiserver shows', () => {
  for (const { name, definition, namespace, object, status } of rows()) {
    test(name, () => {
      const cluster = new TestCluster(NOW);
      let shown = cluster.create(definition, inNamespace(object, namespace));
      if (status !== undefined) {
        const change = (stored: KubeObject): object => ({ ...stored, status });
        shown = cluster.update(definition, shown, change, { subresource: 'status' });
      }
      const cells = definition.columns.map(({ cell }) => cell(shown, new Date(NOW)));
      const { cells: real } = expected(name).body as { cells: readonly unknown[] };
      const timeless = (all: readonly unknown[]) =>
        definition.columns.map(({ name }, i) => (TIMES.has(name) ? '' : all[i]));
      expect(timeless(cells)).toEqual(timeless(real));
    });
  }
});

/** Columns that say how long ago something was. */
const TIMES = new Set(['Age', 'Created At', 'Last Seen', 'First Seen']);

/** As the endpoints do with the namespace in the path. */
function inNamespace(object: Record<string, unknown>, namespace: string): object {
  const metadata = object.metadata as object;
  return { ...object, metadata: namespace === '' ? metadata : { ...metadata, namespace } };
}

function expected(name: string): Recorded {
  const answer = answers.get(name);
  if (answer === undefined) throw new Error(`${name} is not recorded`);
  return answer;
}

function answerOf(code: number, write: () => object): Recorded {
  try {
    return { code, body: JSON.parse(JSON.stringify(write())) as Recorded['body'] };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { code: error.code, body: JSON.parse(JSON.stringify(error.status)) as Recorded['body'] };
  }
}
