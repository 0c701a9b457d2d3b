import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { StatusError } from '../errors/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { builtInDefinitions } from './built-in-definitions.ts';
import { TestCluster } from './testing/cluster.ts';
import { comparable, creates, discoveryPaths, type Recorded, recorded, rows, updates } from './testing/exchanges.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const answers = recorded();

describe('discovery tells of each kind what kube-apiserver tells', () => {
  test.each(discoveryPaths())('%s', (path) => {
    const { resources } = expected(path).body as { resources: readonly { readonly name: string }[] };
    const [group = '', version] = path.startsWith('/apis/') ? path.split('/').slice(2) : ['', path.split('/')[2]];
    const served = builtInDefinitions().filter((one) => one.group === group && one.version === version);
    const ours = served.flatMap((definition) => [described(definition), ...describedSubresources(definition)]);
    const names = new Set(ours.map(({ name }) => name));
    const theirs = resources.filter(({ name }) => names.has(name)).map(withoutHash);
    expect(sorted(ours)).toEqual(sorted(theirs));
    expect(resources.filter(({ name }) => !names.has(name) && !LACKING.has(name))).toEqual([]);
  });

  test('what is shared by all servers of a process cannot be changed', () => {
    for (const definition of builtInDefinitions()) {
      expect(Object.isFrozen(definition)).toBe(true);
      expect(Object.isFrozen(definition.strategy)).toBe(true);
      expect(Object.isFrozen(definition.columns)).toBe(true);
      expect(definition.schema).toBe(definition.schema);
    }
  });
});

/** What the embedded server does not serve of the groups that it serves. */
const LACKING = new Set([
  ...['bindings', 'componentstatuses', 'nodes/proxy', 'pods/ephemeralcontainers', 'pods/proxy', 'pods/resize'],
  ...['services/proxy', 'csidrivers', 'csinodes', 'csistoragecapacities', 'volumeattachments'],
  ...['volumeattachments/status', 'volumeattributesclasses', 'mutatingadmissionpolicies'],
  ...['mutatingadmissionpolicybindings', 'validatingadmissionpolicies', 'validatingadmissionpolicies/status'],
  'validatingadmissionpolicybindings',
]);

interface Described {
  readonly name: string;
  readonly verbs: readonly string[];
}

function described(definition: ResourceDefinition): Described {
  const { plural, singular, namespaced, kind, shortNames, categories } = definition;
  // APIServices are those of the server itself: nothing is aggregated, so nobody writes them.
  const verbs = plural === 'apiservices' ? ALL_VERBS : [...definition.verbs].sort();
  return {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  } as Described;
}

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

function describedSubresources(definition: ResourceDefinition): Described[] {
  return Object.entries(definition.subresources).map(([name, subresource]) => {
    const { group, version, kind } = subresource.kind === 'action' ? subresource.responseKind : definition;
    const same = group === definition.group && version === definition.version;
    return {
      name: `${definition.plural}/${name}`,
      singularName: '',
      namespaced: definition.namespaced,
      kind,
      verbs: [...subresource.verbs].sort(),
      ...(same ? {} : { group, version }),
    };
  });
}

function withoutHash(resource: object): Described {
  const { storageVersionHash: _, ...rest } = resource as Described & { storageVersionHash?: string };
  return rest;
}

function sorted(resources: readonly Described[]): Described[] {
  return resources.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

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
