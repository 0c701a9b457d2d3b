import { describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../../../apis/meta/v1.ts';
import { ownershipFor } from './managed-fields.ts';

const REPLICAS = ['spec', 'replicas'];

function entry(operation: 'Apply' | 'Update', fieldsV1: Record<string, unknown>, more: ManagedFieldsEntry = {}) {
  return { manager: 'fedmesh', operation, apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1, ...more };
}
const spec = (...names: string[]) => ({ 'f:spec': Object.fromEntries(names.map((name) => [`f:${name}`, {}])) });

describe('who owns the fields of a copy under server-side apply', () => {
  it('stays as it is where we own by apply alone', () => {
    const others = entry('Update', spec('replicas'), { manager: 'autoscaler' });
    expect(ownershipFor([entry('Apply', spec('paused')), others], [])).toBeUndefined();
    expect(ownershipFor([], [REPLICAS])).toBeUndefined();
  });

  it('goes over from our PUTs to our apply, so that what the template loses is taken away', () => {
    const others = entry('Update', spec('x'), { manager: 'theirs' });
    const status = entry('Update', { 'f:status': {} }, { subresource: 'status' });
    expect(ownershipFor([entry('Update', spec('a', 'b')), others, status], [])).toEqual([
      others,
      status,
      entry('Apply', spec('a', 'b')),
    ]);
    expect(ownershipFor([entry('Apply', spec('a')), entry('Update', spec('b')), others], [])).toEqual([
      others,
      entry('Apply', spec('a', 'b')),
    ]);
  });

  it('of what is left to the member goes from our apply to an update: it keeps its value when the apply falls silent', () => {
    expect(ownershipFor([entry('Apply', spec('replicas', 'paused'))], [REPLICAS])).toEqual([
      entry('Apply', spec('paused')),
      entry('Update', spec('replicas')),
    ]);
  });

  it('is settled once: asked again there is nothing to do', () => {
    const settled = ownershipFor([entry('Update', spec('replicas', 'paused'))], [REPLICAS]);
    expect(settled).toEqual([entry('Apply', spec('paused')), entry('Update', spec('replicas'))]);
    expect(ownershipFor(settled ?? [], [REPLICAS])).toBeUndefined();
  });

  it('comes back to our apply when nothing is left to the member any more', () => {
    const entries = [entry('Apply', spec('paused')), entry('Update', spec('replicas'))];
    expect(ownershipFor(entries, [])).toEqual([entry('Apply', spec('paused', 'replicas'))]);
  });

  it('keeps the keys of lists apart', () => {
    const list = (name: string, ...fields: string[]) => ({
      'f:spec': {
        'f:ports': { [`k:{"name":"${name}"}`]: Object.fromEntries(['.', ...fields].map((field) => [field, {}])) },
      },
    });
    const merged = ownershipFor([entry('Apply', list('a', 'f:port')), entry('Update', list('b', 'f:port'))], []);
    expect(merged?.[0]?.fieldsV1).toEqual({
      'f:spec': {
        'f:ports': {
          'k:{"name":"a"}': { '.': {}, 'f:port': {} },
          'k:{"name":"b"}': { '.': {}, 'f:port': {} },
        },
      },
    });
  });
});
