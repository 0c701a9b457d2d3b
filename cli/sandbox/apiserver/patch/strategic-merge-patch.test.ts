import { describe, expect, it } from 'vitest';
import { StatusError } from '../errors/status-error.ts';
import { builtInSchema } from '../schema/built-in.ts';
import type { Schema } from '../schema/schema.ts';
import { applyPatch, patchTypesOf, STRATEGIC_MERGE_PATCH } from './apply-patch.ts';
import type { JsonObject } from './json-object.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const deployment = schemaOf('apps', 'v1', 'Deployment');
const serviceAccount = schemaOf('', 'v1', 'ServiceAccount');

function schemaOf(group: string, version: string, kind: string): Schema {
  const schema = builtInSchema(group, version, kind);
  if (schema === undefined) throw new Error(`no ${kind}`);
  return schema;
}

/** A Deployment with these containers. */
function web(...containers: object[]): JsonObject {
  return { spec: { template: { spec: { containers } } } };
}

function containersOf(object: JsonObject): unknown {
  return (object as { spec: { template: { spec: { containers: unknown } } } }).spec.template.spec.containers;
}

function patched(object: JsonObject, patch: unknown, schema = deployment): JsonObject {
  const before = structuredClone(object);
  const patchBefore = structuredClone(patch);
  const result = applyStrategicMergePatch(schema, object, patch);
  expect([object, patch]).toEqual([before, patchBefore]);
  return result;
}

function refusal(object: JsonObject, patch: unknown, schema = deployment): unknown {
  try {
    return patched(object, patch, schema);
  } catch (error) {
    if (error instanceof StatusError) return [error.code, error.message];
    throw error;
  }
}

const A = { name: 'a', image: 'a:1' };
const B = { name: 'b', image: 'b:1' };
const C = { name: 'c', image: 'c:1' };

describe('a strategic merge patch', () => {
  it('merges containers by name, and puts new ones first as the patch has them', () => {
    expect(containersOf(patched(web(A, B), web({ name: 'b', image: 'b:2' }, C)))).toEqual([
      A,
      { name: 'b', image: 'b:2' },
      C,
    ]);
    expect(containersOf(patched(web(A, B), web(C, { name: 'a', tty: true })))).toEqual([C, { ...A, tty: true }, B]);
  });

  it('deletes, replaces and orders items when asked', () => {
    expect(containersOf(patched(web(A, B), web({ $patch: 'delete', name: 'a' })))).toEqual([B]);
    expect(containersOf(patched(web(A, B), web({ $patch: 'replace' }, C)))).toEqual([C]);
    const order = { '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }] };
    const patch = { spec: { template: { spec: { ...order, containers: [C] } } } };
    expect(containersOf(patched(web(A, B), patch))).toEqual([C, B, A]);
  });

  it('keeps what only the server has among what the patch orders', () => {
    const patch = { spec: { template: { spec: { '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }] } } } };
    expect(containersOf(patched(web(A, B, C), patch))).toEqual([B, C, A]);
  });

  it('puts what is new in the place of what is deleted, as the real server does', () => {
    const order = { '$setElementOrder/containers': [{ name: 'd' }, { name: 'a' }] };
    const containers = [{ $patch: 'delete', name: 'a' }, { name: 'd' }, { $patch: 'delete', name: 'c' }];
    const patch = { spec: { template: { spec: { ...order, containers } } } };
    expect(containersOf(patched(web(A, B, C), patch))).toEqual([B, { name: 'd' }]);
  });

  it('takes keys away from maps, and replaces or empties whole ones', () => {
    const object = { metadata: { labels: { a: '1', b: '2' } } };
    expect(patched(object, { metadata: { labels: { a: null, c: '3' } } })).toEqual({
      metadata: { labels: { b: '2', c: '3' } },
    });
    expect(patched(object, { metadata: { labels: { $patch: 'replace', c: '3' } } })).toEqual({
      metadata: { labels: { c: '3' } },
    });
    expect(patched(object, { metadata: { labels: { $patch: 'delete' } } })).toEqual({ metadata: { labels: {} } });
  });

  it('merges lists of scalars, and takes some away', () => {
    const object = { metadata: { finalizers: ['a', 'b', 'c'] } };
    expect(patched(object, { metadata: { finalizers: ['d', 'b'] } })).toEqual({
      metadata: { finalizers: ['d', 'a', 'b', 'c'] },
    });
    expect(patched(object, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a', 'c'] } })).toEqual({
      metadata: { finalizers: ['b'] },
    });
    const order = { '$setElementOrder/finalizers': ['d', 'a'], finalizers: ['d'] };
    expect(patched(object, { metadata: order })).toEqual({ metadata: { finalizers: ['d', 'a', 'b', 'c'] } });
  });

  it('replaces lists that do not merge', () => {
    const object = web({ ...A, args: ['x', 'y'] });
    expect(containersOf(patched(object, web({ name: 'a', args: ['z'] })))).toEqual([{ ...A, args: ['z'] }]);
  });

  it('keeps no more than the keys of $retainKeys', () => {
    const object = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    expect(patched(object, patch)).toEqual({ spec: { strategy: { type: 'Recreate' } } });
    const bad = { spec: { strategy: { $retainKeys: ['type'], rollingUpdate: {} } } };
    expect(refusal(object, bad)).toEqual([400, 'invalid patch format of retainKeys']);
  });

  it('leaves nulls and orders out of what is new', () => {
    const patch = { spec: { template: { metadata: { labels: { a: null, b: '1' } } } } };
    expect(patched({}, patch)).toEqual({ spec: { template: { metadata: { labels: { b: '1' } } } } });
    expect(patched({}, web({ $patch: 'delete', name: 'a' }, B))).toEqual(web(B));
  });

  it('merges secrets of ServiceAccounts by name', () => {
    const object = { secrets: [{ name: 'a' }] };
    expect(patched(object, { secrets: [{ name: 'b' }] }, serviceAccount)).toEqual({
      secrets: [{ name: 'b' }, { name: 'a' }],
    });
  });

  it.each<[string, JsonObject, unknown, unknown]>([
    [
      'an item without its key',
      web(A),
      web({ image: 'x' }),
      [500, 'map: map[image:x] does not contain declared merge key: name'],
    ],
    [
      'an unknown order for a map',
      { metadata: { labels: { a: '1' } } },
      { metadata: { labels: { $patch: 'explode' } } },
      [500, 'unknown patch type: explode in map: map[$patch:explode]'],
    ],
    [
      'merge as an order for an item',
      web(A),
      web({ $patch: 'merge', name: 'a' }),
      [500, 'merging lists cannot yet be specified in the patch'],
    ],
    [
      'an order of elements that the patch itself breaks',
      web(A, B),
      {
        spec: {
          template: { spec: { '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }], containers: [B, A] } },
        },
      },
      [
        500,
        "The order in patch list:\n[map[image:b:1 name:b] map[image:a:1 name:a]]\n doesn't match $setElementOrder list:\n[map[name:a] map[name:b]]\n",
      ],
    ],
    [
      'an order of an unknown list',
      { spec: {} },
      { spec: { '$setElementOrder/widgets': [] } },
      [500, 'unable to find api field in struct DeploymentSpec for the json field "widgets"'],
    ],
    [
      'a list of lists',
      { metadata: { finalizers: [] } },
      { metadata: { finalizers: [['b']] } },
      [422, 'the server rejected our request due to an error in our request'],
    ],
    ['what is no object', {}, [], [400, 'json: cannot unmarshal array into Go value of type map[string]interface {}']],
  ])('refuses %s', (_, object, patch, answer) => {
    expect(refusal(object, patch)).toEqual(answer);
  });

  it('is not for custom resources, whose lists nobody described', () => {
    const custom = { custom: true, schema: undefined };
    expect(() => applyPatch(custom, STRATEGIC_MERGE_PATCH, {}, {})).toThrow(
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    );
    expect(patchTypesOf({ custom: false })).toContain(STRATEGIC_MERGE_PATCH);
  });
});
