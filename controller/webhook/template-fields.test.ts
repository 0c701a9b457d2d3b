import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refuse, WireApi } from '../clusters/testing/wire-api.ts';
import { type Client, createClient } from '../kube/client.ts';
import { answerJson, endpointAt } from '../kube/testing/wire.ts';
import { silentLog } from '../telemetry/log.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { TemplateFields } from './template-fields.ts';

const TARGET = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const text = { type: 'string' };

/** As Kubernetes writes it down: defaults beside a reference, kinds within kinds, maps, lists, and what is left open. */
const DOCUMENT = {
  components: {
    schemas: {
      Deployment: {
        'x-kubernetes-group-version-kind': [{ group: 'apps', version: 'v1', kind: 'Deployment' }],
        properties: {
          apiVersion: text,
          kind: text,
          metadata: { allOf: [ref('Meta')], default: {} },
          spec: ref('Spec'),
        },
      },
      Meta: { properties: { labels: { additionalProperties: text }, annotations: { additionalProperties: text } } },
      Spec: {
        properties: {
          replicas: { type: 'integer' },
          containers: { type: 'array', items: { allOf: [ref('Container')], default: {} } },
          port: { oneOf: [{ type: 'integer' }, text] },
          extra: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: text } },
          free: { type: 'object' },
          self: ref('Spec'),
          limits: { additionalProperties: ref('Container') },
        },
      },
      Container: { properties: { name: text, image: text } },
    },
  },
};

describe('fields that a template has and its kind does not', () => {
  const clock = new FakeClock();
  let api: WireApi;
  let host: Client;
  let fields: TemplateFields;

  beforeEach(async () => {
    api = await WireApi.start();
    api.answer('/openapi/v3/apis/apps/v1', (_, response) => answerJson(response, 200, DOCUMENT));
    host = createClient(endpointAt(api.url, { cluster: 'host' }), {});
    fields = new TemplateFields({ host, clock, log: silentLog });
  });

  afterEach(async () => {
    await host.close();
    await api.close();
  });

  const unknown = async (template: unknown) =>
    (await fields.unknown(template, TARGET)).map((warning) => /"(.*)":/.exec(warning)?.[1]);

  it('are told by their paths, and by whose word', async () => {
    expect(await fields.unknown({ spec: { replcas: 2 } }, TARGET)).toEqual([
      `unknown field "spec.template.spec.replcas": the host's apps/v1 Deployment has none of that name`,
    ]);
  });

  it('are found in lists, maps and kinds within kinds', async () => {
    expect(
      await unknown({
        spce: {},
        metadata: { labels: { anything: 'x' }, lables: {} },
        spec: {
          containers: [{ name: 'a' }, { nmae: 'b' }],
          self: { self: { replcas: 1 } },
          limits: { cpu: { name: 'x', 'od/d': 1 } },
        },
      }),
    ).toEqual([
      'spec.template.spce',
      'spec.template.metadata.lables',
      'spec.template.spec.containers[1].nmae',
      'spec.template.spec.self.self.replcas',
      'spec.template.spec.limits.cpu["od/d"]',
    ]);
  });

  it('are none where the kind leaves open what may come, nor where nothing is amiss', async () => {
    const spec = { replicas: 1, port: { odd: 1 }, extra: { b: { c: 1 } }, free: { x: 1 }, containers: 'none' };
    expect(await unknown({ kind: 'Deployment', metadata: { annotations: { a: 'b' } }, spec })).toEqual([]);
  });

  it('are not guessed at for a kind or version that the host does not serve', async () => {
    expect(await fields.unknown({ spce: 1 }, { ...TARGET, kind: 'Balloon' })).toEqual([]);
    expect(await unknown({ apiVersion: 'apps/v2', spce: 1 })).toEqual([]);
    expect(await unknown({ apiVersion: '../../secrets/v1', spce: 1 })).toEqual([]);
    expect(await unknown(undefined)).toEqual([]);
    expect(api.requests.map(({ path }) => path)).not.toContain(expect.stringContaining('secrets'));
  });

  it('are asked for once, and again after a while', async () => {
    await Promise.all([unknown({ a: 1 }), unknown({ b: 1 })]);
    await unknown({ c: 1 });
    expect(api.requests).toHaveLength(1);
    clock.advance(600_001);
    expect(await unknown({ c: 1 })).toEqual(['spec.template.c']);
    expect(api.requests).toHaveLength(2);
  });

  it('stay unsaid when the host is slow or refuses: the review goes on', async () => {
    let release = () => {};
    api.answer('/openapi/v3/apis/apps/v1', (_, response) => {
      release = () => answerJson(response, 200, DOCUMENT);
    });
    const slow = unknown({ a: 1 });
    while (api.requests.length === 0) await setImmediate();
    clock.advance(1_000);
    expect(await slow).toEqual([]);
    release();
    expect(await unknown({ a: 1 })).toEqual(['spec.template.a']);

    api.answer('/openapi/v3/apis/apps/v1', (_, response) => refuse(response, 403, 'Forbidden'));
    clock.advance(600_001);
    expect(await unknown({ a: 1 })).toEqual([]);
  });
});
