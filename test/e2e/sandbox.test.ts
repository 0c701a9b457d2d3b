import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../controller/kube/client.ts';
import { endpointFor, loadKubeconfig } from '../../controller/kube/kubeconfig.ts';
import { isAlive } from '../kube/lock-file.ts';
import { Cluster, until } from './cluster.ts';
import { CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, SERVICES } from './kinds.ts';
import { BareMachine, type StayingProcess } from './sandbox-process.ts';

const NAMESPACE = 'fedtestns';
const READY = /export KUBECONFIG=(\S+)/;

describe('fedctl sandbox, on a machine with nothing but Node', () => {
  let machine: BareMachine;
  let clients: Client[];
  let started: StayingProcess[];

  beforeEach(async () => {
    machine = await BareMachine.make();
    clients = [];
    started = [];
  });

  afterEach(async () => {
    for (const client of clients) await client.close();
    for (const each of started) await each.end('SIGKILL');
    await machine.remove();
  });

  /** A sandbox that is up, and its kubeconfig. */
  async function up(flags = ''): Promise<{ sandbox: StayingProcess; kubeconfig: string }> {
    const sandbox = machine.start(`sandbox up${flags === '' ? '' : ` ${flags}`}`);
    started.push(sandbox);
    const [, kubeconfig = ''] = await sandbox.until(READY);
    return { sandbox, kubeconfig };
  }

  async function clusterOf(kubeconfig: string, context: string): Promise<Cluster> {
    const client = createClient(endpointFor(await loadKubeconfig({ path: kubeconfig }), { context, cluster: context }));
    clients.push(client);
    return new Cluster(client);
  }

  const status = async (kubeconfig: string) => (await machine.fedctl('status', { KUBECONFIG: kubeconfig })).stdout;

  const traces = () => readdir(join(machine.home, '.cache', 'fedmesh', 'sandbox')).catch(() => []);

  it('brings up a host and two members with the samples in both, says how to go on, and leaves nothing behind', async () => {
    const { sandbox, kubeconfig } = await up();
    const [, seconds = ''] = /everything was propagated (\S+) s after the start/.exec(sandbox.output) ?? [];
    expect(Number(seconds)).toBeGreaterThan(0);
    expect(sandbox.output).toContain('All is well: 3 objects, 2 clusters.');
    // No kubectl here: what is to be pasted is fedctl's own.
    expect(sandbox.output).not.toContain('kubectl');
    for (const name of ['earth', 'vulcan']) {
      const cluster = await clusterOf(kubeconfig, name);
      expect(await cluster.get(DEPLOYMENTS, { name: 'fedhttp', namespace: NAMESPACE })).toMatchObject({
        spec: { replicas: 1, template: { spec: { containers: [{ image: 'docker.io/kong/httpbin' }] } } },
      });
      expect(await cluster.get(SERVICES, { name: 'fed-service', namespace: NAMESPACE })).toMatchObject({
        spec: {
          type: 'NodePort',
          clusterIP: expect.stringMatching(/^10\./),
          ports: [{ nodePort: expect.any(Number) }],
        },
      });
    }
    const pasted = /^ +node \S+ (get federateddeployments .*?) +#/m.exec(sandbox.output)?.[1] ?? '';
    expect((await machine.fedctl(pasted, { KUBECONFIG: kubeconfig })).stdout).toMatch(/fedhttp +True +2\/2/);

    const report = JSON.parse((await machine.fedctl('sandbox status -o json')).stdout);
    expect(await sandbox.end('SIGINT')).toBe(0);
    expect([isAlive(sandbox.pid), isAlive(report.controller.pid)]).toEqual([false, false]);
    expect(await traces()).toEqual([]);
  });

  it('--once answers with an exit code and with JSON alone on stdout', async () => {
    const { code, stdout } = await machine.fedctl('sandbox up --once --members mars -o json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ propagated: true, clusters: [{ name: 'host' }, { name: 'mars' }] });
    expect(await traces()).toEqual([]);
  });

  it('a cluster that is made to hang is seen to be away, in words, while the other goes on, and heals by itself', async () => {
    const { sandbox, kubeconfig } = await up();
    const said = await machine.fedctl('sandbox break vulcan --how hang --for 30s');
    expect(said).toMatchObject({ code: 0, stderr: '' });
    expect(said.stdout).toMatch(/^vulcan takes connections and answers nothing, for 30s\.\nWatch: .* status -w\n/);
    const broken = await until(
      'vulcan is away',
      () => status(kubeconfig),
      (text) => /^vulcan +False/m.test(text),
    );
    expect(broken).toMatch(/^earth +True/m);
    expect(broken).toMatch(/cluster vulcan is not ready: ClusterNotReachable: .*no (answer|connection) within/);

    const host = await clusterOf(kubeconfig, 'host');
    await host.create(
      {
        group: 'types.kubefed.io',
        version: 'v1beta1',
        kind: 'FederatedConfigMap',
        plural: 'federatedconfigmaps',
        namespaced: true,
      },
      {
        apiVersion: 'types.kubefed.io/v1beta1',
        kind: 'FederatedConfigMap',
        metadata: { name: 'meanwhile', namespace: NAMESPACE },
        spec: { template: { data: { a: 'b' } }, placement: { clusterSelector: {} } },
      },
    );
    const earth = await clusterOf(kubeconfig, 'earth');
    await earth.until(CONFIG_MAPS, { name: 'meanwhile', namespace: NAMESPACE }, () => true);

    await sandbox.until(/vulcan is well again/);
    await until(
      'all is well',
      () => status(kubeconfig),
      (text) => text.includes('All is well: 4 objects'),
    );
    expect(await machine.fedctl('sandbox break pluto')).toMatchObject({ code: 2 });
    expect((await machine.fedctl('sandbox break pluto')).stderr).toContain('it has: host, earth, vulcan');
  });

  it.each([
    ['refuse', /vulcan is not ready: .*(refused|nothing listens)/],
    ['expired-token', /vulcan is not ready: .*(401|Unauthorized|refused|accept)/],
  ])('%s is told in words, and mended by hand', async (how, words) => {
    const { kubeconfig } = await up();
    expect(await machine.fedctl(`sandbox break vulcan --how ${how} --for 5m`)).toMatchObject({ code: 0 });
    await until(
      `${how} to be told`,
      () => status(kubeconfig),
      (text) => words.test(text),
    );
    expect((await machine.fedctl('sandbox status')).stdout).toMatch(new RegExp(`^vulcan .* ${how} until `, 'm'));
    expect(await machine.fedctl('sandbox mend vulcan')).toMatchObject({ code: 0, stdout: 'vulcan is running\n' });
    await until(
      'all is well',
      () => status(kubeconfig),
      (text) => text.includes('All is well'),
    );
  });

  it('with --data-dir a sandbox that was killed goes on where it was: nothing that was acknowledged is lost', async () => {
    const data = join(machine.home, 'data');
    const first = await up(`--data-dir ${data}`);
    const report = JSON.parse((await machine.fedctl('sandbox status -o json')).stdout);
    const earth = await clusterOf(first.kubeconfig, 'earth');
    const written: string[] = [];
    const writing = (async () => {
      for (let index = 0; ; index += 1) {
        const name = `kept-${index}`;
        await earth.create(CONFIG_MAPS, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace: 'default' },
        });
        written.push(name);
      }
    })().catch(() => undefined);
    await until(
      'some are written',
      () => written.length,
      (count) => count > 50,
      { everyMs: 1 },
    );
    await first.sandbox.end('SIGKILL');
    await writing;

    await until(
      'the controller ends too',
      () => isAlive(report.controller.pid),
      (alive) => !alive,
    );
    const second = await up(`--data-dir ${data}`);
    const again = await clusterOf(second.kubeconfig, 'earth');
    const names = new Set((await again.list(CONFIG_MAPS, 'default')).map(({ metadata }) => metadata.name));
    expect(written.filter((name) => !names.has(name))).toEqual([]);
    expect(second.sandbox.output).toContain('All is well: 3 objects, 2 clusters.');
    expect(await second.sandbox.end('SIGTERM')).toBe(0);
    await access(data);
  });

  it('down ends one from another terminal, and cleans up after one that was killed', async () => {
    const elsewhere = join(machine.home, 'contexts');
    const { sandbox } = await up(`--bare --write-kubeconfig ${elsewhere}`);
    await access(elsewhere);
    const second = await machine.fedctl('sandbox up --bare');
    expect(second).toMatchObject({ code: 4 });
    expect(second.stderr).toContain('a sandbox "default" is running already');
    expect(await machine.fedctl('sandbox down')).toMatchObject({
      code: 0,
      stdout: 'the sandbox "default" has ended\n',
    });
    expect(await sandbox.end('SIGKILL')).toBe(0);
    await expect(access(elsewhere)).rejects.toThrow('ENOENT');

    const killed = await up(`--bare --write-kubeconfig ${elsewhere}`);
    await killed.sandbox.end('SIGKILL');
    const said = await machine.fedctl('sandbox break vulcan');
    expect(said).toMatchObject({ code: 1 });
    expect(said.stderr).toContain('no sandbox "default" is running: it was killed');
    expect((await machine.fedctl('sandbox down')).stdout).toContain('was killed; what it left is removed');
    await expect(access(elsewhere)).rejects.toThrow('ENOENT');
    expect(await traces()).toEqual([]);
    expect((await machine.fedctl('sandbox down')).stdout).toBe('no sandbox "default" is running\n');
  });

  it('two run side by side, and a load is measured in the one that is named', async () => {
    const [one, two] = await Promise.all([up('--name one --members 1'), up('--name two --bare')]);
    expect(one.kubeconfig).not.toBe(two.kubeconfig);
    const { code, stdout } = await machine.fedctl('sandbox load --name one 50');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^50 created: [\d.]+ s for the writes \(\d+ objects\/s\)\nin 1 cluster /);
    const again = JSON.parse((await machine.fedctl('sandbox load --name one 50 -o json')).stdout);
    expect(again).toMatchObject({ created: 0, changed: 50, members: 1 });
    const earth = await clusterOf(one.kubeconfig, 'earth');
    expect(await earth.list(CONFIG_MAPS, 'sandbox-load')).toHaveLength(51); // with kube-root-ca.crt
    expect((await machine.fedctl('sandbox load --name one --remove')).stdout).toBe(
      'sandbox-load is gone from every cluster\n',
    );
    await earth.untilGone(NAMESPACES, { name: 'sandbox-load' });
    expect((await machine.fedctl('sandbox load --name two')).stderr).toContain('the sandbox has no controller');
    expect((await machine.fedctl('sandbox down --name one')).code).toBe(0);
    expect((await machine.fedctl('sandbox status --name two')).code).toBe(0);
  });

  it("does not overwrite a kubeconfig that is a person's own, and says what is wrong with names", async () => {
    const own = join(machine.home, 'bin', 'node');
    const { code, stderr } = await machine.fedctl(`sandbox up --bare --write-kubeconfig ${own}`);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('exists and holds something else'),
    });
    await access(own);
    expect(await machine.fedctl('sandbox up --members host')).toMatchObject({ code: 2 });
    expect(await machine.fedctl('sandbox up --members 0')).toMatchObject({ code: 2 });
    expect(await machine.fedctl('sandbox up --name ../x')).toMatchObject({ code: 2 });
    expect(await machine.fedctl('sandbox break vulcan --for never')).toMatchObject({ code: 2 });
    expect(await traces()).toEqual([]);
  });
});
