import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import { type Client, createClient } from '../../kube/client.ts';
import { ANONYMOUS } from '../../kube/credentials.ts';
import * as dispatch from './dispatch.ts';
import type { MemberWrite, Rendered } from './member-write.ts';

const SERVER = 'http://earth.test';
const COLLECTION = '/apis/apps/v1/namespaces/demo/deployments';
const OBJECT = `${COLLECTION}/web`;
const UID = 'control-plane-1';
const labels = { 'kubefed.io/managed': 'true' };

const resource = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true };

function object(metadata: KubeObject['metadata'] = {}, replicas = 1): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'demo', ...metadata },
    spec: { replicas },
  };
}

function problem(code: number, reason: string): { code: number; reason: string; kind: string; message: string } {
  return { kind: 'Status', code, reason, message: `${reason} it is` };
}

/** What a template with two replicas becomes, over what is observed. */
function desired(observed: DeepReadonly<KubeObject> | undefined): Rendered {
  const resourceVersion = observed?.metadata.resourceVersion;
  return { object: object({ labels, ...(resourceVersion === undefined ? {} : { resourceVersion }) }, 2) };
}

describe('one write on one member', () => {
  let client: Client;
  beforeAll(() => nock.disableNetConnect());
  afterAll(() => nock.enableNetConnect());
  beforeEach(() => {
    client = createClient({ cluster: 'earth', server: SERVER, tls: {}, credentials: ANONYMOUS }, {});
  });
  afterEach(async () => {
    await client.close();
    expect(nock.pendingMocks()).toEqual([]);
    nock.cleanAll();
  });

  function write(over: Partial<MemberWrite> = {}): MemberWrite {
    return {
      cluster: 'earth',
      client,
      resource,
      namespace: 'demo',
      name: 'web',
      desired,
      needsContent: false,
      metadataOnly: false,
      controlPlaneUid: UID,
      adoption: 'IfNoDiff',
      applies: false,
      leftToMember: [],
      replacement: { wish: 'no', adopts: false, deleteOptions: {} },
      signal: new AbortController().signal,
      ...over,
    };
  }

  const stored = (metadata: KubeObject['metadata'], replicas = 2) =>
    object({ uid: 'u1', resourceVersion: '7', labels, ...metadata }, replicas);
  const query = { fieldManager: 'fedmesh' };

  it('where only metadata is kept, no more is asked for in the answers of writes', async () => {
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
    const { metadata } = stored({});
    const answer = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata };
    const member = nock(SERVER, { reqheaders: { accept } });
    member.post(COLLECTION).query(query).reply(201, answer);
    member.put(OBJECT).query(query).reply(200, answer);

    const sparing = write({ metadataOnly: true });
    expect(await dispatch.create(sparing)).toMatchObject({ kind: 'written', changed: true, object: { metadata } });
    expect(await dispatch.update(sparing, stored({ resourceVersion: '6' }))).toMatchObject({ kind: 'written' });
  });

  it('a creation says whose it is, so that an unjoin knows what to take away', async () => {
    nock(SERVER)
      .post(
        COLLECTION,
        (body) => body.metadata.annotations['fedmesh.io/created-by'] === UID && body.spec.replicas === 2,
      )
      .query(query)
      .reply(201, stored({}));
    expect(await dispatch.create(write())).toMatchObject({ kind: 'written', changed: true });
  });

  it('an equal object that is there already is adopted, and bears no word of having been created', async () => {
    nock(SERVER).post(COLLECTION).query(query).reply(409, problem(409, 'AlreadyExists'));
    nock(SERVER)
      .get(OBJECT)
      .reply(200, stored({ labels: {} }));
    nock(SERVER)
      .put(OBJECT, (body) => body.metadata.resourceVersion === '7' && body.metadata.annotations === undefined)
      .query(query)
      .reply(200, stored({ resourceVersion: '8' }));
    expect(await dispatch.create(write())).toMatchObject({ kind: 'written' });
  });

  it('a different object is left alone, and the message names the fields that differ and the way out', async () => {
    nock(SERVER).post(COLLECTION).query(query).reply(409, problem(409, 'AlreadyExists'));
    nock(SERVER)
      .get(OBJECT)
      .reply(200, stored({ labels: {} }, 5));
    const result = await dispatch.create(write());
    expect(result).toMatchObject({ kind: 'failed', failure: { status: 'AlreadyExists' } });
    expect(result.kind === 'failed' && result.failure.message).toMatch(
      /differs in \/spec\/replicas.*fedmesh\.io\/adopt=true/,
    );
  });

  it.each([
    ['its owner said hands off', { labels: { 'kubefed.io/managed': 'false' } }, 'Enabled', 'ManagedLabelFalse'],
    [
      'another control plane manages it',
      { annotations: { 'fedmesh.io/created-by': 'other' } },
      'Enabled',
      'AlreadyExists',
    ],
    ['adopting is disabled', { labels: {} }, 'Disabled', 'AlreadyExists'],
  ] as const)('an object is left alone when %s', async (_, metadata, adoption, status) => {
    nock(SERVER).post(COLLECTION).query(query).reply(409, problem(409, 'AlreadyExists'));
    nock(SERVER).get(OBJECT).reply(200, stored(metadata));
    expect(await dispatch.create(write({ adoption }))).toMatchObject({ kind: 'failed', failure: { status } });
  });

  it('an update that loses a race reads again and writes over what it found', async () => {
    nock(SERVER)
      .put(OBJECT, (body) => body.metadata.resourceVersion === '6')
      .query(query)
      .reply(409, problem(409, 'Conflict'));
    nock(SERVER).get(OBJECT).reply(200, stored({}, 9));
    nock(SERVER)
      .put(OBJECT, (body) => body.metadata.resourceVersion === '7')
      .query(query)
      .reply(200, stored({ resourceVersion: '8' }));
    const observed = stored({ resourceVersion: '6' });
    expect(await dispatch.update(write(), observed)).toMatchObject({ kind: 'written', changed: true });
  });

  it('an update reads the content first when the member is to keep part of it', async () => {
    const seen: unknown[] = [];
    nock(SERVER).get(OBJECT).reply(200, stored({}, 9));
    nock(SERVER)
      .put(OBJECT)
      .query(query)
      .reply(200, stored({ resourceVersion: '8' }));
    const { spec: _, ...metadataOnly } = stored({});
    const remember = (observed: DeepReadonly<KubeObject> | undefined) => {
      seen.push(observed?.spec);
      return desired(observed);
    };
    await dispatch.update(write({ needsContent: true, desired: remember }), metadataOnly);
    expect(seen).toEqual([{ replicas: 9 }]);
  });

  it('an object of which nothing is recorded is not written when the member says that nothing would change', async () => {
    nock(SERVER)
      .put(OBJECT)
      .query({ ...query, dryRun: 'All' })
      .reply(200, stored({}));
    expect(await dispatch.verify(write(), stored({}))).toMatchObject({ kind: 'written', changed: false });
  });

  it('a deletion names the very object that was seen', async () => {
    nock(SERVER)
      .delete(OBJECT, (body) => body.preconditions.uid === 'u1' && body.preconditions.resourceVersion === '7')
      .query(true)
      .reply(200, { kind: 'Status', status: 'Success' });
    expect(await dispatch.remove(write(), stored({}))).toEqual({ kind: 'gone' });
  });

  it('a deletion looks again when the object has changed, and leaves it when it is not ours any more', async () => {
    nock(SERVER).delete(OBJECT).query(true).reply(409, problem(409, 'Conflict'));
    nock(SERVER)
      .get(OBJECT)
      .reply(200, stored({ labels: {} }));
    expect(await dispatch.remove(write(), stored({}))).toMatchObject({ kind: 'released' });
  });

  it('a missing permission is named together with the command that grants it', async () => {
    const message = 'deployments.apps is forbidden: User "u" cannot create resource "deployments" in API group "apps"';
    nock(SERVER)
      .post(COLLECTION)
      .query(query)
      .reply(403, { ...problem(403, 'Forbidden'), message });
    const result = await dispatch.create(write());
    expect(result).toMatchObject({ kind: 'failed', failure: { status: 'Forbidden' } });
    expect(result.kind === 'failed' && result.failure.message).toContain('fedctl enable deployments.apps');
  });

  it('a member that cannot be reached is told from one that refuses', async () => {
    nock(SERVER)
      .post(COLLECTION)
      .query(query)
      .replyWithError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    expect(await dispatch.create(write())).toMatchObject({ kind: 'failed', failure: { status: 'CreationTimedOut' } });
  });

  it('a deletion spares what another control plane made under the same name meanwhile', async () => {
    nock(SERVER).delete(OBJECT).query(true).reply(409, problem(409, 'Conflict'));
    nock(SERVER)
      .get(OBJECT)
      .reply(200, stored({ uid: 'u2', annotations: { 'fedmesh.io/created-by': 'other' } }));
    expect(await dispatch.remove(write(), stored({}))).toMatchObject({ kind: 'released' });
  });

  it('releasing takes the marks off the object that was seen, and nothing else', async () => {
    nock(SERVER)
      .patch(OBJECT, {
        metadata: {
          uid: 'u1',
          resourceVersion: '7',
          labels: { 'kubefed.io/managed': null },
          annotations: { 'fedmesh.io/created-by': null },
        },
      })
      .query(query)
      .reply(200, stored({ labels: {} }));
    const observed = stored({ annotations: { note: 'mine', 'fedmesh.io/created-by': UID } });
    expect(await dispatch.release(write(), observed)).toMatchObject({ kind: 'released' });
  });

  it('releasing leaves alone what somebody has taken over since it was seen', async () => {
    nock(SERVER).patch(OBJECT).query(query).reply(409, problem(409, 'Conflict'));
    nock(SERVER)
      .get(OBJECT)
      .reply(200, stored({ labels: { 'kubefed.io/managed': 'false' }, resourceVersion: '8' }));
    expect(await dispatch.release(write(), stored({}))).toMatchObject({ kind: 'released' });
  });

  it.each([
    ['nothing', undefined, { result: { kind: 'gone' } }],
    ['what another control plane made', { 'fedmesh.io/created-by': 'other' }, { result: { kind: 'released' } }],
    ['what it made', { 'fedmesh.io/created-by': UID }, { object: { metadata: { uid: 'u1' } } }],
  ] as const)('asks the member itself what is there, and finds %s', async (_, annotations, answer) => {
    const [code, body] = annotations === undefined ? [404, problem(404, 'NotFound')] : [200, stored({ annotations })];
    nock(SERVER).get(OBJECT).reply(code, body);
    expect(await dispatch.lookUp(write())).toMatchObject(answer);
  });

  it('a template in another version of the kind is sent to that version', async () => {
    nock(SERVER).post('/apis/apps/v1beta9/namespaces/demo/deployments').query(query).reply(201, stored({}));
    const other = () => ({ object: { ...object({ labels }), apiVersion: 'apps/v1beta9' } });
    expect(await dispatch.create(write({ desired: other }))).toMatchObject({ kind: 'written' });
  });

  describe('an update that the member refuses', () => {
    const invalid = {
      ...problem(422, 'Invalid'),
      message: 'Deployment.apps "web" is invalid: spec.selector: Invalid value: {}: field is immutable',
      details: {
        causes: [
          { reason: 'FieldValueInvalid', message: 'Invalid value: {}: field is immutable', field: 'spec.selector' },
        ],
      },
    };
    const dryRun = { ...query, dryRun: 'All' };
    const own = stored({ annotations: { 'fedmesh.io/created-by': UID } });
    const wishing = (wish: 'yes' | 'no', more: Partial<MemberWrite['replacement']> = {}) =>
      write({ replacement: { wish, adopts: false, deleteOptions: {}, ...more } });

    /** Refuses the update, and takes the same object as a new one but for its name. */
    function refuses(answer: object = invalid, trial = problem(409, 'AlreadyExists')): void {
      nock(SERVER).put(OBJECT).query(query).reply(422, answer);
      nock(SERVER).post(COLLECTION).query(dryRun).reply(trial.code, trial);
    }

    it('because a field is immutable is told with the field and the way out, and is not tried again by itself', async () => {
      refuses();
      nock(SERVER).get(OBJECT).reply(200, own);
      const result = await dispatch.update(wishing('no'), own);
      expect(result).toMatchObject({
        kind: 'failed',
        failure: { status: 'UpdateFailed', recoverable: false, concernsCopy: true },
      });
      expect(result.kind === 'failed' && result.failure.message).toMatch(
        /spec\.selector \(field is immutable\); .*fedmesh\.io\/recreate-on-immutable=true/,
      );
    });

    it('because a field is immutable has the copy deleted, that very one, and created anew where that is wished', async () => {
      refuses();
      nock(SERVER).get(OBJECT).reply(200, own);
      nock(SERVER)
        .delete(OBJECT, (body) => {
          const { preconditions, propagationPolicy } = body;
          return (
            preconditions.uid === 'u1' && preconditions.resourceVersion === '7' && propagationPolicy === 'Background'
          );
        })
        .query(true)
        .reply(200, { kind: 'Status', status: 'Success' });
      nock(SERVER)
        .post(COLLECTION)
        .query(query)
        .reply(201, stored({ uid: 'u2' }));
      const result = await dispatch.update(wishing('yes'), own);
      expect(result).toMatchObject({ kind: 'written', changed: true, object: { metadata: { uid: 'u2' } } });
      expect(result).toHaveProperty('replaces', expect.stringContaining('spec.selector'));
    });

    it('is waited for where a finalizer holds the copy, and the delete options are honoured', async () => {
      refuses();
      nock(SERVER).get(OBJECT).reply(200, own);
      nock(SERVER)
        .delete(OBJECT, (body) => body.propagationPolicy === 'Orphan' && body.preconditions.uid === 'u1')
        .query(true)
        .reply(200, stored({ deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['orphan'] }));
      const wish = wishing('yes', { deleteOptions: { propagationPolicy: 'Orphan' } });
      expect(await dispatch.update(wish, own)).toMatchObject({ kind: 'removing' });
    });

    it('leaves a copy that somebody changed since: the next try begins with what it is by then', async () => {
      refuses();
      nock(SERVER).get(OBJECT).reply(200, own);
      nock(SERVER).delete(OBJECT).query(true).reply(409, problem(409, 'Conflict'));
      expect(await dispatch.update(wishing('yes'), own)).toMatchObject({
        kind: 'failed',
        failure: { status: 'DeletionFailed', recoverable: true },
      });
    });

    it('and would refuse as a new object too costs no copy: it is wrong, not immutable', async () => {
      refuses(invalid, { ...invalid, ...problem(422, 'Invalid') });
      const result = await dispatch.update(wishing('yes'), own);
      expect(result).toMatchObject({ kind: 'failed', failure: { status: 'UpdateFailed', recoverable: true } });
    });

    it.each([
      ['a webhook', 'admission webhook "guard.example.com" denied the request: field is immutable', 'spec.selector'],
      [
        'a policy',
        "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: field is immutable",
        undefined,
      ],
    ])('by %s costs no copy, whatever its words', async (_, message, field) => {
      const causes = [{ message, ...(field === undefined ? {} : { field }) }];
      nock(SERVER)
        .put(OBJECT)
        .query(query)
        .reply(422, { ...problem(422, 'Invalid'), message, details: { causes } });
      const result = await dispatch.update(wishing('yes'), own);
      expect(result).toMatchObject({ kind: 'failed', failure: { status: 'UpdateFailed', recoverable: true } });
    });
  });

  describe('with server-side apply', () => {
    const forced = { ...query, force: 'true' };
    const applying = (more: Partial<MemberWrite> = {}) => write({ applies: true, ...more });
    const owned = (operation: 'Apply' | 'Update', ...names: string[]) => ({
      manager: 'fedmesh',
      operation,
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': Object.fromEntries(names.map((name) => [`f:${name}`, {}])) },
    });

    it('a creation can only create: what is there already is looked at first', async () => {
      nock(SERVER)
        .patch(OBJECT, ({ metadata }) => metadata.resourceVersion === '1' && metadata.annotations !== undefined)
        .query(forced)
        .reply(409, problem(409, 'Conflict'));
      nock(SERVER)
        .get(OBJECT)
        .reply(200, stored({ labels: {} }, 5));
      expect(await dispatch.create(applying())).toMatchObject({ kind: 'failed', failure: { status: 'AlreadyExists' } });
    });

    it('an update is one apply, on condition that nothing has changed since', async () => {
      nock(SERVER)
        .patch(OBJECT, ({ metadata }) => metadata.resourceVersion === '7')
        .query(forced)
        .reply(200, stored({ resourceVersion: '8', managedFields: [owned('Apply', 'replicas')] }));
      expect(await dispatch.update(applying(), stored({}))).toMatchObject({ kind: 'written', changed: true });
    });

    it('what was written by PUT before is made ours by apply, and then applied once more so that it can go', async () => {
      const before = [owned('Apply', 'replicas'), owned('Update', 'replicas', 'paused')];
      nock(SERVER)
        .patch(OBJECT)
        .query(forced)
        .reply(200, stored({ resourceVersion: '8', managedFields: before }));
      nock(SERVER)
        .patch(OBJECT, ({ metadata: { resourceVersion, managedFields } }) => {
          return resourceVersion === '8' && managedFields.length === 1 && managedFields[0].operation === 'Apply';
        })
        .query(query)
        .reply(200, stored({ resourceVersion: '9' }));
      nock(SERVER)
        .patch(OBJECT, ({ metadata }) => metadata.resourceVersion === '9')
        .query(forced)
        .reply(200, stored({ resourceVersion: '10', managedFields: [owned('Apply', 'replicas')] }));
      expect(await dispatch.update(applying(), stored({}))).toMatchObject({
        kind: 'written',
        object: { metadata: { resourceVersion: '10' } },
      });
    });

    it('what is left to the member is handed over before the apply falls silent about it', async () => {
      nock(SERVER)
        .get(OBJECT)
        .reply(200, stored({ managedFields: [owned('Apply', 'replicas', 'paused')] }));
      nock(SERVER)
        .patch(OBJECT, ({ metadata }) => metadata.managedFields?.length === 2)
        .query(query)
        .reply(200, stored({ resourceVersion: '8' }));
      const settled = [owned('Apply', 'paused'), owned('Update', 'replicas')];
      nock(SERVER)
        .patch(OBJECT, ({ metadata }) => metadata.resourceVersion === '8')
        .query(forced)
        .reply(200, stored({ resourceVersion: '8', managedFields: settled }));
      const result = await dispatch.update(applying({ leftToMember: [['spec', 'replicas']] }), stored({}));
      expect(result).toMatchObject({ kind: 'written', object: { metadata: { resourceVersion: '8' } } });
    });

    it('an apply that finds everything as it says is no change', async () => {
      nock(SERVER)
        .patch(OBJECT)
        .query(forced)
        .reply(200, stored({ managedFields: [owned('Apply', 'replicas')] }));
      expect(await dispatch.verify(applying(), stored({}))).toMatchObject({ kind: 'written', changed: false });
    });
  });
});
