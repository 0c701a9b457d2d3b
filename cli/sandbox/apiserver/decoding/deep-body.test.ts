import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ApiServer, startApiServer } from '../api-server.ts';
import { Wire } from '../testing/wire.ts';

const DEPTH = 200_000;
const MEGABYTES = 3 * 1024 * 1024 - 1_000;
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const MAPS = '/api/v1/namespaces/default/configmaps';
const SHEDS = '/apis/example.com/v1/namespaces/default/sheds';

const list = `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`;
const map = `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`;
const flow = `a: ${'['.repeat(MEGABYTES / 2)}${']'.repeat(MEGABYTES / 2)}`;
const block = '- '.repeat(MEGABYTES / 2);
/** Each level further in than the last, as long as there is room. */
const indented = Array.from({ length: 2_400 }, (_, level) => `${' '.repeat(level)}a:`).join('\n');
const within = (field: string) =>
  `{"apiVersion":"example.com/v1","kind":"Shed","metadata":{"name":"one"},"${field}":${map}}`;
const BODIES = [list, map, within('spec'), within('metadata'), flow, `spec: ${flow}`, block, indented];

const TYPES: readonly (readonly [string, string, string])[] = [
  ['POST', '', 'application/json'],
  ['POST', '', 'application/yaml'],
  ['PUT', '/one', 'application/json'],
  ['PUT', '/one', 'application/yaml'],
  ['PATCH', '/one', 'application/json-patch+json'],
  ['PATCH', '/one', 'application/merge-patch+json'],
  ['PATCH', '/one', 'application/strategic-merge-patch+json'],
  ['PATCH', '/one', 'application/apply-patch+yaml'],
  ['DELETE', '/one', 'application/json'],
  ['DELETE', '/one', 'application/yaml'],
];

describe('bodies nested deeper than any stack', () => {
  let server: ApiServer;
  let wire: Wire;

  beforeAll(async () => {
    server = await startApiServer({ name: 'earth' });
    wire = new Wire(server);
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const crd = {
      metadata: { name: 'sheds.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'sheds', kind: 'Shed' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    };
    expect((await wire.call('POST', CRDS, { body: JSON.stringify(crd) })).code).toBe(201);
    await wire.call('POST', MAPS, { body: JSON.stringify({ metadata: { name: 'one' } }) });
    const shed = { apiVersion: 'example.com/v1', kind: 'Shed', metadata: { name: 'one' } };
    await vi.waitFor(async () => {
      expect((await wire.call('POST', SHEDS, { body: JSON.stringify(shed) })).code).toBe(201);
    });
  });

  afterAll(() => server.close());

  it.each(TYPES)('%s %s of %s is refused, and the server goes on', async (method, name, contentType) => {
    for (const collection of [MAPS, SHEDS]) {
      for (const body of BODIES) {
        const path = `${collection}${name}?dryRun=All&fieldManager=me`;
        const { code } = await wire.call(method, path, { body, headers: { 'content-type': contentType } });
        expect(code).toBeGreaterThanOrEqual(400);
        expect(code).toBeLessThan(500);
      }
      expect((await wire.call('GET', `${collection}/one`)).code).toBe(200);
    }
  });
});
