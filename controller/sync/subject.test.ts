import { describe, expect, it } from 'vitest';
import type { FederatedObject, Placement } from '../../apis/types/v1beta1/federated-object.ts';
import type { FederatedType } from './member-object.ts';
import { isFrozen, isRecordedIn, recordFor, subjectOf } from './subject.ts';

const namespaces: FederatedType = {
  name: 'namespaces',
  federated: {
    group: 'types.kubefed.io',
    version: 'v1beta1',
    kind: 'FederatedNamespace',
    plural: 'federatednamespaces',
    namespaced: true,
  },
  target: { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
  isNamespace: true,
  keeps: 'everything',
  collectsStatus: false,
  paused: false,
  applies: false,
};
const services: FederatedType = {
  ...namespaces,
  name: 'services',
  federated: { ...namespaces.federated, kind: 'FederatedService', plural: 'federatedservices' },
  target: { group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true },
  isNamespace: false,
};
const clusters = [{ name: 'earth' }, { name: 'vulcan' }];
const everywhere: Placement = { clusterSelector: {} };

function object(
  name: string,
  placement: Placement = everywhere,
  over: FederatedObject['metadata'] = {},
): FederatedObject {
  return {
    metadata: { name, namespace: 'demo', uid: name, generation: 1, ...over },
    spec: { placement, template: {} },
  };
}

function record(clusters: readonly string[]) {
  const clusterVersions = clusters.map((clusterName) => ({ clusterName, version: 'gen:1' }));
  return { templateVersion: 't', overridesVersion: 'o', clusterVersions };
}

function subject(
  federated: FederatedObject,
  federatedNamespaces: FederatedObject[],
  type = services,
  over: Partial<Parameters<typeof subjectOf>[0]> = {},
) {
  return subjectOf({
    key: `demo/${federated.metadata.name}`,
    type,
    federated,
    record: { uid: federated.metadata.uid ?? '', clusters: new Map() },
    federatedNamespaces,
    clusters,
    isIn: () => false,
    kubefedNamespace: 'kube-federation-system',
    ...over,
  });
}

describe('where a federated object belongs', () => {
  it('is where its own placement and that of its namespace agree, whatever the FederatedNamespace is called', () => {
    const { placedOn, problem } = subject(object('web'), [
      object('fedns', { clusters: [{ name: 'vulcan' }, { name: 'mars' }] }),
    ]);
    expect([...placedOn]).toEqual(['vulcan']);
    expect(problem).toBeUndefined();
  });

  it('is nobody knows where, and nothing is touched, when its namespace is not federated', () => {
    expect(subject(object('web'), []).problem?.reason).toBe('NamespaceNotFederated');
  });

  it('is not read from a FederatedNamespace that is on its way out', () => {
    const leaving = object('fedns', everywhere, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(subject(object('web'), [leaving]).problem?.reason).toBe('NamespaceNotFederated');
  });

  it('is frozen while two FederatedNamespaces disagree, and both are named', () => {
    const { problem } = subject(object('web'), [object('a'), object('b', { clusters: [] })]);
    expect(problem?.reason).toBe('NamespacePlacementConflict');
    expect(problem?.message).toMatch(/"a" and "b"/);
  });
});

describe('beside a cordoned cluster a federated object', () => {
  const over = { clusters: [{ name: 'earth' }, { name: 'vulcan', cordoned: true }] };
  const named: Placement = { clusters: [{ name: 'vulcan' }] };

  it('stays out of it, with its namespace', () => {
    const { placedOn, leftOut, problem } = subject(object('web'), [object('fedns')], services, over);
    expect([[...placedOn], leftOut, problem]).toEqual([['earth'], ['vulcan'], undefined]);
  });

  it('goes there when it names it and its namespace is there by record', () => {
    const there = { ...object('fedns'), status: { clusters: [{ name: 'vulcan' }] } };
    expect([...subject(object('web', named), [there], services, over).placedOn]).toEqual(['vulcan']);
    expect([...subject(object('web', named), [object('fedns')], services, over).placedOn]).toEqual([]);
  });

  it('goes there when it names it and its namespace is one that every cluster has', () => {
    const web = { ...object('web', named), metadata: { name: 'web', namespace: 'default' } };
    expect([...subject(web, [object('fedns')], services, over).placedOn]).toEqual(['vulcan']);
  });

  it.each<[string, FederatedObject['status'], boolean]>([
    ['the version of a write', { propagatedVersion: record(['vulcan']) }, true],
    ['a word that all is well', { clusters: [{ name: 'vulcan' }] }, true],
    ['an update that failed', { clusters: [{ name: 'vulcan', status: 'UpdateFailed' }] }, true],
    ['a creation that failed', { clusters: [{ name: 'vulcan', status: 'CreationFailed' }] }, false],
    ['a member that was away', { clusters: [{ name: 'vulcan', status: 'ClusterNotReady' }] }, false],
    ['nothing', undefined, false],
  ])('is known to be there or not by %s', (_, status, there) => {
    expect(isRecordedIn({ ...object('web'), ...(status === undefined ? {} : { status }) }, 'vulcan')).toBe(there);
  });
});

describe('where a federated object belongs when the control plane is limited to its namespace', () => {
  const limited = (federated: FederatedObject, federatedNamespaces: FederatedObject[]) =>
    subject(federated, federatedNamespaces, services, { targetNamespace: 'demo' });

  it('is what its own placement says: the namespace is in every member, and needs no FederatedNamespace', () => {
    const { placedOn, problem } = limited(object('web', { clusters: [{ name: 'earth' }] }), []);
    expect([...placedOn]).toEqual(['earth']);
    expect(problem).toBeUndefined();
  });

  it('is narrowed by a FederatedNamespace, as in KubeFed, until that is deleted', () => {
    const narrow = { clusters: [{ name: 'vulcan' }] };
    expect([...limited(object('web'), [object('demo', narrow)]).placedOn]).toEqual(['vulcan']);
    const leaving = object('demo', narrow, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect([...limited(object('web'), [leaving]).placedOn]).toEqual(['earth', 'vulcan']);
  });
});

describe('a federated object that is being deleted', () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z';

  it('takes its copies along although nobody can tell any more where it belongs', () => {
    const orphaned = subject(object('web', everywhere, { deletionTimestamp }), []);
    expect(orphaned.problem?.reason).toBe('NamespaceNotFederated');
    expect(isFrozen(orphaned)).toBe(false);
    expect(isFrozen(subject(object('web'), []))).toBe(true);
  });

  it('waits while it is paused', () => {
    const annotations = { 'fedmesh.io/paused': 'true' };
    expect(isFrozen(subject(object('web', everywhere, { deletionTimestamp, annotations }), []))).toBe(true);
  });
});

describe('several FederatedNamespaces in one namespace', () => {
  it('are decided by the one that bears its name', () => {
    const [named, other] = [object('demo'), object('other', { clusters: [] })];
    expect(subject(named, [named, other], namespaces).problem).toBeUndefined();
    expect(subject(other, [named, other], namespaces).problem?.reason).toBe('Superseded');
  });

  it('act as one when they agree: the first by name does the work', () => {
    const [a, b] = [object('a'), object('b')];
    expect(subject(a, [b, a], namespaces).problem).toBeUndefined();
    expect(subject(b, [b, a], namespaces).problem?.reason).toBe('Superseded');
  });

  it('leave nothing to remove when one of them is deleted and another stays', () => {
    const leaving = object('a', everywhere, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(subject(leaving, [leaving, object('b')], namespaces).problem?.reason).toBe('Superseded');
    expect(subject(leaving, [leaving], namespaces).problem).toBeUndefined();
  });
});

describe('what is never touched', () => {
  it.each(['kube-system', 'kube-public', 'default', 'kube-federation-system'])(
    'is the namespace %s itself',
    (namespace) => {
      const federated = object('x', everywhere, { namespace });
      expect(subject(federated, [federated], namespaces).ignored).toBe(true);
      expect(subject(object('x', everywhere, { namespace }), []).ignored).toBe(false);
    },
  );

  it('is a namespace of which only a FederatedNamespace speaks that is ignored, as in KubeFed those of another name are', () => {
    const ignored = object('fedns', everywhere, { annotations: { 'fedmesh.io/ignored': 'true' } });
    expect(subject(ignored, [ignored], namespaces).ignored).toBe(true);
    expect(subject(object('web'), [ignored]).problem?.reason).toBe('NamespaceNotFederated');
    expect(subject(object('web'), [ignored, object('another')]).problem).toBeUndefined();
    const namesake = object('demo', everywhere, { annotations: { 'fedmesh.io/ignored': 'true' } });
    expect(subject(namesake, [namesake], namespaces).ignored).toBe(false);
  });

  it('is a paused object, and every object of a paused type', () => {
    const paused = object('web', everywhere, { annotations: { 'fedmesh.io/paused': 'true' } });
    expect(subject(paused, [object('demo')]).problem?.reason).toBe('Paused');
    expect(subject(object('web'), [object('demo')], { ...services, paused: true }).problem?.reason).toBe('Paused');
  });
});

describe('the record of what was written', () => {
  it('counts only for the very template and overrides it was made for', () => {
    const federated = object('web');
    const { hashes } = subject(federated, []);
    const status = { propagatedVersion: { ...hashes, clusterVersions: [{ clusterName: 'earth', version: 'gen:1' }] } };
    expect(recordFor(subject({ ...federated, status }, []))?.clusterVersions).toHaveLength(1);
    const changed = {
      ...federated,
      metadata: { ...federated.metadata, generation: 2 },
      spec: { ...federated.spec, template: { data: {} } },
      status,
    };
    expect(recordFor(subject(changed, []))).toBeUndefined();
  });
});
