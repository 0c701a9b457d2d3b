import { access, constants } from 'node:fs/promises';
import { delimiter, join, relative } from 'node:path';
import type { Environment } from '../../controller/kube/kubeconfig.ts';

/** Whether a program can be called by its name. */
export async function isOnPath(environment: Environment, program: string): Promise<boolean> {
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const names = process.platform === 'win32' ? [`${program}.cmd`, `${program}.exe`] : [program];
  const found = await Promise.all(
    folders.flatMap((folder) => names.map((name) => access(join(folder, name), constants.X_OK).then(yes, no))),
  );
  return found.includes(true);
}

/** What a person types here to run fedctl: by its name, through npx in a clone, else the very file that runs now. */
export async function ownCommand(environment: Environment): Promise<string> {
  // npm puts the package's own programs on the PATH of its scripts: not the person's.
  const startedByNpm = environment.npm_lifecycle_event !== undefined;
  if (!startedByNpm && (await isOnPath(environment, 'fedctl'))) return 'fedctl';
  if (startedByNpm || (await isOnPath(environment, 'npx'))) return 'npx fedctl';
  return `node ${relative(process.cwd(), process.argv[1] ?? '')}`;
}

const yes = () => true;
const no = () => false;
