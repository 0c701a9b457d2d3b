import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { register as disable } from './disable.ts';
import { register as enable } from './enable.ts';
import { register as status } from './status.ts';

export function register(program: Command, context: CliContext): void {
  const services = program
    .command('services')
    .description('Services across clusters: the Multi-Cluster Services API in members');
  enable(services, context);
  disable(services, context);
  status(services, context);
}
