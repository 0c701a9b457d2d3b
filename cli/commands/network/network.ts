import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { register as check } from './check.ts';
import { register as client } from './client.ts';
import { register as netclient } from './netclient.ts';
import { register as planCidrs } from './plan-cidrs.ts';
import { register as setup } from './setup.ts';
import { register as show } from './show.ts';
import { register as status } from './status.ts';
import { register as teardown } from './teardown.ts';
import { register as verify } from './verify.ts';

export function register(program: Command, context: CliContext): void {
  const network = program
    .command('network')
    .description(
      'address ranges of clusters: see them, compare them, plan them; the mesh that carries packets between members, and who reaches whom',
    );
  show(network, context);
  check(network, context);
  planCidrs(network, context);
  setup(network, context);
  netclient(network, context);
  client(network, context);
  teardown(network, context);
  status(network, context);
  verify(network, context);
}
