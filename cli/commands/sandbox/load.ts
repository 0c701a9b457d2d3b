import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';

export function register(_sandbox: Command, _context: CliContext): void {}
