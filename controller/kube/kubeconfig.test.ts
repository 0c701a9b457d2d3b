import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../time/testing/fake-clock.ts';
import type { Credentials } from './credentials.ts';
import { KubeconfigError } from './errors.ts';
import { endpointFor, loadKubeconfig } from './kubeconfig.ts';

const signal = new AbortController().signal;
const base64 = (text: string) => Buffer.from(text).toString('base64');
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return path;
}

const at = (context?: string) => ({ cluster: 'earth', ...(context === undefined ? {} : { context }) });
const authorizationOf = async (credentials: Credentials) => (await credentials.get(signal)).authorization;

/** A kubeconfig with one context, `earth`. */
const config = (cluster: string, user = '{}') => `
apiVersion: v1
kind: Config
current-context: earth
contexts: [{name: earth, context: {cluster: c, user: u, namespace: shop}}]
clusters: [{name: c, cluster: ${cluster}}]
users: [{name: u, user: ${user}}]
`;

const endpointOf = async (cluster: string, user?: string) =>
  endpointFor(await loadKubeconfig({ text: config(cluster, user) }), at());

async function failureOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(KubeconfigError);
    return error instanceof Error ? error.message : '';
  }
  throw new Error('it was expected to fail');
}

describe('a context', () => {
  it('says where its cluster is and how to speak to it', async () => {
    const { credentials, ...endpoint } = await endpointOf(
      `{server: 'https://10.0.0.1:6443/', certificate-authority-data: ${base64('PEM')}, tls-server-name: kubernetes, proxy-url: 'socks5://p:1080'}`,
    );
    expect(endpoint).toEqual({
      cluster: 'earth',
      server: 'https://10.0.0.1:6443',
      tls: { ca: 'PEM', serverName: 'kubernetes' },
      proxyUrl: 'socks5://p:1080',
    });
    expect(await credentials.get(signal)).toEqual({});
  });

  it('may do without checking the certificate', async () => {
    expect((await endpointOf('{server: "https://h", insecure-skip-tls-verify: true}')).tls).toEqual({
      skip: { all: true },
    });
    expect((await endpointOf('{server: "https://h", insecure-skip-tls-verify: false}')).tls).toEqual({});
  });

  it.each([
    ['{server: "localhost:8080"}', '{}', 'http://localhost:8080'],
    ['{server: "10.0.0.1:6443", insecure-skip-tls-verify: true}', '{}', 'https://10.0.0.1:6443'],
    [`{server: "10.0.0.1:6443", certificate-authority-data: ${base64('PEM')}}`, '{}', 'https://10.0.0.1:6443'],
    ['{server: "h:1"}', `{client-certificate-data: ${base64('C')}, client-key-data: ${base64('K')}}`, 'https://h:1'],
  ])('whose server %s has no scheme gets the one that kubectl would take', async (cluster, user, server) => {
    expect((await endpointOf(cluster, user)).server).toBe(server);
  });

  it('takes the proxy of the environment where it is let, and has none of its own', async () => {
    const proxyEnvironment = { HTTPS_PROXY: 'http://proxy:3128' };
    const own = await loadKubeconfig({ text: config('{server: "https://h", proxy-url: "http://own:1"}') });
    const none = await loadKubeconfig({ text: config('{server: "https://h"}') });
    expect(endpointFor(own, { ...at(), proxyEnvironment }).proxyUrl).toBe('http://own:1');
    expect(endpointFor(none, { ...at(), proxyEnvironment }).proxyUrl).toBe('http://proxy:3128');
    expect(endpointFor(none, at()).proxyUrl).toBeUndefined();
  });

  it('may speak for somebody else', async () => {
    const user = '{token: t, as: jane, as-uid: u-1, as-groups: [dev, ops], as-user-extra: {scopes: [a, b]}}';
    expect((await endpointOf('{server: "https://h"}', user)).headers).toEqual({
      'impersonate-user': 'jane',
      'impersonate-uid': 'u-1',
      'impersonate-group': ['dev', 'ops'],
      'impersonate-extra-scopes': ['a', 'b'],
    });
  });

  it('that is not there is answered with those that are', async () => {
    const kubeconfig = await loadKubeconfig({
      path: await file(
        'two',
        config('{server: "https://h"}').replace(
          'contexts: [',
          'contexts: [{name: mars, context: {cluster: c, user: u}}, ',
        ),
      ),
    });
    expect(await failureOf(() => endpointFor(kubeconfig, at('venus')))).toBe(
      `there is no context "venus" in ${join(directory, 'two')}; it has: mars, earth`,
    );
  });

  it.each([
    ['', 'no context is named, and none is current in the kubeconfig; it has no contexts'],
    [
      'contexts: [{name: a, context: {cluster: c}}]\ncurrent-context: a',
      'context "a" in the kubeconfig names the cluster "c", which is not there or has no server',
    ],
    [
      'contexts: [{name: a, context: {cluster: c}}]\nclusters: [{name: c, cluster: {}}]\ncurrent-context: a',
      'context "a" in the kubeconfig names the cluster "c", which is not there or has no server',
    ],
    [
      'contexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: s}}]\ncurrent-context: a',
      'context "a" in the kubeconfig names the user "u", which is not there',
    ],
  ])('that is not whole says what is missing: %j', async (text, message) => {
    const kubeconfig = await loadKubeconfig({ text });
    expect(await failureOf(() => endpointFor(kubeconfig, at()))).toBe(message);
  });
});

describe('a file', () => {
  it('keeps names and tokens that look like numbers or booleans as they are written', async () => {
    const text = `
current-context: 2024
contexts: [{name: 2024, context: {cluster: 1e3, user: 0123}}]
clusters: [{name: 1e3, cluster: {server: "https://h"}}]
users: [{name: 0123, user: {token: 012345678901234567890}}]`;
    const endpoint = endpointFor(await loadKubeconfig({ text }), at());
    expect(await authorizationOf(endpoint.credentials)).toBe('Bearer 012345678901234567890');
  });

  it('may be JSON, and may have nulls where kubectl writes them', async () => {
    const empty = {
      apiVersion: 'v1',
      clusters: null,
      contexts: null,
      users: null,
      'current-context': '',
      preferences: {},
    };
    const kubeconfig = await loadKubeconfig({ text: JSON.stringify(empty) });
    expect([kubeconfig.contexts, kubeconfig.currentContext]).toEqual([[], undefined]);
  });

  it('that cannot be understood is named, with the line', async () => {
    const path = await file('broken', 'apiVersion: v1\nclusters:\n- name: a\n  cluster: {server: "x\ncontexts: []\n');
    expect(await failureOf(() => loadKubeconfig({ path }))).toMatch(new RegExp(`^${path}, line [456]: `));
    const twice = await file('twice', 'apiVersion: v1\nclusters: []\nclusters: []\n');
    expect(await failureOf(() => loadKubeconfig({ path: twice }))).toBe(`${twice}, line 3: Map keys must be unique`);
  });

  it('that holds something else is named', async () => {
    const path = await file('else', '- a\n- b\n');
    expect(await failureOf(() => loadKubeconfig({ path }))).toBe(`${path}: this is no kubeconfig`);
    const text = await file('text', 'contexts: none\n');
    expect(await failureOf(() => loadKubeconfig({ path: text }))).toBe(`${text}: "contexts" is not a list`);
    const double = await file('double', 'users: [{name: a}, {name: a}]\n');
    expect(await failureOf(() => loadKubeconfig({ path: double }))).toBe(`${double}: "users" has the name "a" twice`);
  });

  it('that is not there is named', async () => {
    const path = join(directory, 'nowhere');
    expect(await failureOf(() => loadKubeconfig({ path }))).toBe(`${path}: there is no such file`);
  });

  it('that is none is named', async () => {
    expect(await failureOf(() => loadKubeconfig({ path: directory }))).toContain(
      `${directory}: cannot be read: EISDIR`,
    );
  });

  it('has paths relative to itself, and a CA that is missing only hurts who needs it', async () => {
    await file('sub/ca.pem', 'THE CA');
    const path = await file(
      'sub/config',
      `
current-context: good
contexts:
- {name: good, context: {cluster: good}}
- {name: bad, context: {cluster: bad}}
clusters:
- {name: good, cluster: {server: "https://h", certificate-authority: ca.pem}}
- {name: bad, cluster: {server: "https://h", certificate-authority: ../missing.pem}}`,
    );
    const kubeconfig = await loadKubeconfig({ path });
    expect(endpointFor(kubeconfig, at()).tls).toEqual({ ca: 'THE CA' });
    const message = await failureOf(() => endpointFor(kubeconfig, at('bad')));
    expect(message).toContain('the CA certificate of cluster "bad" cannot be read');
    expect(message).toContain(join(directory, 'missing.pem'));
  });
});

describe('several files', () => {
  it('are merged: the first to name something wins, and those that are missing are passed over', async () => {
    const one = await file(
      'one',
      'contexts: [{name: a, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {token: first}}]',
    );
    const two = await file(
      'second/config',
      `
current-context: a
contexts: [{name: a, context: {cluster: other}}, {name: b, context: {cluster: c}}]
clusters: [{name: c, cluster: {server: "https://c"}}]
users: [{name: u, user: {token: second, client-key-data: eA==}}]`,
    );
    const three = await file('three', 'current-context: b');
    const KUBECONFIG = [one, '', join(directory, 'nowhere'), two, three].join(delimiter);
    const kubeconfig = await loadKubeconfig({ environment: { KUBECONFIG } });
    expect(kubeconfig.currentContext).toBe('a');
    expect(kubeconfig.contexts).toEqual([
      { name: 'a', cluster: 'c', user: 'u' },
      { name: 'b', cluster: 'c' },
    ]);
    const endpoint = endpointFor(kubeconfig, at());
    expect([endpoint.server, await authorizationOf(endpoint.credentials)]).toEqual(['https://c', 'Bearer first']);
  });

  it('are looked for at home when none is named', async () => {
    await file('home/.kube/config', config('{server: "https://home"}'));
    const kubeconfig = await loadKubeconfig({ environment: { HOME: join(directory, 'home') } });
    expect(endpointFor(kubeconfig, at()).server).toBe('https://home');
  });

  it('that are all missing are named', async () => {
    const KUBECONFIG = [join(directory, 'x'), join(directory, 'y')].join(delimiter);
    expect(await failureOf(() => loadKubeconfig({ environment: { KUBECONFIG } }))).toBe(
      `there is no kubeconfig: looked for ${KUBECONFIG}`,
    );
  });
});

describe('a user', () => {
  const credentialsOf = async (user: string) => (await endpointOf('{server: "https://h"}', user)).credentials;

  it('may have a token, a password or a client certificate', async () => {
    expect(await (await credentialsOf('{token: abc}')).get(signal)).toEqual({ authorization: 'Bearer abc' });
    expect(await (await credentialsOf('{username: jane, password: "p:ä"}')).get(signal)).toEqual({
      authorization: `Basic ${base64('jane:p:ä')}`,
    });
    const both = `{token: abc, client-certificate-data: ${base64('C')}, client-key-data: ${base64('K')}}`;
    expect(await (await credentialsOf(both)).get(signal)).toEqual({ authorization: 'Bearer abc', cert: 'C', key: 'K' });
  });

  it('may have a token in a file, which is read again after a minute or when it was refused', async () => {
    const path = await file('token', 'first\n');
    const clock = new FakeClock();
    const kubeconfig = await loadKubeconfig({
      text: config('{server: "https://h"}', `{tokenFile: ${path}, token: other}`),
    });
    const { credentials } = endpointFor(kubeconfig, { ...at(), clock });
    expect(await authorizationOf(credentials)).toBe('Bearer first');
    await file('token', 'second');
    expect(await authorizationOf(credentials)).toBe('Bearer first');
    clock.advance(60_000);
    const used = await credentials.get(signal);
    expect(used.authorization).toBe('Bearer second');
    await file('token', 'third');
    credentials.invalidate(used);
    expect(await authorizationOf(credentials)).toBe('Bearer third');
  });

  it('never gets the token of another', async () => {
    const [one, two] = [await file('token-1', 'one'), await file('token-2', 'two')];
    const text = `
contexts: [{name: a, context: {cluster: c, user: u1}}, {name: b, context: {cluster: c, user: u2}}]
clusters: [{name: c, cluster: {server: "https://h"}}]
users: [{name: u1, user: {tokenFile: ${one}}}, {name: u2, user: {tokenFile: ${two}}}]`;
    const kubeconfig = await loadKubeconfig({ text });
    const [a, b] = ['a', 'b'].map((context) => endpointFor(kubeconfig, at(context)).credentials);
    expect(a && b && [await authorizationOf(a), await authorizationOf(b), await authorizationOf(a)]).toEqual([
      'Bearer one',
      'Bearer two',
      'Bearer one',
    ]);
  });

  it('may have a client certificate in files, relative to the kubeconfig', async () => {
    await file('tls/client.crt', 'CERT\n');
    await file('tls/client.key', 'KEY\n');
    const path = await file(
      'tls/config',
      config('{server: "https://h"}', '{client-certificate: client.crt, client-key: ./client.key}'),
    );
    const clock = new FakeClock();
    const { credentials } = endpointFor(await loadKubeconfig({ path }), { ...at(), clock });
    expect(await credentials.get(signal)).toEqual({ cert: 'CERT', key: 'KEY' });
    await file('tls/client.crt', 'CERT 2');
    clock.advance(60_000);
    expect(await credentials.get(signal)).toEqual({ cert: 'CERT 2', key: 'KEY' });
  });

  it('whose file is missing or empty is told so', async () => {
    const missing = await credentialsOf(`{tokenFile: ${join(directory, 'no-token')}}`);
    await expect(missing.get(signal)).rejects.toMatchObject({ code: 'CREDENTIALS', cluster: 'earth' });
    await expect(missing.get(signal)).rejects.toThrow(
      `cluster "earth": the credentials in ${join(directory, 'no-token')} cannot be read: ENOENT`,
    );
    const empty = await credentialsOf(`{tokenFile: ${await file('empty-token', '\n')}}`);
    await expect(empty.get(signal)).rejects.toThrow('it is empty');
  });

  it.each([
    [
      '{auth-provider: {name: gcp}}',
      'user "u" of the kubeconfig has the auth-provider "gcp": Kubernetes removed these in 1.26, use the credential plugin (exec) of the same provider',
    ],
    ['{token: a, username: b}', 'user "u" of the kubeconfig has both a token and a password: only one can be used'],
    [
      `{client-certificate-data: ${base64('C')}}`,
      'user "u" of the kubeconfig has a client certificate without its key',
    ],
    ['{client-key: k.pem}', 'user "u" of the kubeconfig has a client key without its certificate'],
  ])('who contradicts himself is told so: %s', async (user, message) => {
    expect(await failureOf(() => credentialsOf(user))).toBe(message);
  });
});
