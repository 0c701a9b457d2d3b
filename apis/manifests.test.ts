import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { schemaOf, strictValidator } from '../test/structural-schema.ts';
import { allCrds } from './crd/all.ts';
import type { MeshConfig } from './fedmesh/v1alpha1/mesh-config.ts';
import { validateMeshConfig } from './fedmesh/v1alpha1/mesh-config-validation.ts';
import { differenceAt } from './generate/tree.ts';
import type { KubeObject } from './meta/v1.ts';
import { multiClusterServicesCrds } from './multicluster/crds.ts';
import { peopleRoles } from './rbac/people-roles.ts';
import type { FederatedObject } from './types/v1beta1/federated-object.ts';
import { validateFederatedObject } from './types/v1beta1/federated-object-validation.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(`${ROOT}${directory}`, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(ROOT.length))
    .sort();
}

async function objectsIn(path: string): Promise<KubeObject[]> {
  const documents = parseAllDocuments(await readFile(`${ROOT}${path}`, 'utf8'));
  return documents.map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

describe('samples', async () => {
  const samples = await Promise.all(
    (await filesUnder('samples')).map(async (path) => [path, await objectsIn(path)] as const),
  );

  test.each(samples)('%s is stored as it is written', (_, objects) => {
    for (const object of objects) {
      const crd = [...allCrds(), ...multiClusterServicesCrds()].find(({ spec }) => spec.names.kind === object.kind);
      if (crd === undefined) {
        expect(object).toMatchObject({ apiVersion: 'v1', kind: 'Namespace' });
        continue;
      }
      expect(object.apiVersion).toBe(`${crd.spec.group}/${crd.spec.versions[0]?.name}`);
      const validate = strictValidator(schemaOf(crd));
      validate(object);
      expect(validate.errors ?? []).toEqual([]);
      if (object.kind === 'MeshConfig') expect(validateMeshConfig(object as MeshConfig)).toEqual([]);
      if (object.kind?.startsWith('Federated')) expect(validateFederatedObject(object as FederatedObject)).toEqual([]);
    }
  });

  test('each federated object lives in a namespace that is federated beside it', () => {
    const objects = samples.flatMap(([, list]) => list);
    const federated = objects
      .filter(({ kind }) => kind === 'FederatedNamespace')
      .map(({ metadata }) => metadata.namespace);
    for (const { kind, metadata } of objects) {
      // The mesh is the control plane's own.
      if (kind !== 'Namespace' && kind !== 'MeshConfig') expect(federated).toContain(metadata.namespace);
    }
  });

  test('the first walk has the names that people know it by', () => {
    const walk = samples.filter(([path]) => path.startsWith('samples/w1/')).flatMap(([, objects]) => objects);
    expect(walk.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)).toEqual([
      'Namespace /fedtestns',
      'FederatedNamespace fedtestns/fedns',
      'FederatedDeployment fedtestns/fedhttp',
      'FederatedService fedtestns/fed-service',
    ]);
  });
});

describe('manifests', () => {
  test('what is generated from apis/ is up to date: else run npm run generate', async () => {
    expect(await differenceAt(ROOT)).toEqual({ stale: [], orphans: [] });
  });

  const resourcesOf = async (kustomization: string): Promise<string[]> =>
    [...parse(await readFile(`${ROOT}${kustomization}/kustomization.yaml`, 'utf8')).resources].sort();

  test('`kubectl apply -k manifests` leaves no file out', async () => {
    const filesIn = async (room: string) =>
      (await filesUnder(`manifests/${room}`))
        .map((path) => path.slice(`manifests/${room}/`.length))
        .filter((path) => path !== 'kustomization.yaml');
    for (const room of ['crds', 'deploy']) expect(await resourcesOf(`manifests/${room}`)).toEqual(await filesIn(room));
    const roles = (await filesIn('rbac')).map((path) => `rbac/${path}`);
    expect(await resourcesOf('manifests')).toEqual(['crds', 'deploy', ...roles].sort());
    expect(await resourcesOf('manifests/namespaced')).toEqual(['../crds', '../deploy', 'controller.yaml']);
  });

  test('a control plane of one namespace has the rights of one for all, where it can have them in its namespace', async () => {
    const granted = (objects: KubeObject[], kinds: readonly string[]) =>
      objects
        .filter(({ kind }) => kinds.includes(kind ?? ''))
        .flatMap(({ rules }) => rules as { apiGroups: string[]; resources: string[]; verbs: string[] }[])
        .flatMap(({ apiGroups, resources, verbs }) =>
          apiGroups.flatMap((group) => resources.flatMap((each) => verbs.map((verb) => `${verb} ${each}.${group}`))),
        );
    const wide = await objectsIn('manifests/rbac/controller.yaml');
    const limited = await objectsIn('manifests/namespaced/controller.yaml');
    // What lives in no namespace, and is not needed: versions of cluster-scoped kinds, every namespace but two, and Services
    // across clusters.
    const isLeftOut = (right: string) =>
      /clusterpropagatedversions|(list|watch) namespaces\.|multicluster\.x-k8s\.io/.test(right);
    const kinds = ['ClusterRole', 'Role'];
    expect(new Set(granted(limited, kinds))).toEqual(
      new Set(granted(wide, kinds).filter((right) => !isLeftOut(right))),
    );
    const cluster = granted(limited, ['ClusterRole']).map((right) => right.replace(/^\w+ /, ''));
    expect([...new Set(cluster)].sort()).toEqual([
      'customresourcedefinitions.apiextensions.k8s.io',
      'mutatingwebhookconfigurations.admissionregistration.k8s.io',
      'namespaces.',
      'subjectaccessreviews.authorization.k8s.io',
      'tokenreviews.authentication.k8s.io',
      'validatingwebhookconfigurations.admissionregistration.k8s.io',
    ]);
  });

  test('the image has the version of the package', async () => {
    const { version } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8'));
    for (const room of ['manifests', 'manifests/namespaced']) {
      const kustomization = parse(await readFile(`${ROOT}${room}/kustomization.yaml`, 'utf8'));
      expect(kustomization.images).toEqual([
        { name: 'fedmesh/controller', newName: 'fedmesh/controller', newTag: version },
      ]);
    }
  });
});

describe('roles for people', () => {
  const roleOf = (name: string) => peopleRoles().find((role) => role.name === name)?.clusterRole;

  test("nothing that writes is added to Kubernetes' own roles", () => {
    for (const { clusterRole } of peopleRoles()) {
      const aggregated = Object.keys(clusterRole.metadata.labels).some((label) => label.includes('aggregate-to'));
      if (!aggregated) continue;
      expect(new Set(clusterRole.rules.flatMap((rule) => rule.verbs))).toEqual(new Set(['get', 'list', 'watch']));
    }
  });

  test('who may view sees no Secret and no RBAC', () => {
    const federated = roleOf('view')?.rules.find((rule) => rule.apiGroups.includes('types.kubefed.io'))?.resources;
    expect(federated).toContain('federateddeployments');
    expect(federated).not.toContain('*');
    expect(federated).not.toContain('federatedsecrets');
    expect(federated).not.toContain('federatedclusterroles');
  });

  test('who may edit does not decide on namespaces and RBAC', () => {
    const writable = roleOf('edit')
      ?.rules.filter((rule) => rule.verbs.includes('create'))
      .flatMap((rule) => rule.resources);
    expect(writable).toContain('federatedsecrets');
    expect(writable).not.toContain('federatednamespaces');
    expect(writable).not.toContain('federatedclusterroles');
  });
});
