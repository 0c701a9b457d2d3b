import { describe, expect, it } from 'vitest';
import type { PropagatedVersion, PropagatedVersionStatus } from '../../../apis/core/v1alpha1/propagated-version.ts';
import { ownersOf, recordIn, recordToWrite, sameSubject, versionNameOf, versionOwnership } from './version-object.ts';

const owner = { apiVersion: 'types.kubefed.io/v1beta1', kind: 'FederatedDeployment', name: 'web', uid: 'new' };
const hashes = { templateVersion: 't', overridesVersion: 'o' };

function recorded(versions: Record<string, string>, over: Partial<PropagatedVersionStatus> = {}) {
  const clusterVersions = Object.entries(versions).map(([clusterName, version]) => ({ clusterName, version }));
  return { ...hashes, clusterVersions, ...over };
}

describe('a PropagatedVersion', () => {
  it.each([
    ['Deployment', 'web', 'deployment-web'],
    ['HorizontalPodAutoscaler', 'a.b-c', 'horizontalpodautoscaler-a.b-c'],
    ['Namespace', 'demo', 'namespace-demo'],
  ])('is named by the kind and the name of the target: %s %s', (kind, name, expected) => {
    expect(versionNameOf(kind, name)).toBe(expected);
  });

  it.each<[string, unknown[] | undefined, string]>([
    ['names the object', [owner], 'own'],
    ['names the object among others', [{ ...owner, uid: 'x', name: 'backup' }, owner], 'own'],
    ['names nobody', undefined, 'own'],
    ['names the object that bore the name before', [{ ...owner, uid: 'old' }], 'predecessor'],
    ['names that one in another version', [{ ...owner, apiVersion: 'types.kubefed.io/v1', uid: 'old' }], 'predecessor'],
    ['names an object of another group', [{ ...owner, apiVersion: 'other.io/v1', uid: 'x' }], 'other'],
    ['names an object of another kind', [{ ...owner, kind: 'FederatedIngress', uid: 'x' }], 'other'],
  ])('that %s is told from the others', (_, ownerReferences, expected) => {
    const object = { metadata: { name: 'deployment-web', ownerReferences } } as PropagatedVersion;
    expect(versionOwnership(object, owner)).toBe(expected);
  });

  it('gets the object as its owner in the place of its predecessor, and keeps what others put there', () => {
    const backup = { apiVersion: 'v1', kind: 'ConfigMap', name: 'backup', uid: 'b' };
    expect(ownersOf({ ownerReferences: [{ ...owner, uid: 'old' }, backup] }, owner)).toEqual([backup, owner]);
    expect(ownersOf({ ownerReferences: [owner, backup] }, owner)).toEqual([owner, backup]);
    expect(ownersOf({}, owner)).toEqual([owner]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['no hashes', {}],
    ['hashes that are no text', { templateVersion: 1, overridesVersion: 'o' }],
    ['versions that are no list', { ...hashes, clusterVersions: { earth: 'gen:1' } }],
    ['versions without a cluster', { ...hashes, clusterVersions: [{ version: 'gen:1' }] }],
    ['empty entries', { ...hashes, clusterVersions: [null] }],
  ])('that somebody gave another shape records nothing: %s', (_, status) => {
    expect(recordIn({ metadata: {}, status } as PropagatedVersion)).toBeUndefined();
  });

  it('without versions is a record all the same', () => {
    expect(recordIn({ metadata: {}, status: hashes })).toEqual(hashes);
  });
});

describe('what is recorded', () => {
  const BOTH = new Set(['earth', 'vulcan']);

  it('is the version of each copy that is as it should be, by the names of the clusters', () => {
    const current = new Map([
      ['vulcan', 'gen:2'],
      ['earth', 'rv:7'],
    ]);
    expect(recordToWrite(hashes, undefined, current, BOTH)).toEqual(recorded({ earth: 'rv:7', vulcan: 'gen:2' }));
  });

  it('of a cluster that cannot be told about is what it was, for the same template only', () => {
    const current = new Map([['earth', 'gen:3']]);
    const previous = recorded({ earth: 'gen:2', vulcan: 'gen:2' });
    expect(recordToWrite(hashes, previous, current, BOTH)).toEqual(recorded({ earth: 'gen:3', vulcan: 'gen:2' }));
    const older = { ...previous, templateVersion: 'older' };
    expect(recordToWrite(hashes, older, current, BOTH)).toEqual(recorded({ earth: 'gen:3' }));
  });

  it('leaves out clusters that the object is no longer placed on, and an empty list altogether', () => {
    const previous = recorded({ earth: 'gen:2', vulcan: 'gen:2' });
    expect(recordToWrite(hashes, previous, new Map(), new Set(['vulcan']))).toEqual(recorded({ vulcan: 'gen:2' }));
    expect(recordToWrite(hashes, previous, new Map(), new Set())).toEqual(hashes);
  });

  it('can wait while it differs in versions alone', () => {
    const before = recorded({ earth: 'rv:1' });
    expect(sameSubject(before, recorded({ earth: 'rv:2' }))).toBe(true);
    expect(sameSubject(before, recorded({ earth: 'rv:2', vulcan: 'rv:1' }))).toBe(false);
    expect(sameSubject(before, recorded({ earth: 'rv:2' }, { overridesVersion: 'p' }))).toBe(false);
    expect(sameSubject(undefined, before)).toBe(false);
  });
});
