import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from './exit.ts';
import { Sandbox } from './testing/run-fedctl.ts';

describe('fedctl', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.start('host');
  });
  afterEach(() => sandbox.close());

  it('shows its commands when it is asked nothing', async () => {
    const { code, stdout, stderr } = await sandbox.fedctl('');

    expect(stdout).toContain('Usage: fedctl [options] [command]');
    expect(stdout).toMatch(/The control plane:\n {2}init/);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it.each([
    ['statsu', "unknown command 'statsu'", 'did you mean status?'],
    ['federate --conten', "unknown option '--conten'", 'did you mean --contents?'],
    ['status --wrong-entirely', "unknown option '--wrong-entirely'", '`fedctl status --help` shows what there is'],
    ['help jion', "unknown command 'jion'", '`fedctl --help` shows what there is'],
    ['disable', "missing required argument 'type'", '`fedctl disable --help` shows what there is'],
    [
      'status --v many',
      "option '-v, --v <level>' argument 'many' is invalid. It is a number from 0 to 9",
      '`fedctl status --help` shows what there is',
    ],
    ['status -o xml', '-o xml is not known here', 'use one of: table, json, yaml'],
  ])('says of `fedctl %s` what is wrong and what was meant', async (line, message, hint) => {
    const { code, stdout, stderr } = await sandbox.fedctl(line);

    expect(stderr).toBe(`error: ${message}\nhint: ${hint}\n`);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.each(['-v=2', '-v 2', '--v=2', '--v 2'])(
    'takes %s as kubefedctl does, and logs each request on stderr',
    async (flag) => {
      const { code, stdout, stderr } = await sandbox.fedctl(`version ${flag} -o=json`);

      expect(JSON.parse(stdout)).toMatchObject({ host: { kubernetes: 'v1.36.3' } });
      expect(stderr).toMatch(/^host: GET \/version 200 \(\d+ ms\)$/m);
      expect(code).toBe(0);
    },
  );

  it('is described in docs/fedctl.md, command by command and code by code', async () => {
    const docs = await readFile(new URL('../docs/fedctl.md', import.meta.url), 'utf8');
    const { stdout } = await sandbox.fedctl('completion bash');
    const commands = /compgen -W '([^']*\binit\b[^']*)'/.exec(stdout)?.[1]?.split(' ') ?? [];

    expect(commands.length).toBeGreaterThan(9);
    const headings = docs.split('\n').filter((line) => line.startsWith('## '));
    expect(commands.filter((command) => !headings.some((heading) => heading.includes(command)))).toEqual([]);
    expect(Object.values(EXIT).filter((code) => !new RegExp(`^\\| ${code} +\\|`, 'm').test(docs))).toEqual([]);
  });

  it('takes the global flags before and after the command', async () => {
    expect((await sandbox.fedctl('--kubefed-namespace a status')).stderr).toContain(
      'there is no control plane in host',
    );
    expect((await sandbox.fedctl('status --host-cluster-context host')).stderr).toContain('no control plane in host');
  });

  it('names the contexts there are when one is not', async () => {
    const { code, stderr } = await sandbox.fedctl('status --host-cluster-context vulcan');

    expect(stderr).toBe('error: there is no context "vulcan" in KUBECONFIG\nhint: it has: host\n');
    expect(code).toBe(1);
  });

  it('says which server did not answer, with a code of its own', async () => {
    await sandbox.servers.host.close();

    const { code, stderr } = await sandbox.fedctl('status');

    expect(stderr).toBe(
      'error: cluster "host" at http://127.0.0.1:PORT: nothing listens there (connection refused)\nhint: is the API server running, and is the address in the kubeconfig right?\n',
    );
    expect(code).toBe(5);
  });

  it('says which right is missing', async () => {
    const message = 'namespaces is forbidden: User "eve" cannot create resource "namespaces"';
    sandbox.servers.host.answer(/POST \/api\/v1\/namespaces/, { code: 403, reason: 'Forbidden', message });

    const { code, stderr } = await sandbox.fedctl('init');

    expect(stderr).toBe(
      `error: create namespaces "kube-federation-system" in cluster "host": Forbidden: ${message}\nhint: ask for that verb on that resource, or use a context of a cluster administrator\n`,
    );
    expect(code).toBe(1);
  });

  it('stops at once on Ctrl-C, whatever a server is doing', async () => {
    const interruption = new AbortController();
    sandbox.servers.host.answer(/kubefedconfigs/, 'hang');
    sandbox.servers.host.onRequest = () => interruption.abort(new Error('interrupted'));

    const { code, stderr } = await sandbox.fedctl('init', { signal: interruption.signal });

    expect(stderr).toBe('error: interrupted\nhint: run the same command again: it goes on from there\n');
    expect(code).toBe(130);
  });
});
