import type { Environment } from '../../controller/kube/kubeconfig.ts';
import { HOST } from './member-names.ts';
import { isOnPath, ownCommand } from './on-path.ts';

export interface InvitationOptions {
  readonly kubeconfig: string;
  readonly members: readonly string[];
  /** Only control planes run. */
  readonly bare: boolean;
  /** ` --name NAME` where it needs naming. */
  readonly nameFlag: string;
  readonly controllerLog?: string;
  /** URL. */
  readonly dashboard?: string;
}

/** What a person can type next, ready to paste; with fedctl's own commands where there is no kubectl. */
export async function invitation(environment: Environment, options: InvitationOptions): Promise<string> {
  const { kubeconfig, members, bare } = options;
  const fedctl = await ownCommand(environment);
  const hasKubectl = await isOnPath(environment, 'kubectl');
  const kubectl = hasKubectl ? 'kubectl' : fedctl;
  const named = options.nameFlag;
  const other = members.at(-1) ?? HOST;
  const lines: (readonly [string, string])[] = bare
    ? [
        [`${kubectl} get namespaces --context ${HOST}`, ''],
        [`${fedctl} init && ${fedctl} join ${other}`, `make ${HOST} a host, ${other} a member`],
      ]
    : [
        [`${kubectl} get federateddeployments --context ${HOST} -n fedtestns`, 'propagated, clusters ok/total'],
        hasKubectl
          ? [`kubectl scale deployment fedhttp --replicas=5 --context ${other} -n fedtestns`, 'drift: repaired at once']
          : [`${fedctl} delete deployment fedhttp --context ${other} -n fedtestns`, 'drift: repaired at once'],
        [`${kubectl} get deployments,pods,services --context ${other} -n fedtestns`, ''],
        [`${fedctl} status -w`, 'everything in one table'],
        [`${fedctl} sandbox break${named} ${other} --how hang --for 30s`, 'and watch what happens'],
        [`${fedctl} sandbox load${named} 500`, `500 objects to ${members.length === 1 ? 'it' : 'all of them'}`],
        [`${fedctl} unjoin ${other}`, 'it leaves, and nothing stays behind'],
      ];
  const width = Math.min(78, Math.max(...lines.map(([command]) => command.length)));
  return [
    'In another terminal:',
    '',
    `  export KUBECONFIG=${kubeconfig}`,
    ...lines.map(([command, why]) => `  ${command.padEnd(width)}${why === '' ? '' : `  # ${why}`}`.trimEnd()),
    '',
    ...(options.dashboard === undefined ? [] : [`The dashboard: ${options.dashboard}`]),
    ...(options.controllerLog === undefined ? [] : [`The controller's log: ${options.controllerLog}`]),
    `Ctrl-C, or \`${fedctl} sandbox down${named}\`, stops everything and leaves nothing behind.`,
    '',
  ].join('\n');
}
