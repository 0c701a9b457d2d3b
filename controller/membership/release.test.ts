import { describe, expect, it } from 'vitest';
import type { ServedResource } from '../kube/discovery.ts';
import { type Ownership, ownershipOf } from '../ownership/marks.ts';
import { isToGo } from './release.ts';

const resource: ServedResource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  shortNames: [],
  verbs: [],
  subresources: [],
  preferred: true,
  singular: 'configmap',
  categories: [],
};

function marked(managed: string, annotations: Record<string, string> = {}) {
  const metadata = { name: 'settings', labels: { 'kubefed.io/managed': managed }, annotations };
  const ownership: Ownership = ownershipOf(metadata, 'us') ?? 'adopted';
  return { resource, object: { metadata }, ownership };
}

const CREATED = marked('true', { 'fedmesh.io/created-by': 'us' });
const FOREIGN = marked('true', { 'fedmesh.io/created-by': 'them' });
const OF_KUBEFED = marked('true');
const HANDS_OFF = marked('false');

describe('what an unjoin removes', () => {
  it('is what was created here; what KubeFed left does not say so, and stays', () => {
    const options = { cascade: 'delete', isHost: false } as const;
    expect([CREATED, OF_KUBEFED, HANDS_OFF, FOREIGN].map((one) => isToGo(one, options))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it("is what KubeFed left too where a person says so, and never what is another's or marked as hands off", () => {
    const options = { cascade: 'delete', assumeCreated: true, isHost: false } as const;
    expect([CREATED, OF_KUBEFED, HANDS_OFF, FOREIGN].map((one) => isToGo(one, options))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(isToGo(OF_KUBEFED, { ...options, cascade: 'orphan' })).toBe(false);
  });
});
