import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { MissingBinariesError } from '../../cli/sandbox/envtest/binaries.ts';

export interface BuildOptions {
  version: string;
  /** The version that the committed go.mod names; any other gets a module of its own in the cache. */
  defaultVersion: string;
  cache: string;
  env: NodeJS.ProcessEnv;
  report: (line: string) => void;
}

const KUBERNETES_COMMANDS = ['k8s.io/kubernetes/cmd/kube-apiserver', 'k8s.io/kubernetes/cmd/kube-controller-manager'];
const PROGRESS_EVERY_MS = 15_000;

/**
 * Builds etcd, kube-apiserver and kube-controller-manager with Go. The directory appears whole or not at all.
 * Takes about 4 minutes on two cores with an empty Go build cache, seconds with a filled one.
 */
export async function buildInto(directory: string, options: BuildOptions): Promise<void> {
  const { version, report } = options;
  const env = goEnvironment(options.env);
  const go = await goVersion(env);
  report(`kube: building etcd and Kubernetes ${version} with ${go}; the first time takes minutes`);

  const unfinished = `${directory}.building-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    const started = Date.now();
    const build = (module: string, args: string[]) => goBuild(module, args, { env, report });
    await build(join(import.meta.dirname, 'etcd'), [
      'build',
      '-mod=readonly',
      '-ldflags=-s -w',
      `-o=${join(unfinished, 'etcd')}`,
      'go.etcd.io/etcd/server/v3',
    ]);
    const kubernetes =
      version === options.defaultVersion
        ? { path: join(import.meta.dirname, 'kubernetes'), mod: '-mod=readonly' }
        : { path: await deriveModule(version, { ...options, env }), mod: '-mod=mod' };
    await build(kubernetes.path, [
      'build',
      kubernetes.mod,
      `-ldflags=-s -w ${versionFlags(version)}`,
      `-o=${unfinished}/`,
      ...KUBERNETES_COMMANDS,
    ]);
    await rm(directory, { recursive: true, force: true });
    await rename(unfinished, directory);
    report(`kube: built in ${Math.round((Date.now() - started) / 1000)} s: ${directory}`);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Without these the server calls itself v0.0.0-master, and clients misjudge what it can do. */
function versionFlags(version: string): string {
  const [major, minor] = version.split('.');
  const values = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  return Object.entries(values)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

/**
 * A module for another version of Kubernetes. k8s.io/kubernetes requires its staging modules at v0.0.0, so
 * each of those is replaced by its release; modules with a real version (utils, klog) stay what they are.
 */
async function deriveModule(version: string, options: BuildOptions): Promise<string> {
  const module = join(options.cache, 'modules', version);
  await mkdir(module, { recursive: true });
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', `k8s.io/kubernetes@v${version}`], {
    cwd: module,
    env: options.env,
  }).catch((cause: unknown) => {
    throw new Error(`Kubernetes ${version} cannot be downloaded: is there such a version?`, { cause });
  });
  const download: { GoMod: string } = JSON.parse(stdout);
  const goMod = await readFile(download.GoMod, 'utf8');
  const goDirective = /^go .+$/m.exec(goMod)?.[0] ?? 'go 1.22';
  const staging = [...goMod.matchAll(/^\s+(k8s\.io\/\S+) v0\.0\.0\b(?!-)/gm)].map((match) => match[1]);
  const release = `v${version.replace(/^\d+/, '0')}`;
  const lines = [
    `module fedmesh.io/test/kube/kubernetes`,
    goDirective,
    `require k8s.io/kubernetes v${version}`,
    ...[...new Set(staging)].map((name) => `replace ${name} => ${name} ${release}`),
    '',
  ];
  await writeFile(join(module, 'go.mod'), lines.join('\n'));
  return module;
}

export async function goVersion(env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('go', ['version'], { env });
    return stdout.split(' ')[2] ?? 'go';
  } catch (cause) {
    throw new MissingBinariesError(
      'There are no Kubernetes binaries and no Go to build them. Install Go 1.26 or newer (https://go.dev/dl), ' +
        'or set KUBEBUILDER_ASSETS to a directory with etcd, kube-apiserver and kube-controller-manager.',
      { cause },
    );
  }
}

/** The person's settings for proxies, caches and toolchains stay; what would change this build does not. */
export function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { GOOS: _os, GOARCH: _arch, GOEXPERIMENT: _experiment, ...rest } = env;
  return { ...rest, GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0', GO111MODULE: 'on' };
}

/** Runs a command of Go that builds, in the directory of a module. */
export async function goBuild(
  module: string,
  [command = 'build', ...args]: readonly string[],
  { env, report }: { env: NodeJS.ProcessEnv; report: (line: string) => void },
): Promise<void> {
  const child = spawn('go', [command, '-trimpath', '-buildvcs=false', '-v', ...args], {
    cwd: module,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const name = module.split('/').at(-1);
  let packages = 0;
  let complaints = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (/^[\w.~/-]+$/.test(line))
      packages += 1; // -v names each package as it is compiled
    else if (!line.startsWith('go: downloading ')) complaints += `${line}\n`;
  });
  const progress = setInterval(() => report(`kube: ${name}: ${packages} packages compiled`), PROGRESS_EVERY_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`go ${command} in ${module} failed (${code ?? 'killed'}):\n${complaints.trim()}`);
  } finally {
    clearInterval(progress);
  }
}
