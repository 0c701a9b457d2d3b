import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** Programs, and Debian's packages that have them, with a space between several. */
export type Packages = Readonly<Record<string, string>>;

/** Those that the lab runs. */
const PACKAGES: Packages = {
  ip: 'iproute2',
  nft: 'nftables',
  iptables: 'iptables',
  curl: 'curl',
  nsenter: 'util-linux',
  wg: 'wireguard-tools',
  'wireguard-go': 'wireguard-go',
  haproxy: 'haproxy',
  keepalived: 'keepalived',
  shellcheck: 'shellcheck',
  'ansible-playbook': 'ansible-core',
  'ansible-lint': 'ansible-lint',
};

/** Where Debian keeps programs for root, whatever the shell that began thinks of it. */
const FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', ...(process.env.PATH ?? '').split(delimiter)];

const run = promisify(execFile);

/** Why no lab can be set up here, in words for a person; undefined: it can. */
export async function obstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  if (!(await exists('/dev/net/tun'))) return '/dev/net/tun is not here: userspace WireGuard needs it';
  const packages = await missingPackages();
  return packages.length === 0 ? undefined : `these packages are missing: ${packages.join(', ')}`;
}

/** Installs what is missing from the package sources that the machine has. Does nothing where nothing is. */
export async function installPackages(wanted = PACKAGES): Promise<void> {
  const packages = await missingPackages(wanted);
  if (packages.length === 0 || process.getuid?.() !== 0 || !(await isThere('apt-get'))) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, timeout: 300_000, maxBuffer: 16 << 20 };
  await run('apt-get', ['update', '-qq'], options);
  // Services that packages bring are not started: the lab runs their programs in namespaces of its own.
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
  await run('apt-get', install, { ...options, env: { ...env, RUNLEVEL: '1' } });
}

async function missingPackages(wanted = PACKAGES): Promise<string[]> {
  const missing = await Promise.all(
    Object.entries(wanted).map(async ([program, names]) => ((await isThere(program)) ? [] : names.split(' '))),
  );
  return missing.flat();
}

async function isThere(program: string): Promise<boolean> {
  return (await programPath(program)) !== undefined;
}

/** Where a program is; undefined: nowhere. */
export async function programPath(program: string): Promise<string | undefined> {
  const paths = FOLDERS.map((folder) => join(folder, program));
  const found = await Promise.all(paths.map((path) => exists(path, constants.X_OK)));
  return paths[found.indexOf(true)];
}

function exists(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
