import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { CustomResourceDefinition } from '../../apis/apiextensions/v1.ts';
import { allCrds, coreCrds } from '../../apis/crd/all.ts';
import { widenCrd } from '../../apis/crd/widen.ts';
import type { KubeObject, List } from '../../apis/meta/v1.ts';
import { federatedCrdFor, typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import { eventually } from '../kube/eventually.ts';
import { type ControlPlanes, startControlPlanes } from './control-planes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

describe.runIf(inject('kubeconfig') !== '')('manifests on a real API server', () => {
  let control: ControlPlanes<'host'>;
  let scratch: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fedmesh-manifests-'));
    control = await startControlPlanes({ names: ['host'] });
    await kubectl('apply', '-k', 'manifests');
    await kubectl(
      'wait',
      '--for=condition=Established',
      '--timeout=120s',
      'crd',
      '-l',
      'app.kubernetes.io/part-of=fedmesh',
    );
  });

  afterAll(async () => {
    await control.close();
    await rm(scratch, { recursive: true });
  });

  async function kubectl(...args: string[]): Promise<string> {
    const { stdout } = await run('kubectl', ['--kubeconfig', control.kubeconfigPath, ...args], { cwd: ROOT });
    return stdout;
  }

  async function get<T extends KubeObject = KubeObject>(...args: string[]): Promise<T> {
    return JSON.parse(await kubectl('get', ...args, '-o', 'json'));
  }

  /** `create` or `replace` of objects that stand in no file of the repository. */
  async function write(verb: string, ...objects: object[]): Promise<void> {
    const file = join(scratch, 'objects.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    await kubectl(...verb.split(' '), '-f', file);
  }

  async function crds(): Promise<CustomResourceDefinition[]> {
    const list: unknown = await get('crd');
    return (list as List<CustomResourceDefinition>).items;
  }

  it('every schema is structural, and every name is granted', async () => {
    const problems = (await crds()).flatMap(({ metadata, spec, status }) => {
      const conditions = (status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`);
      const names = status?.acceptedNames;
      const granted = JSON.stringify(names?.shortNames) === JSON.stringify(spec.names.shortNames);
      const well = granted && ['NamesAccepted=True', 'Established=True'].every((word) => conditions.includes(word));
      return well && !conditions.includes('NonStructuralSchema=True') ? [] : [`${metadata.name}: ${conditions}`];
    });
    expect(problems).toEqual([]);
    expect((await crds()).map(({ metadata }) => metadata.name).sort()).toEqual(
      allCrds()
        .map(({ metadata }) => metadata.name)
        .sort(),
    );
  });

  it('the samples are stored with every field, and applying them again changes nothing', async () => {
    const meshes = ['netmaker', 'submariner', 'cilium', 'static', 'none'].map((provider) => `mesh/${provider}.yaml`);
    for (const sample of ['w1', 'placement', 'overrides', 'scheduling', ...meshes]) {
      await kubectl('apply', '--validate=strict', '-f', `samples/${sample}`);
      const again = await kubectl('apply', '--validate=strict', '-f', `samples/${sample}`);
      expect(
        again
          .trim()
          .split('\n')
          .every((line) => line.endsWith(' unchanged')),
      ).toBe(true);
    }
    const web = await get('federateddeployment', 'web', '-n', 'overrides-sample');
    expect(web.spec).toMatchObject({
      template: { spec: { replicas: 1, template: { spec: { containers: [{ imagePullPolicy: 'Always' }] } } } },
      overrides: [{ clusterOverrides: [{ path: '/spec/replicas', value: 5 }, { op: 'add' }, { op: 'remove' }] }],
    });
  });

  it('kubectl shows whether an object is propagated, to how many clusters, and since when', async () => {
    await kubectl('create', 'namespace', 'table');
    const status = {
      conditions: [{ type: 'Propagation', status: 'True', lastUpdateTime: '2026-01-01T00:00:00Z' }],
      clusters: [{ name: 'earth' }, { name: 'vulcan', message: 'well', remoteStatus: { any: [{ thing: 1 }] } }],
      clusterSummary: '2/2',
      propagatedVersion: { templateVersion: 't', overridesVersion: 'o', clusterVersions: [] },
    };
    await write('create --validate=strict', {
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: 'FederatedDeployment',
      metadata: { name: 'web', namespace: 'table' },
      spec: {},
    });
    await kubectl(
      'patch',
      ...['fdeploy', 'web', '-n', 'table', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })],
    );
    expect((await get('fdeploy', 'web', '-n', 'table')).status).toEqual(status);

    const [heading = '', row = ''] = (await kubectl('get', 'federateddeployments', '-n', 'table')).split('\n');
    expect(heading.split(/\s+/)).toEqual(['NAME', 'PROPAGATION', 'CLUSTERS', 'AGE']);
    expect(row.split(/\s+/).slice(0, 3)).toEqual(['web', 'True', '2/2']);
    expect(await kubectl('get', 'federated', '-n', 'table', '-o', 'name')).toContain(
      'federateddeployment.types.kubefed.io/web',
    );
  });

  it('every kind of override value survives, null among them', async () => {
    await kubectl('create', 'namespace', 'values');
    const values = [1, 1.5, 'text', true, null, [], [1, { a: null }], {}, { deep: { er: [] } }];
    const clusterOverrides = values.map((value, index) => ({ op: 'add', path: `/spec/v${index}`, value }));
    await write('create --validate=strict', {
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: 'FederatedConfigMap',
      metadata: { name: 'values', namespace: 'values' },
      spec: { overrides: [{ clusterName: 'earth', clusterOverrides }] },
    });
    const stored = await get('federatedconfigmap', 'values', '-n', 'values');
    expect(stored.spec).toEqual({ overrides: [{ clusterName: 'earth', clusterOverrides }] });
  });

  it('an operation that KubeFed does not know is refused, and so is an object without a spec', async () => {
    // Judged by the server alone: kubectl would refuse some of it by itself.
    const bad = (spec: object) =>
      write('create --validate=false', {
        apiVersion: 'types.kubefed.io/v1beta1',
        kind: 'FederatedConfigMap',
        metadata: { name: 'bad', namespace: 'default' },
        ...spec,
      });
    const overrides = [{ clusterName: 'earth', clusterOverrides: [{ op: 'move', path: '/a' }] }];
    await expect(bad({ spec: { overrides } })).rejects.toThrow(/should match '\^\(add\|remove\|replace\)\?\$'/);
    await expect(bad({})).rejects.toThrow(/spec: Required value/);
  });

  it('kubectl explains the fields', async () => {
    expect(await kubectl('explain', 'federateddeployments.spec.placement.clusterSelector')).toContain(
      'Empty: everywhere',
    );
    expect(await kubectl('explain', 'kubefedclusters.spec.tlsServerName')).toContain("server's certificate");
  });

  it("a CRD of KubeFed's is widened in place: its objects load as before, and what Fedmesh adds is kept", async () => {
    const resource = { group: 'example.com', version: 'v1', kind: 'Gear', plural: 'gears', namespaced: true };
    const ours = federatedCrdFor(typeConfigFor(resource), { shortNames: ['gr'] });
    await write('create --validate=strict', asKubeFedMadeIt(ours));
    await kubectl('wait', '--for=condition=Established', '--timeout=120s', 'crd', 'federatedgears.types.kubefed.io');
    const spec = { template: { spec: { teeth: 12 } }, placement: { clusters: [{ name: 'earth' }] } };
    await write('create --validate=strict', {
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: 'FederatedGear',
      metadata: { name: 'old', namespace: 'default' },
      spec,
    });
    const patchStatus = (status: object) =>
      kubectl(
        'patch',
        ...['federatedgear', 'old', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })],
      );
    await patchStatus({ clusters: [{ name: 'earth', message: 'dropped' }], clusterSummary: '1/1' });
    expect((await get('federatedgear', 'old')).status).toEqual({ clusters: [{ name: 'earth' }] });

    const present = await get<CustomResourceDefinition>('crd', 'federatedgears.types.kubefed.io');
    const { crd, changes } = widenCrd(present, ours);
    expect(changes).toContain('v1beta1: field .status.clusters[].message');
    await write('replace', crd);

    const status = { clusters: [{ name: 'earth', message: 'kept' }], clusterSummary: '1/1' };
    await eventually(
      'the widened schema is served',
      async () => {
        await patchStatus(status);
        return (await get('federatedgear', 'old')).status;
      },
      (seen) => isDeepStrictEqual(seen, status),
      { withinMs: 120_000 },
    );
    expect((await get('federatedgear', 'old')).spec).toEqual(spec);
    const again = await get<CustomResourceDefinition>('crd', 'federatedgears.types.kubefed.io');
    expect(widenCrd(again, ours).changes).toEqual([]);
  });

  it('widening what was just applied finds nothing to do, defaults of the API server included', async () => {
    const present = await crds();
    const changes = coreCrds().flatMap((ours) => {
      const existing = present.find(({ metadata }) => metadata.name === ours.metadata.name);
      return existing === undefined ? [`${ours.metadata.name} is not there`] : widenCrd(existing, ours).changes;
    });
    expect(changes).toEqual([]);
  });

  describe('rights', () => {
    const ask = async (who: string, verb: string, what: string, namespace = 'default') => {
      const question = ['auth', 'can-i', verb, what, '-n', namespace, `--as=${who}`];
      try {
        return (await kubectl(...question)).trim();
      } catch (error) {
        // kubectl exits with 1 to say no.
        if (error instanceof Error && 'stdout' in error) return String(error.stdout).trim();
        throw error;
      }
    };
    const CONTROLLER = 'system:serviceaccount:kube-federation-system:fedmesh-controller';

    it("Kubernetes' edit sees federated objects but cannot write them; fedmesh-edit can, in its namespace", async () => {
      await kubectl('create', 'rolebinding', 'jane', '--clusterrole=edit', '--user=jane', '-n', 'default');
      await kubectl('create', 'rolebinding', 'joe', '--clusterrole=fedmesh-edit', '--user=joe', '-n', 'default');
      await eventually(
        'view was aggregated into edit',
        () => ask('jane', 'list', 'federateddeployments'),
        (answer) => answer === 'yes',
        { withinMs: 120_000 },
      );
      expect(await ask('jane', 'create', 'federateddeployments')).toBe('no');
      expect(await ask('jane', 'get', 'federatedsecrets')).toBe('no');
      expect(await ask('joe', 'create', 'federateddeployments')).toBe('yes');
      expect(await ask('joe', 'update', 'federatednamespaces')).toBe('no');
      expect(await ask('joe', 'create', 'federateddeployments', 'kube-system')).toBe('no');
    });

    it('the controller holds what it needs on the host, and no more', async () => {
      const home = 'kube-federation-system';
      expect(await ask(CONTROLLER, 'patch', 'federateddeployments', 'default')).toBe('yes');
      expect(await ask(CONTROLLER, 'update', 'federateddeployments/status', 'default')).toBe('yes');
      expect(await ask(CONTROLLER, 'patch', 'kubefedclusters/status', home)).toBe('yes');
      expect(await ask(CONTROLLER, 'create', 'unjoinreceipts', home)).toBe('yes');
      expect(await ask(CONTROLLER, 'update', 'secrets', home)).toBe('yes');
      expect(await ask(CONTROLLER, 'create', 'events', 'default')).toBe('yes');
      for (const verb of ['get', 'list', 'watch', 'create', 'update']) {
        expect(await ask(CONTROLLER, verb, 'leases.coordination.k8s.io', home)).toBe('yes');
      }

      for (const kind of ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']) {
        expect(await ask(CONTROLLER, 'create', kind)).toBe('yes');
      }
      expect(await ask(CONTROLLER, 'update', 'validatingwebhookconfigurations/validations.core.kubefed.io')).toBe(
        'yes',
      );
      expect(await ask(CONTROLLER, 'delete', 'mutatingwebhookconfigurations/mutation.core.kubefed.io')).toBe('yes');
      expect(await ask(CONTROLLER, 'get', 'services/fedmesh-webhook', home)).toBe('yes');
      expect(await ask(CONTROLLER, 'get', 'deployments.apps/kubefed-admission-webhook', home)).toBe('yes');

      expect(await ask(CONTROLLER, 'update', 'validatingwebhookconfigurations/somebody-elses')).toBe('no');
      expect(await ask(CONTROLLER, 'create', 'secrets', home)).toBe('no');
      expect(await ask(CONTROLLER, 'get', 'secrets', 'default')).toBe('no');
      expect(await ask(CONTROLLER, 'delete', 'federateddeployments', 'default')).toBe('no');
      expect(await ask(CONTROLLER, 'create', 'deployments', 'default')).toBe('no');
    });

    it("the controller's pod passes the restricted Pod Security that its namespace demands", async () => {
      const selector = ['-n', 'kube-federation-system', '-l', 'app.kubernetes.io/name=fedmesh-controller'];
      await eventually(
        'a pod of the controller was admitted',
        () => kubectl('get', 'pods', ...selector, '-o', 'name'),
        (pods) => pods.startsWith('pod/fedmesh-controller-'),
        { withinMs: 120_000 },
      );
    });
  });
});

/** Without Fedmesh's fields, columns and names. */
function asKubeFedMadeIt(ours: CustomResourceDefinition): CustomResourceDefinition {
  const crd = structuredClone(ours);
  const { kind, plural, singular, listKind } = { singular: '', listKind: '', ...crd.spec.names };
  crd.spec.names = { kind, plural, singular, listKind };
  const [version] = crd.spec.versions;
  const status = version?.schema?.openAPIV3Schema?.properties?.status?.properties;
  if (version === undefined || status === undefined) throw new Error('the CRD has no status');
  delete version.additionalPrinterColumns;
  delete status.clusterSummary;
  delete status.propagatedVersion;
  delete status.clusters?.items?.properties?.message;
  delete status.conditions?.items?.properties?.message;
  return crd;
}
