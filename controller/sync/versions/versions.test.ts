import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LabelSelector } from '../../../apis/meta/v1.ts';
import type { ClusterOverrides, FederatedObject } from '../../../apis/types/v1beta1/federated-object.ts';
import { objectVersion, overridesVersion, recordOf, templateVersion } from './versions.ts';

function federated(spec: FederatedObject['spec']): FederatedObject {
  return { metadata: { name: 'web' }, spec };
}

describe('the hashes that KubeFed recorded', () => {
  it('of a template', () => {
    expect(templateVersion(federated({ template: { data: { foo: 'bar' } } }))).toBe('4682012eb72f035cfe2b227efe7ca8c8');
  });

  it('of a template that is missing', () => {
    expect(templateVersion(federated({}))).toBe('');
  });

  it.each<[string, ClusterOverrides[] | undefined, string]>([
    ['missing', undefined, '2979b7538b527abe06492021841caf47'],
    [
      'with one',
      [{ clusterName: 'cluster1', clusterOverrides: [{ path: '/spec/replicas', value: 5 }] }],
      'd06b79278345cd4718235aec4020b063',
    ],
  ])('of overrides: %s', (_name, overrides, expected) => {
    const spec = overrides === undefined ? {} : { overrides };
    expect(overridesVersion(federated(spec))).toBe(expected);
  });

  // What KubeFed v0.10.0's GetTemplateHash and GetOverrideHash answered for the same specs: texts that JSON escapes in several
  // ways, numbers of every size, members that are empty or null, and a hundred made at random.
  it('of whatever people write', () => {
    const lines = readFileSync(new URL('./testing/kubefed-hashes.jsonl', import.meta.url), 'utf8')
      .trimEnd()
      .split('\n');
    const recorded = lines.map(
      (line) => JSON.parse(line) as { spec: string; templateVersion: string; overridesVersion: string },
    );
    const computed = recorded.map(({ spec }) => {
      const object = federated(JSON.parse(spec) as FederatedObject['spec']);
      return { spec, templateVersion: templateVersion(object), overridesVersion: overridesVersion(object) };
    });
    expect(computed).toEqual(recorded);
  });

  it('leave out of overrides what Go leaves out', () => {
    const written: ClusterOverrides[] = [
      {
        clusterName: 'a',
        clusterOverrides: [
          { op: '', path: '/x', value: null },
          { op: 'remove', path: '/y' },
        ],
      },
      { clusterName: 'b', clusterOverrides: [] },
    ];
    const bare: ClusterOverrides[] = [
      { clusterOverrides: [{ path: '/x' }, { path: '/y', op: 'remove' }], clusterName: 'a' },
      { clusterName: 'b' },
    ];
    expect(overridesVersion(federated({ overrides: written }))).toBe(overridesVersion(federated({ overrides: bare })));
  });

  it('tell zero values, which Go keeps, from missing ones', () => {
    const hashes = [0, false, '', undefined].map((value) =>
      overridesVersion(federated({ overrides: [{ clusterName: 'a', clusterOverrides: [{ path: '/x', value }] }] })),
    );
    expect(new Set(hashes).size).toBe(4);
  });

  it('change when a cluster comes to be, or no longer is, selected by an override, however that is written', () => {
    const clusterOverrides = [{ path: '/x', value: 1 }];
    const of = (clusterSelector: LabelSelector, ...burst: string[]) =>
      overridesVersion(
        federated({ overrides: [{ clusterSelector, clusterOverrides }] }),
        ['earth', 'vulcan'].map((name) => ({ name, labels: burst.includes(name) ? { burst: 'true' } : {} })),
      );
    const exists: LabelSelector = { matchExpressions: [{ key: 'burst', operator: 'Exists' }] };
    const labelled: LabelSelector = { matchLabels: { burst: 'true' } };
    expect(new Set([of(exists), of(exists, 'earth'), of(exists, 'vulcan'), of({})]).size).toBe(4);
    expect(of(exists, 'vulcan')).toBe(of(labelled, 'vulcan'));
  });

  it('tell an empty list of overrides from none', () => {
    expect(overridesVersion(federated({ overrides: [] }))).not.toBe(overridesVersion(federated({})));
  });
});

describe('objectVersion', () => {
  it.each([
    [{ generation: 3, resourceVersion: '77' }, 'gen:3'],
    [{ generation: 0, resourceVersion: '77' }, 'rv:77'],
    [{ resourceVersion: '77' }, 'rv:77'],
    [{}, 'rv:'],
  ])('of %j is %s', (metadata, expected) => {
    expect(objectVersion(metadata)).toBe(expected);
  });
});

describe('recordOf', () => {
  const hashes = { templateVersion: 't', overridesVersion: 'o' };

  it('lists the versions by the names of the clusters', () => {
    const versions = new Map([
      ['vulcan', 'gen:1'],
      ['earth', 'rv:7'],
    ]);
    expect(recordOf(hashes, versions)).toEqual({
      ...hashes,
      clusterVersions: [
        { clusterName: 'earth', version: 'rv:7' },
        { clusterName: 'vulcan', version: 'gen:1' },
      ],
    });
  });

  it('leaves an empty list out, as KubeFed does', () => {
    expect(recordOf(hashes, [])).toEqual(hashes);
  });
});
