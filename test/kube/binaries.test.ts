import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  cacheDirectory,
  DEFAULT_KUBERNETES_VERSION,
  MissingBinariesError,
} from '../../cli/sandbox/envtest/binaries.ts';
import { findOrBuildBinaries } from './binaries.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fedmesh-binaries-'));
});

afterEach(() => rm(dir, { recursive: true }));

const report = () => undefined;

async function executables(directory: string, names: readonly string[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of names) {
    await writeFile(join(directory, name), '#!/bin/sh\necho Kubernetes v1.35.2\n');
    await chmod(join(directory, name), 0o755);
  }
}

function cached(version: string): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return join(cacheDirectory({ XDG_CACHE_HOME: dir }), `${version}-${process.platform}-${architecture}`);
}

it('KUBEBUILDER_ASSETS comes first, and its API server says which version it is', async () => {
  const assets = join(dir, 'assets');
  await executables(assets, ['etcd', 'kube-apiserver', 'kube-controller-manager']);
  const found = await findOrBuildBinaries({ env: { ...process.env, KUBEBUILDER_ASSETS: assets }, report });
  expect(found).toEqual({
    version: '1.35.2',
    etcd: join(assets, 'etcd'),
    kubeApiServer: join(assets, 'kube-apiserver'),
    kubeControllerManager: join(assets, 'kube-controller-manager'),
  });
});

it('assets without a controller manager get one of the same version from the cache', async () => {
  const assets = join(dir, 'assets');
  await executables(assets, ['etcd', 'kube-apiserver', 'kubectl']);
  await executables(cached('1.35.2'), ['etcd', 'kube-apiserver', 'kube-controller-manager']);
  const env = { ...process.env, KUBEBUILDER_ASSETS: assets, XDG_CACHE_HOME: dir };
  const found = await findOrBuildBinaries({ env, report });
  expect(found.kubeApiServer).toBe(join(assets, 'kube-apiserver'));
  expect(found.kubeControllerManager).toBe(join(cached('1.35.2'), 'kube-controller-manager'));
});

it('assets without an API server are named, with what to do', async () => {
  await mkdir(join(dir, 'assets'));
  const finding = findOrBuildBinaries({ env: { ...process.env, KUBEBUILDER_ASSETS: join(dir, 'assets') }, report });
  await expect(finding).rejects.toThrow(MissingBinariesError);
  await expect(finding).rejects.toThrow(/assets\/etcd is not an executable there\. Point it at/);
});

it('what was built is found in the cache; a version asked for passes over KUBEBUILDER_ASSETS', async () => {
  await executables(cached('1.34.1'), ['etcd', 'kube-apiserver', 'kube-controller-manager']);
  const env = { KUBEBUILDER_ASSETS: join(dir, 'nowhere'), XDG_CACHE_HOME: dir };
  const found = await findOrBuildBinaries({ version: 'v1.34.1', env, report });
  expect(found).toMatchObject({ version: '1.34.1', etcd: join(cached('1.34.1'), 'etcd') });
});

it('without binaries and without Go the error says both ways out', async () => {
  const finding = findOrBuildBinaries({ env: { PATH: dir, XDG_CACHE_HOME: dir }, report });
  await expect(finding).rejects.toThrow(MissingBinariesError);
  await expect(finding).rejects.toThrow(/Install Go .* or set KUBEBUILDER_ASSETS/);
});

it('a build that fails says what Go said and leaves no half-filled cache', async () => {
  await writeFile(
    join(dir, 'go'),
    '#!/bin/sh\ncase $1 in version) echo go version go1.26.8 linux/amd64;; *) echo no space left >&2; exit 1;; esac\n',
  );
  await chmod(join(dir, 'go'), 0o755);
  const env = { PATH: dir, XDG_CACHE_HOME: dir, GOFLAGS: '-mod=vendor' };
  await expect(findOrBuildBinaries({ env, report })).rejects.toThrow(/go build in .*etcd failed \(1\):\nno space left/);
  await expect(findOrBuildBinaries({ env, report })).rejects.toThrow(/no space left/);
});

it('a version that is none is refused', async () => {
  await expect(findOrBuildBinaries({ version: '1.35', report })).rejects.toThrow("'1.35' is not a Kubernetes version");
  expect(DEFAULT_KUBERNETES_VERSION).toMatch(/^\d+\.\d+\.\d+$/);
});
