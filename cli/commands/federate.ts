import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { usageError } from '../exit.ts';
import { federateFile } from '../federation/federate-file.ts';
import { federateLive } from '../federation/federate-live.ts';
import { unfollow } from '../federation/unfollow.ts';

export interface FederateOptions {
  namespace?: string;
  enableType?: boolean;
  contents?: boolean;
  filename?: string;
  skipApiResources?: string;
  clusters?: string;
  follow?: boolean;
  unfollow?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('federate')
    .description('make federated objects of objects that exist: a snapshot, or followed from now on')
    .argument('[type]', 'kind of the object: deploy, deployments.apps, namespace')
    .argument('[name]', 'name of the object')
    .option('-n, --namespace <namespace>', "its namespace (else the context's, else default)")
    .option('-c, --contents', 'of a namespace: federate what is in it too')
    .option('-t, --enable-type', 'enable kinds that are not federated yet')
    .option('-s, --skip-api-resources <kinds>', 'with --contents: kinds or groups to leave out, comma separated')
    .option('--clusters <names>', 'members to go to, comma separated (else all, those that join later included)')
    .option(
      '--follow',
      'with --contents: what is created, changed or deleted in the namespace later is federated along',
    )
    .option('--unfollow', 'of a namespace: follow it no longer; what was federated stays')
    .option('-f, --filename <file>', 'print the federated form of the objects in a file (-: stdin), ask no server')
    .addHelpText(
      'after',
      `
Left out of --contents, and of what is followed: what controllers own, and what every namespace gets by itself. -o yaml prints, and creates nothing.
The label fedmesh.io/follow=false on an object leaves it out of what is followed.

Examples:
  fedctl federate namespace demo --contents --enable-type
  fedctl federate namespace demo --contents --follow
  fedctl federate namespace demo --unfollow
  fedctl federate deploy web -n demo --clusters earth,vulcan
  fedctl federate -f web.yaml | kubectl apply -f -`,
    )
    .action(async (type: string | undefined, name: string | undefined, options: FederateOptions) => {
      if (options.filename !== undefined) {
        if (type !== undefined) throw usageError('-f takes no TYPE and NAME', 'leave one of the two out');
        if (options.follow === true || options.unfollow === true) {
          throw usageError('a file cannot be followed', 'fedctl federate namespace NAME --contents --follow');
        }
        return federateFile(context, options.filename, options);
      }
      if (type === undefined || name === undefined) {
        throw usageError('which object?', 'fedctl federate TYPE NAME [-n NAMESPACE], or -f FILE');
      }
      if (options.unfollow === true) {
        assertAlone(options);
        return unfollow(context, { type, name });
      }
      if (options.follow === true && options.contents !== true) {
        throw usageError('--follow goes with --contents', 'fedctl federate namespace NAME --contents --follow');
      }
      return federateLive(context, { type, name }, options);
    });
}

/** Ending it takes nothing but a namespace; `--contents` may be said, as it was when it began. */
function assertAlone(options: FederateOptions): void {
  if (options.follow === true)
    throw usageError('--follow and --unfollow exclude each other', 'leave one of the two out');
  const others = { '--clusters': options.clusters, '-s': options.skipApiResources, '-t': options.enableType };
  const given = Object.entries(others).find(([, value]) => value !== undefined);
  if (given !== undefined) throw usageError(`${given[0]} does not go with --unfollow`, 'leave it out');
}
