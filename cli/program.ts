import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { DEFAULT_KUBEFED_NAMESPACE } from '../apis/well-known.ts';
import { register as apply } from './commands/apply.ts';
import { register as completion } from './commands/completion.ts';
import { register as cordon } from './commands/cordon.ts';
import { register as dashboard } from './commands/dashboard.ts';
import { register as deletion } from './commands/delete.ts';
import { register as disable } from './commands/disable.ts';
import { register as drain } from './commands/drain.ts';
import { register as enable } from './commands/enable.ts';
import { register as exportService } from './commands/export.ts';
import { register as federate } from './commands/federate.ts';
import { register as generate } from './commands/generate/generate.ts';
import { register as get } from './commands/get.ts';
import { register as init } from './commands/init.ts';
import { register as join } from './commands/join.ts';
import { register as migrate } from './commands/migrate.ts';
import { register as network } from './commands/network/network.ts';
import { register as orphaningDeletion } from './commands/orphaning-deletion.ts';
import { register as sandbox } from './commands/sandbox/sandbox.ts';
import { register as services } from './commands/services/services.ts';
import { register as status } from './commands/status.ts';
import { register as top } from './commands/top.ts';
import { register as uninstall } from './commands/uninstall.ts';
import { register as unjoin } from './commands/unjoin.ts';
import { register as version } from './commands/version.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import { EXIT, usageError } from './exit.ts';
import { fromGo } from './go-flags.ts';
import { describeError, type ErrorReport } from './output/errors.ts';

/** A context that learns its options once the command line is understood, and that is closed at the end. */
export interface RunContext extends CliContext {
  /** Undefined: as it ended. */
  readonly exitCode: number | undefined;
  use(options: GlobalOptions): void;
  close(): Promise<void>;
}

/** Runs one command line (without node and script). Never throws and never exits: it answers with the exit code. */
export async function run(argv: readonly string[], context: RunContext): Promise<number> {
  const complaints: string[] = [];
  const program = createProgram(context, (text) => complaints.push(text));
  try {
    if (argv.length === 0) {
      program.outputHelp();
      return EXIT.ok;
    }
    const [first, asked] = argv;
    // Not a flag of the program: `enable --version v2` means another one.
    if (first === '--version' && argv.length === 1) {
      await program.parseAsync(['version', '--client'], { from: 'user' });
      return EXIT.ok;
    }
    if (first === 'help' && asked !== undefined && !program.commands.some((known) => known.name() === asked)) {
      throw usageError(`unknown command '${asked}'`, '`fedctl --help` shows what there is');
    }
    await program.parseAsync(fromGo(argv, program), { from: 'user' });
    return context.exitCode ?? (context.signal.aborted ? EXIT.interrupted : EXIT.ok);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    // The help has been shown instead of doing something: a subcommand is missing.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
    const report =
      error instanceof CommanderError
        ? describeUsage(complaints.join('') || error.message, program, argv)
        : describeError(error, context);
    if (report.message !== '') context.stderr.write(`error: ${report.message}\n`);
    if (report.hint !== undefined) context.stderr.write(`hint: ${report.hint}\n`);
    return report.exitCode;
  } finally {
    await context.close();
  }
}

/** The whole command tree. `completion` and the tests read it too. */
export function createProgram(context: RunContext, complain: (text: string) => void): Command {
  const program = new Command('fedctl')
    .description('Federate Kubernetes clusters: join them, say what runs where, see that it does.')
    .option('--kubeconfig <file>', 'kubeconfig to use (else KUBECONFIG, else ~/.kube/config)')
    .option(
      '--host-cluster-context <context>',
      'context of the cluster that hosts the control plane (else the current one)',
    )
    .option('--kubefed-namespace <namespace>', 'namespace of the control plane', DEFAULT_KUBEFED_NAMESPACE)
    .option('--dry-run', 'say what would be done, change nothing')
    .option('-v, --v <level>', '1: say what is skipped and why; 2: log every request to stderr', parseVerbosity, 0)
    .option('-o, --output <format>', 'output format, where a command has several')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: complain,
      getOutHelpWidth: () => context.stdout.columns,
      getErrHelpWidth: () => context.stderr.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .hook('preAction', () => context.use(readGlobalOptions(program)));

  program.commandsGroup('The control plane:');
  init(program, context);
  uninstall(program, context);
  migrate(program, context);
  status(program, context);
  top(program, context);
  dashboard(program, context);
  program.commandsGroup('Members:');
  join(program, context);
  unjoin(program, context);
  cordon(program, context);
  drain(program, context);
  program.commandsGroup('What is federated:');
  enable(program, context);
  disable(program, context);
  federate(program, context);
  orphaningDeletion(program, context);
  program.commandsGroup('The network between members:');
  network(program, context);
  generate(program, context);
  program.commandsGroup('Services across clusters:');
  services(program, context);
  exportService(program, context);
  program.commandsGroup('Any object of any cluster:');
  apply(program, context);
  get(program, context);
  deletion(program, context);
  program.commandsGroup('To try things on:');
  sandbox(program, context);
  program.commandsGroup('About fedctl:');
  version(program, context);
  completion(program, context);
  return program.addHelpCommand(
    new Command('help').argument('[command]').description('show what a command takes').helpGroup('About fedctl:'),
  );
}

function readGlobalOptions(program: Command): GlobalOptions {
  const options = program.opts<{
    kubeconfig?: string;
    hostClusterContext?: string;
    kubefedNamespace: string;
    dryRun?: boolean;
    v: number;
    output?: string;
  }>();
  return {
    // An empty value is what an unset variable leaves, as in `--kubeconfig="$FILE"`: kubectl takes it for none.
    ...(!options.kubeconfig ? {} : { kubeconfig: options.kubeconfig }),
    ...(!options.hostClusterContext ? {} : { hostClusterContext: options.hostClusterContext }),
    kubefedNamespace: options.kubefedNamespace,
    dryRun: options.dryRun === true,
    verbosity: options.v,
    ...(options.output === undefined ? {} : { output: options.output }),
  };
}

function parseVerbosity(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It is a number from 0 to 9.');
  return Number(text);
}

/** Commander's complaint as our two lines: what is wrong, and what was probably meant. */
function describeUsage(complaint: string, program: Command, argv: readonly string[]): ErrorReport {
  const [first = '', ...rest] = complaint.trim().split('\n');
  const meant = /^\(Did you mean (.*)\?\)$/.exec(rest.join(' ').trim())?.[1];
  const command = program.commands.find((known) => argv.includes(known.name()));
  return {
    message: first.replace(/^error: /, '').replace(/\.$/, ''),
    hint:
      meant === undefined
        ? `\`fedctl ${command === undefined ? '' : `${command.name()} `}--help\` shows what there is`
        : `did you mean ${meant}?`,
    exitCode: EXIT.usage,
  };
}
