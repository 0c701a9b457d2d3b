import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import {
  type FeatureGate,
  KUBEFED_CONFIG_NAME,
  KUBEFED_CONFIGS,
  type KubeFedConfig,
} from '../../apis/core/v1beta1/kubefed-config.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { type Client, createClient } from '../../controller/kube/client.ts';
import { endpointFor, loadKubeconfig } from '../../controller/kube/kubeconfig.ts';
import { type ControlPlanes, type PlanesOptions, startControlPlanes } from './control-planes.ts';
import { limitedKubeconfig } from './limited-controller.ts';
import { ControllerProcess, type Finished, fedctl, kubectl, succeed } from './processes.ts';

/** Feature gates with which every federation of this run is made: `FEDMESH_TEST_GATES=PropagatedVersions npm run e2e`. */
export const TEST_GATES: ReadonlySet<string> = new Set(
  (process.env.FEDMESH_TEST_GATES ?? '').split(',').filter((name) => name !== ''),
);

/** A federation of control planes, made as a person makes one: `fedctl init`, `fedctl join`, the controller. */
export interface Federation<Name extends string = string> {
  readonly planes: ControlPlanes<Name>['planes'];
  readonly kubeconfig: string;
  /** An administrator's client for each control plane, past any controller. */
  readonly clients: Readonly<Record<Name, Client>>;
  controller: ControllerProcess;
  fedctl(...args: string[]): Promise<Finished>;
  /** The output of kubectl in this context; throws when it fails. */
  kubectl(context: Name, ...args: string[]): Promise<string>;
  /** Applies YAML in this context. */
  apply(context: Name, yaml: string): Promise<void>;
  /** Starts one more replica of the controller; whoever asks stops it. */
  another(): Promise<ControllerProcess>;
  /** Starts a controller anew, after the last one was stopped or killed. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface FederationOptions<Name extends string> {
  /** The first is the host. */
  readonly names: readonly Name[];
  /** Default: all but the host. */
  readonly members?: readonly Name[];
  readonly planes?: Omit<PlanesOptions<Name>, 'names'>;
  readonly controllerArgs?: readonly string[];
  /**
   * Limits the control plane to this namespace (KubeFed's scope Namespaced), and the controller to the rights that
   * `manifests/namespaced` gives it there.
   */
  readonly onlyIn?: string;
}

export async function startFederation<const Name extends string>(
  options: FederationOptions<Name>,
): Promise<Federation<Name>> {
  const { names } = options;
  const [host, ...others] = names;
  if (host === undefined) throw new RangeError('a federation has a host');
  const planes = await startControlPlanes({ ...options.planes, names });
  const kubeconfig = planes.kubeconfigPath;
  const { onlyIn } = options;
  const flags = ['--host-cluster-context', host, ...(onlyIn === undefined ? [] : ['--kubefed-namespace', onlyIn])];
  const run = (...args: string[]) => fedctl(kubeconfig, [...args, ...flags]);
  let controllerKubeconfig = kubeconfig;
  const start = () =>
    ControllerProcess.start({
      kubeconfig: controllerKubeconfig,
      ...(onlyIn === undefined ? {} : { namespace: onlyIn }),
      ...(options.controllerArgs === undefined ? {} : { args: options.controllerArgs }),
    });
  try {
    await succeed(run('init', ...(onlyIn === undefined ? [] : ['--scope', 'Namespaced'])));
    if (onlyIn !== undefined) controllerKubeconfig = await limitedKubeconfig(kubeconfig, host, onlyIn);
    for (const member of options.members ?? others) await succeed(run('join', member));
    const clients = await clientsFor(kubeconfig, names);
    await enableGates(clients[host], onlyIn ?? DEFAULT_KUBEFED_NAMESPACE, options.controllerArgs);
    const controller = await start();
    const federation: Federation<Name> = {
      planes: planes.planes,
      kubeconfig,
      clients,
      controller,
      fedctl: run,
      kubectl: (context, ...args) => succeed(kubectl(kubeconfig, ['--context', context, ...args])),
      async apply(context, yaml) {
        await succeed(kubectl(kubeconfig, ['--context', context, 'apply', '-f', '-'], { stdin: yaml }));
      },
      another: start,
      async restart() {
        await federation.controller.stop();
        federation.controller = await start();
      },
      async close() {
        await federation.controller.stop();
        await Promise.all(names.map((name) => clients[name].close()));
        await planes.close();
      },
    };
    return federation;
  } catch (error) {
    await planes.close();
    throw error;
  }
}

/** In the KubeFedConfig on the host, and in the file that the controller is given in its place. */
async function enableGates(host: Client, namespace: string, controllerArgs: readonly string[] = []): Promise<void> {
  if (TEST_GATES.size === 0) return;
  const signal = AbortSignal.timeout(60_000);
  const ref = { name: KUBEFED_CONFIG_NAME, namespace };
  const { spec } = await host.get<KubeFedConfig>(KUBEFED_CONFIGS, ref, { signal });
  const body = { spec: { featureGates: withTestGates(spec.featureGates) } };
  await host.patch(KUBEFED_CONFIGS, ref, { type: 'merge', body }, { signal });
  for (const arg of controllerArgs) {
    const file = /^--kubefed-config=(.+)$/.exec(arg)?.[1];
    if (file === undefined) continue;
    const config = parse(await readFile(file, 'utf8')) as KubeFedConfig;
    config.spec.featureGates = withTestGates(config.spec.featureGates);
    await writeFile(file, stringify(config));
  }
}

function withTestGates(gates: readonly FeatureGate[] = []): FeatureGate[] {
  const others = gates.filter(({ name }) => !TEST_GATES.has(name));
  return [...others, ...[...TEST_GATES].map((name) => ({ name, configuration: 'Enabled' as const }))];
}

/** Who writes past any controller must not pass for it in `managedFields`. */
const STRANGER = { fieldManager: 'stranger' };

async function clientsFor<Name extends string>(
  kubeconfig: string,
  names: readonly Name[],
): Promise<Record<Name, Client>> {
  const loaded = await loadKubeconfig({ path: kubeconfig });
  const entries = names.map(
    (name) => [name, createClient(endpointFor(loaded, { context: name, cluster: name }), STRANGER)] as const,
  );
  return Object.fromEntries(entries) as Record<Name, Client>;
}
