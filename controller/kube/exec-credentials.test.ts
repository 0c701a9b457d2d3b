import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { endpointFor, loadKubeconfig } from './kubeconfig.ts';

const signal = new AbortController().signal;
const V1 = 'client.authentication.k8s.io/v1';
let directory = '';

/** What the plugin does: it notes each run, then does what the test asks. */
const PLUGIN = `#!/bin/sh
echo "run" >> "$RUNS"
echo "$KUBERNETES_EXEC_INFO" > "$RUNS.info"
echo "$@" > "$RUNS.args"
if [ -n "$SAY" ]; then echo "$SAY" >&2; fi
if [ -n "$HANG" ]; then exec sleep 60; fi
printf '%s' "$PRINT"
exit "\${CODE:-0}"
`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'exec-'));
  await writeFile(join(directory, 'plugin'), PLUGIN, { mode: 0o755 });
});
afterAll(() => rm(directory, { recursive: true }));

const printed = (status: object, apiVersion = V1) => JSON.stringify({ apiVersion, kind: 'ExecCredential', status });

interface Setup {
  /** Of the plugin. */
  env?: Record<string, string>;
  exec?: Record<string, unknown>;
  cluster?: Record<string, unknown>;
  interactive?: boolean;
}

let setups = 0;

async function plugin(setup: Setup = {}) {
  const runs = join(directory, `runs-${++setups}`);
  const env = { RUNS: runs, PRINT: printed({ token: 'abc' }), ...setup.env };
  const exec = {
    apiVersion: V1,
    command: './plugin',
    interactiveMode: 'IfAvailable',
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    ...setup.exec,
  };
  const path = join(directory, `config-${setups}`);
  const kubeconfig = {
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'jane' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://h:6443', ...setup.cluster } }],
    users: [{ name: 'jane', user: { exec } }],
  };
  await writeFile(path, JSON.stringify(kubeconfig));
  const clock = new FakeClock();
  const environment = { PATH: process.env.PATH, SHARED: 'yes' };
  const { credentials } = endpointFor(await loadKubeconfig({ path, environment }), {
    cluster: 'earth',
    clock,
    interactive: setup.interactive ?? false,
  });
  return {
    credentials,
    clock,
    runs: async () => (await readFile(runs, 'utf8')).trim().split('\n').length,
    info: async () => JSON.parse(await readFile(`${runs}.info`, 'utf8')),
    args: async () => (await readFile(`${runs}.args`, 'utf8')).trim(),
  };
}

describe('a credential plugin', () => {
  it('is run once for many requests, and its token is kept', async () => {
    const { credentials, runs } = await plugin();
    const all = await Promise.all(Array.from({ length: 20 }, () => credentials.get(signal)));
    expect(new Set(all.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer abc']));
    await credentials.get(signal);
    expect(await runs()).toBe(1);
  });

  it('may give a client certificate, alone or beside a token', async () => {
    const status = { token: 'abc', clientCertificateData: 'CERT', clientKeyData: 'KEY' };
    const { credentials } = await plugin({ env: { PRINT: printed(status) } });
    expect(await credentials.get(signal)).toEqual({ authorization: 'Bearer abc', cert: 'CERT', key: 'KEY' });
  });

  it('is run again shortly before what it gave ends, and when that was refused', async () => {
    const expirationTimestamp = new Date(Date.UTC(2026, 0, 1) + 600_000).toISOString();
    const { credentials, clock, runs } = await plugin({
      env: { PRINT: printed({ token: 'abc', expirationTimestamp }) },
    });
    await credentials.get(signal);
    clock.advance(569_000);
    await credentials.get(signal);
    expect(await runs()).toBe(1);
    clock.advance(1_000);
    const used = await credentials.get(signal);
    expect(await runs()).toBe(2);
    credentials.invalidate(used);
    await credentials.get(signal);
    expect(await runs()).toBe(3);
  });

  it('speaks v1beta1 too', async () => {
    const apiVersion = 'client.authentication.k8s.io/v1beta1';
    const env = { PRINT: printed({ token: 'abc' }, apiVersion) };
    const { credentials, info } = await plugin({ env, exec: { apiVersion, interactiveMode: undefined } });
    expect(await credentials.get(signal)).toEqual({ authorization: 'Bearer abc' });
    expect(await info()).toEqual({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
  });

  it('gets its arguments, its environment and, where it wants, the cluster', async () => {
    const { credentials, info, args } = await plugin({
      exec: { args: ['get-token', '--region', 1], provideClusterInfo: true },
      cluster: {
        'certificate-authority-data': Buffer.from('PEM').toString('base64'),
        'tls-server-name': 'kubernetes',
        'proxy-url': 'http://proxy:3128',
        extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 7, deep: { on: true } } }],
      },
    });
    await credentials.get(signal);
    expect(await args()).toBe('get-token --region 1');
    expect(await info()).toEqual({
      apiVersion: V1,
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: {
          server: 'https://h:6443',
          'certificate-authority-data': Buffer.from('PEM').toString('base64'),
          'tls-server-name': 'kubernetes',
          'proxy-url': 'http://proxy:3128',
          config: { audience: 7, deep: { on: true } },
        },
      },
    });
  });

  it('may ask the person at the terminal when there is one', async () => {
    const asking = await plugin({ interactive: true, exec: { interactiveMode: 'Always' } });
    await asking.credentials.get(signal);
    expect((await asking.info()).spec).toEqual({ interactive: true });
    const never = await plugin({ interactive: true, exec: { interactiveMode: 'Never' } });
    await never.credentials.get(signal);
    expect((await never.info()).spec).toEqual({ interactive: false });
  });

  it('that nobody waits for any more is ended', async () => {
    const { credentials, runs } = await plugin({ env: { HANG: '1' } });
    const controller = new AbortController();
    const pending = credentials.get(controller.signal);
    controller.abort(new Error('not any more'));
    await expect(pending).rejects.toThrow('not any more');
    await expect(runs().catch(() => 0)).resolves.toBeLessThanOrEqual(1);
  });

  it('that hangs is given up after a minute', async () => {
    const { credentials, clock } = await plugin({ env: { HANG: '1' } });
    const pending = credentials.get(signal);
    const outcome = expect(pending).rejects.toThrow('gave no answer within 60 s');
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(60_000);
    await outcome;
  });
});

describe('an error names the plugin, its user and the remedy, and never what it printed', () => {
  const expired = { token: 'abc', expirationTimestamp: 'tomorrow' };
  it.each<[string, Setup, string]>([
    [
      'not installed',
      { exec: { command: 'no-such-plugin', installHint: 'Get it\nfrom https://example.com' } },
      'credential plugin "no-such-plugin" of user "jane" is not installed here: Get it from https://example.com',
    ],
    ['failing', { env: { CODE: '3', SAY: 'login\nfirst' } }, 'ended with exit code 3: login first'],
    ['printing no JSON', { env: { PRINT: 'SECRET' } }, 'printed something that is no ExecCredential (not JSON)'],
    ['printing nothing', { env: { PRINT: '' } }, 'printed something that is no ExecCredential (not JSON)'],
    ['printing null', { env: { PRINT: 'null' } }, 'printed something that is no ExecCredential'],
    ['printing another kind', { env: { PRINT: '{"kind":"SECRET"}' } }, 'printed something that is no ExecCredential'],
    [
      'printing another version',
      { env: { PRINT: printed({ token: 'SECRET' }, 'v2') } },
      `was asked for ${V1} and answered in v2`,
    ],
    ['giving nothing', { env: { PRINT: printed({}) } }, 'with neither a token nor a client certificate'],
    [
      'giving half',
      { env: { PRINT: printed({ clientKeyData: 'SECRET', token: 'x' }) } },
      'a client certificate without its key',
    ],
    ['giving no time', { env: { PRINT: printed(expired) } }, 'printed an expirationTimestamp that is no time'],
    [
      'of another age',
      { exec: { apiVersion: 'client.authentication.k8s.io/v1alpha1' } },
      'speaks "client.authentication.k8s.io/v1alpha1"; known are',
    ],
    [
      'wanting a person',
      { exec: { interactiveMode: 'Always' } },
      'wants to ask questions (interactiveMode: Always), and there is no terminal',
    ],
  ])('%s', async (_what, setup, message) => {
    const { credentials } = await plugin(setup);
    const error: unknown = await credentials.get(signal).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'ConnectionError', code: 'CREDENTIALS', cluster: 'earth' });
    expect(String(error)).toContain('cluster "earth": credential plugin "');
    expect(String(error)).toContain(message);
    expect(`${String(error)} ${String((error as Error).cause)}`).not.toContain('SECRET');
  });
});
