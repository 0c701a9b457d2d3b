import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { register as breakCluster } from './break.ts';
import { register as down } from './down.ts';
import { register as load } from './load.ts';
import { register as mend } from './mend.ts';
import { register as status } from './status.ts';
import { register as up } from './up.ts';

export function register(program: Command, context: CliContext): void {
  const sandbox = program
    .command('sandbox')
    .description('a federation on this machine, to try things on: host, earth and vulcan, with nothing but Node');
  up(sandbox, context);
  status(sandbox, context);
  load(sandbox, context);
  breakCluster(sandbox, context);
  mend(sandbox, context);
  down(sandbox, context);
}
