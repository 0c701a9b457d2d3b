import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { usageError } from '../exit.ts';
import { federateFile } from '../federation/federate-file.ts';
import { federateLive } from '../federation/federate-live.ts';

export interface FederateOptions {
  namespace?: string;
  enableType?: boolean;
  contents?: boolean;
  filename?: string;
  skipApiResources?: string;
  clusters?: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('federate')
    .description('make federated objects of objects that exist: a snapshot, as they are now')
    .argument('[type]', 'kind of the object: deploy, deployments.apps, namespace')
    .argument('[name]', 'name of the object')
    .option('-n, --namespace <namespace>', "its namespace (else the context's, else default)")
    .option('-c, --contents', 'of a namespace: federate what is in it too')
    .option('-t, --enable-type', 'enable kinds that are not federated yet')
    .option('-s, --skip-api-resources <kinds>', 'with --contents: kinds or groups to leave out, comma separated')
    .option('--clusters <names>', 'members to go to, comma separated (else all, those that join later included)')
    .option('-f, --filename <file>', 'print the federated form of the objects in a file (-: stdin), ask no server')
    .addHelpText(
      'after',
      `
Left out of --contents: what controllers own, and what every namespace gets by itself. -o yaml prints, and creates nothing.

Examples:
  fedctl federate namespace demo --contents --enable-type
  fedctl federate deploy web -n demo --clusters earth,vulcan
  fedctl federate -f web.yaml | kubectl apply -f -`,
    )
    .action(async (type: string | undefined, name: string | undefined, options: FederateOptions) => {
      if (options.filename !== undefined) {
        if (type !== undefined) throw usageError('-f takes no TYPE and NAME', 'leave one of the two out');
        return federateFile(context, options.filename, options);
      }
      if (type === undefined || name === undefined) {
        throw usageError('which object?', 'fedctl federate TYPE NAME [-n NAMESPACE], or -f FILE');
      }
      return federateLive(context, { type, name }, options);
    });
}
