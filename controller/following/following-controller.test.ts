import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { KubeObject, ObjectMeta } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import { KUBEFED_TYPES } from '../../apis/types/v1beta1/known-types.ts';
import { FOLLOW_LABEL, FOLLOWED_FROM_ANNOTATION } from '../../apis/well-known.ts';
import { refuse, WireApi } from '../clusters/testing/wire-api.ts';
import { type Client, createClient } from '../kube/client.ts';
import type { Resource } from '../kube/resource.ts';
import { Store } from '../kube/store.ts';
import { answerJson, endpointAt } from '../kube/testing/wire.ts';
import { FederatedNamespaces } from '../sync/federated-namespaces.ts';
import { silentLog } from '../telemetry/log.ts';
import { systemClock } from '../time/clock.ts';
import { FollowingController } from './following-controller.ts';

const PLAIN = '/api/v1/namespaces/demo/configmaps';
const FEDERATED = '/apis/types.kubefed.io/v1beta1/namespaces/demo/federatedconfigmaps';
const WIDGETS = '/apis/example.com/v1/namespaces/demo/widgets';
const FEDERATED_WIDGETS = '/apis/types.kubefed.io/v1beta1/namespaces/demo/federatedwidgets';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGET: Resource = { group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };

let host: WireApi;
let client: Client;
let configs: Store<FederatedTypeConfig>;
let namespaces: FederatedNamespaces;
let controller: FollowingController;
let events: string[];

beforeEach(async () => {
  host = await WireApi.start([PLAIN, FEDERATED, WIDGETS, FEDERATED_WIDGETS, DEFINITIONS]);
  client = createClient(endpointAt(host.url, { cluster: 'host' }), {});
  configs = new Store<FederatedTypeConfig>();
  namespaces = new FederatedNamespaces();
  events = [];
});

afterEach(async () => {
  await controller.close();
  await client.close();
  await host.close();
});

function start(types: readonly FederatedTypeConfig[] = [typeOf('Namespace'), typeOf('ConfigMap')]): void {
  configs.replace(types);
  controller = new FollowingController({
    host: client,
    controlPlane: { uid: 'c0ffee', hostClusterUid: 'host-uid', namespace: 'system' },
    namespaces,
    configs,
    events: { record: (_o, _t, reason) => void events.push(reason), close: () => Promise.resolve() },
    clock: systemClock,
    log: silentLog,
  });
  void controller.start();
}

function typeOf(kind: string): FederatedTypeConfig {
  const known = KUBEFED_TYPES.find(({ target }) => target.kind === kind);
  return typeConfigFor(known?.target ?? WIDGET);
}

let versions = 0;
function follow(value: string | undefined, namespace = 'demo'): void {
  namespaces.store.upsert({
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedNamespace',
    metadata: {
      name: namespace,
      namespace,
      resourceVersion: String(++versions),
      ...(value === undefined ? {} : { labels: { [FOLLOW_LABEL]: value } }),
    },
    spec: {},
  });
}

const settings = (data: object, metadata: ObjectMeta = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'demo', uid: 'u1', ...metadata },
  data,
});

const federatedOf = (mark: string | undefined, spec: object): KubeObject => ({
  apiVersion: 'types.kubefed.io/v1beta1',
  kind: 'FederatedConfigMap',
  metadata: {
    name: 'settings',
    namespace: 'demo',
    ...(mark === undefined ? {} : { annotations: { [FOLLOWED_FROM_ANNOTATION]: mark } }),
  },
  spec,
});

const found = () => host.get(FEDERATED, 'settings') as FederatedObject | undefined;
const until = <T>(look: () => T, expected: unknown) =>
  expect.poll(look, { timeout: 15_000, interval: 10 }).toEqual(expected);
const writes = () =>
  host.requests.flatMap(({ method, path }) => (method === 'GET' ? [] : [`${method} ${path.split('?')[0]}`]));
const ONE = `${FEDERATED}/settings`;
const synced = () => until(() => host.requests.filter(({ path }) => path.includes('watch=')).length, 2);

describe('while no namespace is followed', () => {
  it('nothing is read, watched or written', async () => {
    start();
    follow(undefined);
    follow('false', 'other');
    follow('yes', 'third');
    await new Promise(setImmediate);
    expect(host.requests).toEqual([]);
  });

  it('nor where a namespace holds what runs the cluster or the federation', async () => {
    start();
    follow('true', 'kube-system');
    follow('true', 'system');
    await until(() => events.includes('FollowRefused'), true);
    expect(host.requests).toEqual([]);
  });
});

describe('in a followed namespace', () => {
  it('what comes, changes and goes does so in its federated object, with one write each', async () => {
    start();
    follow('true');
    await synced();
    host.put(PLAIN, settings({ size: 'small' }));
    await until(() => found()?.spec, {
      template: { data: { size: 'small' } },
      placement: { clusterSelector: { matchLabels: {} } },
    });
    expect(found()?.metadata.annotations).toEqual({ [FOLLOWED_FROM_ANNOTATION]: 'u1' });

    host.put(PLAIN, settings({ size: 'large' }));
    await until(() => found()?.spec.template, { data: { size: 'large' } });
    host.remove(PLAIN, 'settings');
    await until(found, undefined);
    expect(writes()).toEqual([`POST ${FEDERATED}`, `PATCH ${ONE}`, `DELETE ${ONE}`]);
  });

  it('what is there before is federated too, and a restart writes nothing', async () => {
    host.put(PLAIN, settings({ size: 'small' }));
    host.put(PLAIN, settings({}, { name: 'kube-root-ca.crt', uid: 'u2' }));
    follow('true');
    start();
    await until(writes, [`POST ${FEDERATED}`]);
    const lists = host.requests.filter(({ method, path }) => method === 'GET' && !path.includes('watch='));
    expect(lists.map(({ path }) => path).sort()).toEqual([`${PLAIN}?limit=500`, `${FEDERATED}?limit=500`]);
    await controller.close();
    host.requests.length = 0;
    start();
    await synced();
    host.put(PLAIN, settings({}, { name: 'next', uid: 'u3' }));
    await until(writes, [`POST ${FEDERATED}`]);
  });

  it('what was deleted while nobody looked is deleted, what was made anew is followed on', async () => {
    host.put(FEDERATED, federatedOf('u0', { template: { data: { size: 'old' } }, overrides: [] }));
    host.put(FEDERATED, { ...federatedOf('u9', {}), metadata: { ...federatedOf('u9', {}).metadata, name: 'gone' } });
    host.put(PLAIN, settings({ size: 'new' }));
    follow('true');
    start();
    await until(() => host.get(FEDERATED, 'gone'), undefined);
    await until(() => found()?.spec, { template: { data: { size: 'new' } }, overrides: [] });
    expect(found()?.metadata.annotations).toEqual({ [FOLLOWED_FROM_ANNOTATION]: 'u1' });
    expect(writes().sort()).toEqual([`DELETE ${FEDERATED}/gone`, `PATCH ${ONE}`]);
  });

  it("a person's federated object of that name is not touched, and told about", async () => {
    host.put(FEDERATED, federatedOf(undefined, { template: { data: { size: 'mine' } } }));
    host.put(PLAIN, settings({ size: 'small' }));
    follow('true');
    start();
    await until(() => events, ['NotFollowing']);
    host.remove(PLAIN, 'settings');
    host.put(PLAIN, settings({}, { name: 'next', uid: 'u3' }));
    await until(writes, [`POST ${FEDERATED}`]);
    expect(found()?.spec).toEqual({ template: { data: { size: 'mine' } } });
  });

  it('a label leaves an object out, and its federated one as it is; without the label it is followed again', async () => {
    start();
    follow('true');
    host.put(PLAIN, settings({ size: 'small' }));
    await until(() => found()?.spec.template, { data: { size: 'small' } });
    host.put(PLAIN, settings({ size: 'large' }, { labels: { [FOLLOW_LABEL]: 'false' } }));
    await until(() => found()?.metadata.annotations, { [FOLLOWED_FROM_ANNOTATION]: '' });
    expect(found()?.spec.template).toEqual({ data: { size: 'small' } });
    host.put(PLAIN, settings({ size: 'large' }));
    await until(() => found()?.spec.template, { data: { size: 'large' } });
    expect(found()?.metadata.annotations).toEqual({ [FOLLOWED_FROM_ANNOTATION]: 'u1' });
    expect(writes()).toHaveLength(3);
  });

  it('changes of a status write nothing, and many changes in a moment are one', async () => {
    start();
    follow('true');
    await synced();
    host.put(PLAIN, settings({ n: '0' }));
    await until(() => found()?.spec.template, { data: { n: '0' } });
    for (let n = 1; n <= 200; n++) host.put(PLAIN, { ...settings({ n: '0' }), status: { n } });
    for (let n = 1; n <= 200; n++) host.put(PLAIN, settings({ n: String(n) }));
    await until(() => found()?.spec.template, { data: { n: '200' } });
    // One more on a machine that took longer than the pace for the first of them.
    expect(writes().slice(2).length).toBeLessThanOrEqual(1);
  });

  it('what a webhook makes of a template is not fought over', async () => {
    start();
    follow('true');
    await synced();
    host.answer(ONE, (request, response) => {
      const { metadata } = found() ?? federatedOf('u1', {});
      if (request.method !== 'PATCH') refuse(response, 405, 'MethodNotAllowed');
      else
        answerJson(
          response,
          200,
          host.put(FEDERATED, { ...federatedOf('u1', { template: { data: { by: 'webhook' } } }), metadata }),
        );
    });
    host.put(PLAIN, settings({ size: 'small' }));
    await until(() => found()?.spec.template, { data: { size: 'small' } });
    host.put(PLAIN, settings({ size: 'large' }));
    await until(() => events, ['TemplateAltered']);
    // As sync does after each change.
    host.put(FEDERATED, { ...(found() as KubeObject), status: { clusterSummary: '1/1' } });
    host.put(PLAIN, settings({}, { name: 'next', uid: 'u3' }));
    await until(() => writes().at(-1), `POST ${FEDERATED}`);
    expect(writes()).toEqual([`POST ${FEDERATED}`, `PATCH ${ONE}`, `POST ${FEDERATED}`]);
  });

  it('a namespace that is no longer followed keeps what was federated', async () => {
    start();
    follow('true');
    host.put(PLAIN, settings({ size: 'small' }));
    await until(() => found()?.spec.template, { data: { size: 'small' } });
    await synced();
    const open = host.server.open.size;
    follow(undefined);
    await until(() => host.server.open.size, open - 2);
    host.remove(PLAIN, 'settings');
    expect(writes()).toEqual([`POST ${FEDERATED}`]);
    expect(found()).toBeDefined();
  });
});

describe('the kinds that are followed', () => {
  it('are those that are enabled now: one that comes is followed, one that goes leaves its federated objects', async () => {
    start();
    follow('true');
    host.put(WIDGETS, {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w', namespace: 'demo' },
      spec: {},
    });
    await synced();
    expect(host.get(FEDERATED_WIDGETS, 'w')).toBeUndefined();
    configs.upsert({ ...typeOf('Widget'), metadata: { ...typeOf('Widget').metadata, resourceVersion: 'a' } });
    await until(() => host.get(FEDERATED_WIDGETS, 'w')?.spec, {
      template: { spec: {} },
      placement: { clusterSelector: { matchLabels: {} } },
    });
    configs.remove(typeOf('Widget'));
    host.remove(WIDGETS, 'w');
    host.put(PLAIN, settings({}));
    await until(() => writes().length, 2);
    expect(host.get(FEDERATED_WIDGETS, 'w')).toBeDefined();
  });

  it('may lose their definition: the federated objects are let go, not deleted', async () => {
    const definition = (deletionTimestamp?: string) => ({
      metadata: {
        name: 'widgets.example.com',
        creationTimestamp: '2026-01-01T00:00:00Z',
        ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      },
    });
    host.put(DEFINITIONS, definition());
    start([typeOf('Namespace'), typeOf('Widget')]);
    follow('true');
    host.put(WIDGETS, {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w', namespace: 'demo' },
      spec: {},
    });
    await until(() => host.get(FEDERATED_WIDGETS, 'w')?.spec !== undefined, true);
    host.put(DEFINITIONS, definition('2026-02-01T00:00:00Z'));
    host.remove(WIDGETS, 'w');
    await until(() => host.get(FEDERATED_WIDGETS, 'w')?.metadata.annotations, { [FOLLOWED_FROM_ANNOTATION]: '' });
    await until(() => events, ['LetGo']);
  });

  it('may be forbidden to the controller, and then the FederatedNamespace says so', async () => {
    host.answer(PLAIN, (_request, response) => refuse(response, 403, 'Forbidden'));
    start();
    follow('true');
    await until(() => events, ['FollowForbidden']);
    expect(writes()).toEqual([]);
  });
});
