import { gzipSync } from 'node:zlib';
import nock from 'nock';
import { afterAll, afterEach, expect, it } from 'vitest';
import { bearerToken } from './credentials.ts';
import { endpointAt } from './testing/wire.ts';
import { createTransport } from './transport.ts';

const signal = new AbortController().signal;

afterEach(() => nock.cleanAll());
afterAll(() => nock.restore());

it('speaks to servers that tests put in its way', async () => {
  const reqheaders = {
    authorization: 'Bearer abc',
    accept: 'application/json',
    'content-length': '9',
    host: 'api.earth.example:6443',
  };
  nock('https://api.earth.example:6443', { reqheaders })
    .post('/api/v1/namespaces/shop/configmaps?fieldManager=x', '{"a":"b"}')
    .reply(201, '{"made":true}', { 'content-type': 'application/json' });
  const credentials = bearerToken('abc');
  const transport = createTransport(endpointAt('https://api.earth.example:6443', { credentials }));
  const answer = await transport.request({
    method: 'POST',
    path: '/api/v1/namespaces/shop/configmaps?fieldManager=x',
    headers: { accept: 'application/json' },
    body: '{"a":"b"}',
    signal,
  });
  expect([answer.status, answer.headers['content-type'], answer.body.toString()]).toEqual([
    201,
    'application/json',
    '{"made":true}',
  ]);
});

it('goes below the path of a server that serves several clusters', async () => {
  nock('https://rancher.example').get('/k8s/clusters/c-1/version').reply(200, '{}');
  const transport = createTransport(endpointAt('https://rancher.example/k8s/clusters/c-1/'));
  expect((await transport.request({ method: 'GET', path: '/version', signal })).status).toBe(200);
});

it('takes compressed answers from far away', async () => {
  nock('https://api.earth.example', { reqheaders: { 'accept-encoding': 'gzip' } })
    .get('/api')
    .reply(200, gzipSync('{"kind":"APIVersions"}'), { 'content-encoding': 'gzip' });
  const transport = createTransport(endpointAt('https://api.earth.example'));
  const answer = await transport.request({ method: 'GET', path: '/api', signal });
  expect(answer.body.toString()).toBe('{"kind":"APIVersions"}');
});

it('says so when a compressed answer is damaged', async () => {
  nock('https://api.earth.example').get('/api').reply(200, 'not compressed', { 'content-encoding': 'gzip' });
  const transport = createTransport(endpointAt('https://api.earth.example'));
  await expect(transport.request({ method: 'GET', path: '/api', signal })).rejects.toThrow(
    'cluster "earth" at https://api.earth.example: the answer cannot be decompressed',
  );
});
