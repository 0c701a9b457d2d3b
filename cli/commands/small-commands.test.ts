import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { federated, namespaceNamed, writes } from '../testing/objects.ts';
import { Sandbox } from '../testing/run-fedctl.ts';

const execute = promisify(execFile);

describe('small commands', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.start('host');
  });
  afterEach(() => sandbox.close());

  describe('fedctl version', () => {
    it('tells the versions of fedctl, the host and the controller', async () => {
      const { code, stdout } = await sandbox.fedctl('version');

      expect(stdout).toMatch(
        /^fedctl {6}\d+\.\d+\.\d+ \(Node [\d.]+\)\nhost {8}Kubernetes v1\.36\.3 \(host\)\ncontroller {2}not running: none has ever reported here\n$/,
      );
      expect(code).toBe(0);
    });

    it('tells its own where there is no host to ask', async () => {
      await sandbox.servers.host.close();

      const { code, stdout } = await sandbox.fedctl('version -o json');

      expect(JSON.parse(stdout)).toEqual({
        fedctl: expect.any(String),
        node: process.versions.node,
        unknown: 'cluster "host" at http://127.0.0.1:PORT: nothing listens there (connection refused)',
      });
      expect(code).toBe(0);
    });

    it('is told with --version too', async () => {
      const { code, stdout } = await sandbox.fedctl('--version');

      expect(stdout).toMatch(/^fedctl {6}\d+\.\d+\.\d+ \(Node [\d.]+\)\n$/);
      expect(code).toBe(0);
    });

    it('asks nobody with --client', async () => {
      const { stdout } = await sandbox.fedctl('version --client');

      expect(stdout).toMatch(/^fedctl .*\n$/);
    });
  });

  describe('fedctl orphaning-deletion', () => {
    beforeEach(async () => {
      await sandbox.fedctl('init --types namespaces,deployments.apps');
      namespaceNamed(sandbox.servers.host, 'demo');
      sandbox.servers.host.put(federated('Deployment', 'web', 'demo'));
      sandbox.servers.host.requests.length = 0;
    });

    it('switches it on and off and says how it is, by any name of the type', async () => {
      const answers = [];
      for (const words of [
        'status FederatedDeployment',
        'enable fdeploy',
        'enable deploy',
        'status deployments.apps',
        'disable federateddeployments',
      ]) {
        const { stdout, code } = await sandbox.fedctl(`orphaning-deletion ${words} web -n demo`);
        answers.push([code, stdout]);
      }

      expect(answers).toEqual([
        [0, 'Disabled\n'],
        [0, 'federateddeployment.types.kubefed.io/web in demo: orphaning deletion enabled\n'],
        [0, 'federateddeployment.types.kubefed.io/web in demo: orphaning deletion enabled already\n'],
        [0, 'Enabled\n'],
        [0, 'federateddeployment.types.kubefed.io/web in demo: orphaning deletion disabled\n'],
      ]);
    });

    it('changes nothing with --dry-run', async () => {
      await sandbox.fedctl('orphaning-deletion enable deploy web -n demo --dry-run');

      expect(writes(sandbox.servers.host)).toEqual([]);
    });

    it('names the types there are when one is not', async () => {
      const { code, stderr } = await sandbox.fedctl('orphaning-deletion status pods web');

      expect(stderr).toBe('error: "pods" is not a federated type\nhint: enabled are: deployments.apps, namespaces\n');
      expect(code).toBe(1);
    });
  });

  describe('fedctl completion', () => {
    /** What bash would offer for the last word of a line. */
    async function offered(line: string): Promise<string[]> {
      const { stdout: script } = await sandbox.fedctl('completion bash');
      const words = line.split(' ');
      const ask = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _fedctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await execute('bash', ['-c', `${script}\n${ask}`]);
      return stdout.split('\n').filter((word) => word !== '');
    }

    it('offers commands, subcommands, words and flags in bash', async () => {
      expect(await offered('fedctl un')).toContain('uninstall');
      expect(await offered('fedctl --v 2 stat')).toEqual(['status']);
      expect(await offered('fedctl orphaning-deletion ')).toEqual(['enable', 'disable', 'status']);
      expect(await offered('fedctl completion ')).toEqual(['bash', 'zsh', 'fish']);
      expect(await offered('fedctl status --exit')).toEqual(['--exit-code']);
      expect(await offered('fedctl status --kubeconfig-')).toEqual([]);
      expect(await offered('fedctl federate --skip')).toEqual(['--skip-api-resources']);
    });

    it('knows every command in zsh and fish', async () => {
      const { stdout: zsh } = await sandbox.fedctl('completion zsh');
      expect(zsh).toMatch(/^#compdef fedctl\n/);
      expect(zsh).toContain('_fedctl_orphaning_deletion_enable() {');
      expect(zsh).toContain("'(-n --namespace)'{-n,--namespace}'[federated objects of this namespace only]:value: '");
      const { stdout: fish } = await sandbox.fedctl('completion fish');
      expect(fish).toContain("complete -c fedctl -n '__fish_seen_subcommand_from status' -l exit-code -d ");
    });

    it('names the shells there are', async () => {
      const { code, stderr } = await sandbox.fedctl('completion tcsh');

      expect(stderr).toContain(
        "error: command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish",
      );
      expect(code).toBe(2);
    });
  });
});
