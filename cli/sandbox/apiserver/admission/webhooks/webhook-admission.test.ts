import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { KubeObject } from '../../../../../apis/meta/v1.ts';
import { WebhookServer } from '../../../../../test/conformance/webhook-server.ts';
import { StatusError } from '../../errors/status-error.ts';
import { builtInDefinitions } from '../../kinds/built-in-definitions.ts';
import type { ResourceDefinition } from '../../resources/resource-definition.ts';
import { MemoryStorage } from '../../storage/memory-storage.ts';
import { answerOf, CallFailure } from './review.ts';
import type { ReviewedWrite, Webhook } from './webhook.ts';
import { WebhookAdmission } from './webhook-admission.ts';

let server: WebhookServer;
let storage: MemoryStorage;
let admission: WebhookAdmission;
let warnings: string[];

beforeAll(async () => {
  server = await WebhookServer.start();
});

afterAll(() => server.close());

beforeEach(() => {
  admission?.close();
  storage = new MemoryStorage();
  admission = new WebhookAdmission({ storage, cluster: () => ({ definitions: () => builtInDefinitions() }) });
  warnings = [];
  storage.create('namespaces', '', 'web', { metadata: { name: 'web', labels: { env: 'prod' } } });
});

function definitionOf(kind: string, group = ''): ResourceDefinition {
  const found = builtInDefinitions().find((served) => served.kind === kind && served.group === group);
  if (found === undefined) throw new Error(`no kind ${kind}`);
  return found;
}

/** `behaviour`: the last word of the path, see `WebhookServer`. */
function hook(behaviour: string, more: Partial<Webhook> = {}): Webhook {
  return {
    name: `${behaviour}.example.com`,
    clientConfig: { url: `${server.url}/${behaviour}`, caBundle: Buffer.from(server.caPem).toString('base64') },
    rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], scope: '*' }],
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    sideEffects: 'None',
    timeoutSeconds: 10,
    admissionReviewVersions: ['v1'],
    ...more,
  };
}

function install(kind: 'mutating' | 'validating', ...webhooks: Webhook[]): void {
  const name = `c${storage.revision}`;
  const key = `${kind}webhookconfigurations.admissionregistration.k8s.io`;
  storage.create(key, '', name, { metadata: { name }, webhooks });
}

function write(more: Partial<ReviewedWrite> = {}): ReviewedWrite {
  return {
    definition: definitionOf('ConfigMap'),
    operation: 'CREATE',
    subresource: '',
    namespace: 'web',
    name: '',
    user: { username: 'admin', uid: 'admin', groups: ['system:masters', 'system:authenticated'] },
    dryRun: false,
    oldObject: undefined,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    warn: (text) => warnings.push(text),
    ...more,
  };
}

const CONFIG_MAP: KubeObject = { metadata: { name: 'a', namespace: 'web' }, data: { x: '1' } };

async function outcome(act: () => unknown): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof StatusError) return `${error.code} ${error.message}`;
    throw error;
  }
}

const mutated = (object: KubeObject | undefined = CONFIG_MAP, more: Partial<ReviewedWrite> = {}) =>
  outcome(() => admission.mutate(write(more), object));
const validated = (more: Partial<ReviewedWrite> = {}, object: KubeObject | undefined = CONFIG_MAP) =>
  outcome(() => admission.validate(write(more), object));

it('without webhooks a write goes on at once', () => {
  expect(admission.mutate(write(), CONFIG_MAP)).toBe(CONFIG_MAP);
  expect(admission.validate(write(), CONFIG_MAP)).toBeUndefined();
  install('validating', hook('deny'));
  const secret = write({ definition: definitionOf('Secret') });
  expect(admission.validate(secret, CONFIG_MAP)).toBeUndefined();
});

it('a webhook is sent the review that kube-apiserver sends', async () => {
  install('validating', hook('allow'));
  const oldObject = { metadata: { name: 'a', namespace: 'web' }, data: {} };
  const options = { kind: 'UpdateOptions', apiVersion: 'meta.k8s.io/v1', dryRun: ['All'], fieldManager: 'fm' };
  expect(await validated({ operation: 'UPDATE', name: 'a', oldObject, dryRun: true, options })).toBeUndefined();
  const kind = { group: '', version: 'v1', kind: 'ConfigMap' };
  const resource = { group: '', version: 'v1', resource: 'configmaps' };
  expect(server.take('/allow')).toEqual([
    {
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      request: {
        uid: expect.any(String),
        kind,
        resource,
        requestKind: kind,
        requestResource: resource,
        name: 'a',
        namespace: 'web',
        operation: 'UPDATE',
        userInfo: { username: 'admin', uid: 'admin', groups: ['system:masters', 'system:authenticated'] },
        object: { kind: 'ConfigMap', apiVersion: 'v1', ...CONFIG_MAP },
        oldObject: { kind: 'ConfigMap', apiVersion: 'v1', ...oldObject },
        dryRun: true,
        options,
      },
    },
  ]);
});

it('refusals reach the client in the words of Kubernetes', async () => {
  for (const [behaviour, told] of [
    ['deny', '403 admission webhook "deny.example.com" denied the request: not on a Sunday'],
    ['deny-plainly', '400 admission webhook "deny-plainly.example.com" denied the request without explanation'],
    ['deny-with-422', '422 admission webhook "deny-with-422.example.com" denied the request: the colour is wrong'],
  ] as const) {
    storage = new MemoryStorage();
    admission = new WebhookAdmission({ storage, cluster: () => ({ definitions: () => builtInDefinitions() }) });
    install('validating', hook('allow'), hook(behaviour));
    install('mutating', hook(behaviour));
    expect(await validated()).toBe(told);
    expect(await mutated()).toBe(told);
  }
});

it('webhooks change an object one after the other, and their warnings are handed on', async () => {
  install('mutating', hook('label'), hook('warn'), hook('label-again'));
  expect(await mutated()).toMatchObject({
    metadata: { name: 'a', labels: { labelled: 'yes', 'labelled-again': 'yes' } },
    data: { x: '1' },
  });
  expect(CONFIG_MAP.metadata.labels).toBeUndefined();
  expect(warnings).toEqual(['this is your first warning', 'and this the last']);
});

it("a webhook is found where envtest's path with two slashes means it, and where it has moved to", async () => {
  const labelled = { metadata: { labels: { labelled: 'yes' } } };
  server.take('/label');
  for (const path of ['//label', '/label/', '/there/../label', '/moved']) {
    const { clientConfig } = hook('label');
    storage = new MemoryStorage();
    admission = new WebhookAdmission({ storage, cluster: () => ({ definitions: () => builtInDefinitions() }) });
    install('mutating', hook('label', { clientConfig: { ...clientConfig, url: `${server.url}${path}` } }));
    expect(await mutated(), path).toMatchObject(labelled);
    expect(server.take('/label'), path).toHaveLength(1);
  }
});

it('who asked to be asked again is, when a later webhook has changed the object', async () => {
  server.take('/label');
  server.take('/allow');
  install('mutating', hook('allow', { reinvocationPolicy: 'IfNeeded' }), hook('warn'), hook('label'));
  await mutated();
  expect(server.take('/allow')).toHaveLength(2);
  expect(server.take('/label')).toHaveLength(1);
});

it('a webhook that fails stops the write, unless its failures are to be ignored', async () => {
  const failed = (name: string, why: string) =>
    `500 Internal error occurred: failed calling webhook "${name}.example.com": ${why}`;
  const elsewhere = (url: string) => ({ clientConfig: { ...hook('allow').clientConfig, url } });
  for (const [webhook, why] of [
    [hook('label'), 'received invalid webhook response: validating webhook may not return response.patch'],
    [hook('no-response'), 'received invalid webhook response: webhook response was absent'],
    [
      hook('status-500'),
      'failed to call webhook: an error on the server ("unknown") has prevented the request from succeeding',
    ],
    [
      hook('not-json'),
      String.raw`failed to call webhook: couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`,
    ],
    [
      hook('not-a-review'),
      'failed to call webhook: no kind "Pod" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
    ],
    [hook('round-and-round'), 'failed to call webhook: Post "round-and-round": stopped after 10 redirects'],
    [hook('missing'), 'failed to call webhook: the server could not find the requested resource'],
    [
      hook('allow', { clientConfig: { url: `${server.url}/allow` } }),
      `failed to call webhook: Post "${server.url}/allow?timeout=10s": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    ],
    [
      hook('allow', elsewhere('https://127.0.0.1:1/allow')),
      'failed to call webhook: Post "https://127.0.0.1:1/allow?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused',
    ],
    [
      hook('allow', { admissionReviewVersions: ['v2', 'v1beta1'] }),
      'failed to call webhook: converting (v1.AdmissionReview) to (v1beta1.AdmissionReview): unknown conversion',
    ],
    [
      hook('allow', { clientConfig: { service: { namespace: 'y', name: 'x', path: '/z' } } }),
      'failed to call webhook: Post "https://x.y.svc:443/z": the embedded API server reaches no Services; give the webhook a url instead of service y/x',
    ],
  ] as const) {
    storage = new MemoryStorage();
    admission = new WebhookAdmission({ storage, cluster: () => ({ definitions: () => builtInDefinitions() }) });
    install('validating', webhook);
    expect(await validated()).toBe(failed(webhook.name.replace('.example.com', ''), why));
  }
  install('mutating', hook('status-500', { failurePolicy: 'Ignore' }), hook('label'));
  expect(await mutated()).toMatchObject({ metadata: { labels: { labelled: 'yes' } } });
});

it('a patch that does not fit, or to something else, is an error of the server', async () => {
  install('mutating', hook('patch-nowhere'));
  expect(await mutated()).toBe(
    '500 Internal error occurred: replace operation does not apply: doc is missing path: /metadata/nowhere/at/all: missing value',
  );
  storage = new MemoryStorage();
  admission = new WebhookAdmission({ storage, cluster: () => ({ definitions: () => builtInDefinitions() }) });
  install('mutating', hook('patch-to-nonsense'));
  expect(await mutated()).toBe(
    '500 Internal error occurred: json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string',
  );
});

it('answers that are none of their type are told of in the words of Go', () => {
  const review = { uid: 'u', body: { apiVersion: 'admission.k8s.io/v1' } };
  const told = (response: unknown) => {
    const text = JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response });
    try {
      return answerOf(text, review, true).allowed;
    } catch (error) {
      if (error instanceof CallFailure) return error.message.replace('failed to call webhook: ', '');
      throw error;
    }
  };
  const field = 'json: cannot unmarshal string into Go struct field';
  expect(told('x')).toBe(`${field} AdmissionReview.response of type v1.AdmissionResponse`);
  expect(told({ uid: 'u', allowed: 'true' })).toBe(`${field} AdmissionResponse.response.allowed of type bool`);
  expect(told({ uid: 'u', status: 'x' })).toBe(`${field} AdmissionResponse.response.status of type v1.Status`);
  expect(told({ uid: 'u', warnings: [1] })).toBe(
    'json: cannot unmarshal number into Go struct field AdmissionResponse.response.warnings of type string',
  );
  expect(told({ uid: 'u', patchType: 'JSONPatch', patch: '!!!' })).toBe('illegal base64 data at input byte 0');
  expect(told({ uid: 'u' })).toBe(false);
  expect(told({ uid: 'u', allowed: null })).toBe(false);
});

it('a deletion can be refused and not changed', async () => {
  install('mutating', hook('label'));
  const oldObject = { metadata: { name: 'a', namespace: 'web' } };
  const deletion = write({ operation: 'DELETE', name: 'a', oldObject, options: {} });
  expect(await outcome(() => admission.mutate(deletion, undefined))).toBe(
    '500 Internal error occurred: admission webhook "label.example.com" attempted to modify the object, which is not supported for this operation',
  );
});

it('rules and selectors choose what a webhook is asked about', async () => {
  const asked = async (more: Partial<Webhook>, by: Partial<ReviewedWrite> = {}, object = CONFIG_MAP) => {
    storage = new MemoryStorage();
    storage.create('namespaces', '', 'web', { metadata: { name: 'web', labels: { env: 'prod' } } });
    admission = new WebhookAdmission({ storage, cluster: () => ({ definitions: () => builtInDefinitions() }) });
    install('validating', hook('deny', more));
    return (await validated(by, object)) !== undefined;
  };
  const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], scope: '*' };
  expect(await asked({ rules: [rule] })).toBe(true);
  expect(await asked({ rules: [{ ...rule, operations: ['UPDATE'] }] })).toBe(false);
  expect(await asked({ rules: [{ ...rule, scope: 'Cluster' }] })).toBe(false);
  expect(await asked({ rules: [{ ...rule, scope: 'Namespaced' }] })).toBe(true);
  expect(await asked({ rules: [{ ...rule, resources: ['*'] }] })).toBe(true);
  expect(await asked({ rules: [{ ...rule, resources: ['*'] }] }, { subresource: 'status' })).toBe(false);
  expect(await asked({ rules: [{ ...rule, resources: ['configmaps/*'] }] }, { subresource: 'status' })).toBe(true);
  expect(await asked({ rules: [{ ...rule, resources: ['*/*'] }] })).toBe(true);

  expect(await asked({ namespaceSelector: { matchLabels: { env: 'prod' } } })).toBe(true);
  expect(await asked({ namespaceSelector: { matchLabels: { env: 'test' } } })).toBe(false);
  expect(await asked({ namespaceSelector: { matchLabels: { env: 'prod' } } }, { namespace: 'gone' })).toBe(true); // as a 404
  const namespaces = {
    rules: [{ ...rule, resources: ['namespaces'], scope: 'Cluster' }],
    namespaceSelector: { matchLabels: { team: 'a' } },
  };
  const created = { metadata: { name: 'new', labels: { team: 'a' } } };
  const ofNamespace = { definition: definitionOf('Namespace'), namespace: '' };
  expect(await asked(namespaces, ofNamespace, created)).toBe(true);
  expect(await asked(namespaces, ofNamespace, { metadata: { name: 'new' } })).toBe(false);

  const labelled = { ...CONFIG_MAP, metadata: { ...CONFIG_MAP.metadata, labels: { free: 'yes' } } };
  const objectSelector = { matchLabels: { free: 'yes' } };
  expect(await asked({ objectSelector })).toBe(false);
  expect(await asked({ objectSelector }, {}, labelled)).toBe(true);
  expect(await asked({ objectSelector }, { operation: 'UPDATE', oldObject: labelled })).toBe(true);

  const events = { ...rule, resources: ['events'] };
  const event = { definition: definitionOf('Event', 'events.k8s.io') };
  expect(await asked({ rules: [events] }, event)).toBe(true);
  expect(await asked({ rules: [events], matchPolicy: 'Exact' }, event)).toBe(false);
});

it('what decides on admission is never subject to it', () => {
  const all = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], scope: '*' };
  install('validating', hook('deny', { rules: [all] }));
  const definition = definitionOf('ValidatingWebhookConfiguration', 'admissionregistration.k8s.io');
  expect(admission.validate(write({ definition, namespace: '' }), CONFIG_MAP)).toBeUndefined();
});

it('a dry run asks only webhooks without side effects', async () => {
  install('validating', hook('allow', { sideEffects: 'Some' }));
  expect(await validated({ dryRun: true })).toBe('400 admission webhook "allow.example.com" does not support dry run');
  expect(await validated()).toBeUndefined();
});

it('a webhook with matchConditions is refused, as nothing here could evaluate them', async () => {
  install('validating', hook('allow', { matchConditions: [{ name: 'x', expression: 'true' }] }));
  expect(await validated()).toMatch(/^501 the embedded API server does not implement matchConditions/);
});

it('a webhook is trusted whose own certificate is the bundle, as envtest has it', async () => {
  const caBundle = Buffer.from(server.certPem).toString('base64');
  install('validating', hook('deny-plainly', { clientConfig: { url: `${server.url}/deny-plainly`, caBundle } }));
  expect(await validated()).toBe(
    '400 admission webhook "deny-plainly.example.com" denied the request without explanation',
  );
});

it('a webhook is not trusted whose certificate the bundle does not know', async () => {
  const stranger = await WebhookServer.start();
  try {
    const caBundle = Buffer.from(stranger.certPem).toString('base64');
    install('validating', hook('allow', { clientConfig: { url: `${server.url}/allow`, caBundle } }));
    expect(await validated()).toMatch(/x509: certificate signed by unknown authority$/);
  } finally {
    await stranger.close();
  }
});
