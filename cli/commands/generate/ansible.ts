import type { Command } from 'commander';
import { generateAnsible } from '../../../controller/network/generate/ansible.ts';
import type { CliContext } from '../../context.ts';
import { emit, type OutputOptions, withOutputOptions } from '../../generate/output.ts';
import { type SiteOptions, sitesFor, withSiteOptions } from '../../generate/read-sites.ts';
import { forwardOption } from './routes.ts';

interface AnsibleOptions extends SiteOptions, OutputOptions {
  forward: 'first' | 'last';
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('ansible')
    .argument('[context...]', 'contexts of the kubeconfig, or members with --members (else all of them)')
    .description('the same as `generate routes` as an Ansible role with inventory, which lasts over reboots');
  withOutputOptions(withSiteOptions(command))
    .addOption(forwardOption())
    .addHelpText(
      'after',
      `\nExample:
  fedctl generate ansible earth vulcan --gateway earth=e1,vulcan=v1 --output-dir out
  cd out/ansible && ansible-playbook -i inventory.yml fedmesh.yml        # --tags remove undoes it`,
    )
    .action(async (names: string[], options: AnsibleOptions) => {
      const sites = await sitesFor(context, names, options);
      await emit(context, generateAnsible(sites, options), options);
    });
}
