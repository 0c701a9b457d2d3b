import { ANONYMOUS } from './kube/credentials.ts';
import type { Endpoint } from './kube/endpoint.ts';
import { inClusterEndpoint } from './kube/in-cluster.ts';
import { type Environment, endpointFor, loadKubeconfig } from './kube/kubeconfig.ts';
import type { ControllerOptions } from './options.ts';

type Flags = Pick<ControllerOptions, 'kubeconfig' | 'master'>;

/** As in KubeFed, whoever names a kubeconfig or a server is outside the cluster, wherever the process runs. */
export function runsInCluster({ kubeconfig, master }: Flags, environment: Environment): boolean {
  return kubeconfig === undefined && master === undefined && environment.KUBERNETES_SERVICE_HOST !== undefined;
}

/**
 * Where the host is: in the kubeconfig, under `--master` if that is given; with `--master` alone inside a pod, there without
 * credentials; in the cluster of the pod; else where kubectl would look.
 */
export async function hostEndpoint(flags: Flags, environment: Environment): Promise<Endpoint> {
  const { kubeconfig: path, master } = flags;
  const { KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT } = environment;
  if (runsInCluster(flags, environment)) {
    return inClusterEndpoint({ cluster: 'host', host: KUBERNETES_SERVICE_HOST, port: KUBERNETES_SERVICE_PORT });
  }
  if (path === undefined && master !== undefined && KUBERNETES_SERVICE_HOST !== undefined) {
    return { cluster: 'host', server: master, tls: {}, credentials: ANONYMOUS };
  }
  const kubeconfig = await loadKubeconfig({ ...(path === undefined ? {} : { path }), environment });
  const endpoint = endpointFor(kubeconfig, { cluster: 'host' });
  return master === undefined ? endpoint : { ...endpoint, server: master };
}
