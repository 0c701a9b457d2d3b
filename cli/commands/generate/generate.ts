import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { register as ansible } from './ansible.ts';
import { register as controlPlaneVip } from './control-plane-vip.ts';
import { register as coredns } from './coredns.ts';
import { register as node } from './node.ts';
import { register as routes } from './routes.ts';
import { register as securityGroups } from './security-groups.ts';

export function register(program: Command, context: CliContext): void {
  const generate = program
    .command('generate')
    .description('files and scripts for what lies outside of clusters: routes, firewalls, control planes, nodes');
  routes(generate, context);
  ansible(generate, context);
  securityGroups(generate, context);
  controlPlaneVip(generate, context);
  node(generate, context);
  coredns(generate, context);
}
