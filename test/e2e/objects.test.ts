import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type ControlPlanes, startControlPlanes } from './control-planes.ts';
import { type Finished, fedctl } from './processes.ts';

const CRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets, singular: widget, shortNames: [wd] }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
      additionalPrinterColumns:
        - { name: Size, type: integer, jsonPath: .spec.size }
        - { name: Colour, type: string, jsonPath: .spec.colour, priority: 1 }
`;
const WIDGET = `
apiVersion: example.com/v1
kind: Widget
metadata: { name: bolt, namespace: demo }
spec: { size: 3, colour: red }
`;
const SETTINGS = `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: demo, labels: { app: web } }
data: { colour: blue }
`;
const NAMESPACE = `
apiVersion: v1
kind: Namespace
metadata: { name: demo }
`;

describe.runIf(inject('kubeconfig') !== '')('apply, get and delete without kubectl', () => {
  let planes: ControlPlanes<'earth' | 'vulcan'>;
  let folder: string;

  beforeAll(async () => {
    planes = await startControlPlanes({ names: ['earth', 'vulcan'] });
    folder = await mkdtemp(join(tmpdir(), 'fedmesh-objects-'));
    await mkdir(join(folder, 'app', 'more'), { recursive: true });
    await writeFile(join(folder, 'app', '01-namespace.yaml'), NAMESPACE);
    await writeFile(join(folder, 'app', '02-settings.yaml'), SETTINGS);
    await writeFile(join(folder, 'app', 'README.md'), 'no object');
    await writeFile(join(folder, 'app', 'more', 'widget.yml'), `${CRD}---${WIDGET}`);
  });

  afterAll(async () => {
    await planes?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (line: string, stdin?: string): Promise<Finished> =>
    fedctl(
      planes.kubeconfigPath,
      line.split(' ').map((word) => word.replace('FOLDER', folder)),
      stdin === undefined ? {} : { stdin },
    );

  it('applies a folder with all below it, in the order of names, and a CRD before its objects', async () => {
    const { code, stdout, stderr } = await run('apply -R -f FOLDER/app');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'namespace/demo created',
      'configmap/settings in demo created',
      'customresourcedefinition.apiextensions.k8s.io/widgets.example.com created',
      'widget.example.com/bolt in demo created',
      '',
    ]);
    expect((await run('apply -R -f FOLDER/app')).stdout).not.toMatch(/created|updated/);
  });

  it('changes what a file says otherwise, takes away what it no longer says, and only looks with --dry-run', async () => {
    const changed = SETTINGS.replace('{ colour: blue }', '{ taste: sweet }');
    expect((await run('apply -f - --dry-run', changed)).stdout).toBe('configmap/settings in demo updated (dry run)\n');
    expect((await run('get cm settings -n demo -o yaml')).stdout).toContain('colour: blue');

    expect((await run('apply -f -', changed)).stdout).toBe('configmap/settings in demo updated\n');
    const { stdout } = await run('get cm settings -n demo -o json');
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'ConfigMap', data: { taste: 'sweet' } });
    expect(stdout).not.toMatch(/colour|managedFields/);
  });

  it('says whose a field is that it may not change, and goes on with the next object', async () => {
    await run('apply -f -', SETTINGS);
    const theirs = JSON.stringify({ data: { colour: 'green' } });
    const patched = await fetchAsAdmin(
      'PATCH',
      '/api/v1/namespaces/demo/configmaps/settings?fieldManager=gardener',
      theirs,
    );
    expect(patched).toBe(200);
    const other = SETTINGS.replace('name: settings', 'name: other');

    const { code, stdout, stderr } = await run('apply -f -', `${SETTINGS}---${other}`);
    expect(code).toBe(1);
    expect(stdout).toBe('configmap/other in demo created\n');
    expect(stderr).toMatch(
      /^error: configmap\/settings in demo: fields are owned by somebody else: \.data\.colour \(gardener\)\nhint: .*--force-conflicts\n$/,
    );
    expect((await run('apply -f - --force-conflicts', SETTINGS)).stdout).toBe('configmap/settings in demo updated\n');
  });

  it("shows the server's own columns, of one kind or several, in one namespace or all", async () => {
    expect((await run('get wd -n demo')).stdout).toBe('NAME   SIZE\nbolt   3\n');
    expect((await run('get wd -n demo -o wide')).stdout).toBe('NAME   SIZE   COLOUR\nbolt   3      red\n');
    expect((await run('get widgets,cm -n demo -l app=web -o name')).stdout).toBe(
      'configmap/other\nconfigmap/settings\n',
    );
    const everywhere = await run('get cm -A');
    expect(everywhere.stdout).toMatch(/^NAMESPACE +NAME +DATA +AGE\n/);
    expect(everywhere.stdout).toMatch(/^demo +settings +1 +\d+s$/m);
    const two = await run('get cm,wd -n demo');
    expect(two.stdout).toMatch(/^configmap\/settings +1 /m);
    expect(two.stdout).toMatch(/\n\nNAME +SIZE\nwidget\.example\.com\/bolt +3\n$/);
    expect(await run('get pods -n demo')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'nothing found in namespace demo\n',
    });
    expect((await run('get namespaces --context vulcan -o name')).stdout).not.toContain('namespace/demo\n');
  });

  it.each([
    ['get nonsense', 1, 'earth serves no kind "nonsense"'],
    ['get cm absent -n demo', 1, 'not found'],
    ['get cm --context mars', 1, 'there is no context "mars"'],
    ['get cm settings -A', 2, 'names do not go with'],
    ['delete cm -n demo', 2, 'which configmaps?'],
    ['apply', 2, 'which file?'],
    ['apply -f FOLDER/none', 1, 'there is no such file or folder'],
    ['delete cm absent -n demo', 1, 'not found'],
  ])('%s ends with %i and says why', async (line, code, message) => {
    const finished = await run(line);
    expect(finished).toMatchObject({ code, stdout: '' });
    expect(finished.stderr).toContain(message);
  });

  it('refuses -n where the file names another namespace', async () => {
    const { code, stderr } = await run('apply -n other -f -', SETTINGS);
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain('ConfigMap "settings" belongs to namespace demo, not to other');
  });

  it('waits until what it deletes is gone, and says who holds it when it does not go', async () => {
    const held = SETTINGS.replace('name: settings', 'name: held, finalizers: [example.com/hold]');
    await run('apply -f -', held);
    const { code, stdout, stderr } = await run('delete cm held -n demo --timeout=1s');
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'configmap/held in demo deleted\n' });
    expect(stderr).toContain('hint: its deletion waits for example.com/hold');
    expect((await run('delete cm/held -n demo --wait=false')).code).toBe(0);
    await run('apply -f -', held.replace('[example.com/hold]', '[]'));

    expect((await run('delete cm -n demo -l app=web --dry-run')).stdout).toContain(
      'configmap/other in demo deleted (dry run)\n',
    );
    expect((await run('delete cm other settings -n demo')).stdout).toBe(
      'configmap/other in demo deleted\nconfigmap/settings in demo deleted\n',
    );
    expect((await run('delete cm settings -n demo --ignore-not-found')).code).toBe(0);
  });

  it('deletes what a folder names, the last first, and the namespace with all that is in it', async () => {
    const { code, stdout } = await run('delete -R -f FOLDER/app --ignore-not-found');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'widget.example.com/bolt in demo deleted',
      'customresourcedefinition.apiextensions.k8s.io/widgets.example.com deleted',
      'namespace/demo deleted',
      '',
    ]);
    expect((await run('get ns demo')).code).toBe(1);
  });

  async function fetchAsAdmin(method: string, path: string, body: string): Promise<number> {
    const { request } = await import('node:https');
    const { server, caPem, adminToken } = planes.planes.earth;
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/merge-patch+json' };
      request(`${server}${path}`, { method, ca: caPem, headers, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .once('error', reject)
        .end(body);
    });
  }
});
