import { type Command, Option } from 'commander';
import type { CliContext } from '../../context.ts';
import { usageError } from '../../exit.ts';
import { humanDuration } from '../../output/age.ts';
import { parseDuration } from '../../sandbox/duration.ts';
import { ownCommand } from '../../sandbox/on-path.ts';
import { FAULT_KINDS, type FaultKind } from '../../sandbox/runtime/runtime.ts';
import { addNameOption, type NamedSandbox, nameFlag, runningSandbox } from './running.ts';

interface BreakOptions extends NamedSandbox {
  how: FaultKind;
  for: number;
}

/** What happens to the cluster, and what a person will see of it. */
const EFFECTS: Readonly<Record<FaultKind, { happens: string; watch: string }>> = {
  hang: {
    happens: 'takes connections and answers nothing',
    watch: 'it turns READY False, its copies ClusterNotReady; the other clusters go on as if nothing were',
  },
  refuse: {
    happens: 'refuses connections, as when its API server is down',
    watch: 'it turns READY False with "connection refused"; what you change meanwhile arrives once it is back',
  },
  reset: {
    happens: 'breaks off every connection instead of answering',
    watch: 'the controller tries again, later each time, and READY turns False; nothing is lost',
  },
  slow: {
    happens: 'answers everything half a second late or more',
    watch: 'changes arrive late there and at once elsewhere: no cluster waits for another',
  },
  'expired-token': {
    happens: 'takes every token for expired: 401',
    watch: 'READY False with the hint to join again; when tokens count again it heals by itself',
  },
  'watch-drop': {
    happens: 'loses events of its watches, as a broken proxy might',
    watch: 'drift there may go unseen for a while, and is repaired when the watch is begun anew',
  },
};

export function register(sandbox: Command, context: CliContext): void {
  addNameOption(
    sandbox
      .command('break')
      .argument('<cluster>', 'one of the sandbox: vulcan')
      .description('break a cluster of a sandbox for a while, to see what happens'),
  )
    .addOption(new Option('--how <how>', 'in which way').choices(FAULT_KINDS).default('hang'))
    .addOption(new Option('--for <duration>', '30s, 5m').argParser(parseDuration).default(30_000, '30s'))
    .action((cluster: string, options: BreakOptions) => breakCluster(context, cluster, options));
}

async function breakCluster(context: CliContext, cluster: string, options: BreakOptions): Promise<void> {
  const sandbox = await runningSandbox(context, options);
  const { clusters } = await sandbox.report();
  if (!clusters.some(({ name }) => name === cluster)) {
    throw usageError(
      `the sandbox has no cluster "${cluster}"`,
      `it has: ${clusters.map(({ name }) => name).join(', ')}`,
    );
  }
  await sandbox.break({ cluster, how: options.how, forMs: options.for });
  const fedctl = await ownCommand(context.environment);
  const { happens, watch } = EFFECTS[options.how];
  context.stdout.write(
    [
      `${cluster} ${happens}, for ${humanDuration(options.for)}.`,
      `Watch: ${fedctl} status -w`,
      `  ${watch}.`,
      `Mend it sooner: ${fedctl} sandbox mend${nameFlag(options)} ${cluster}`,
      '',
    ].join('\n'),
  );
}
