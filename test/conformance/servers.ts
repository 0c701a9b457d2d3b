import { startControlPlanes } from '../kube/control-planes.ts';
import type { Target } from './wire.ts';

export interface RunningServer {
  readonly target: Target;
  close(): Promise<void>;
}

/** What the embedded server has too: the others would write where scenarios read. */
const CONTROLLERS = [
  'namespace-controller',
  'garbage-collector-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'resourcequota-controller',
  'clusterrole-aggregation-controller',
  'service-cidr-controller',
].join(',');

/** So that what was long ago can be asked for within a test. */
const FORGETS_SOON = ['--etcd-compaction-interval=5s'];

/** Real kube-apiservers with their controllers, one for each name. */
export async function startReal<const Name extends string>(...names: Name[]): Promise<RunningServer[]> {
  const control = await startControlPlanes({ names, controllers: CONTROLLERS, apiServerArgs: FORGETS_SOON });
  return names.map((name) => {
    const plane = control.planes[name];
    return {
      target: {
        name,
        url: plane.server,
        caPem: plane.caPem,
        token: plane.adminToken,
        issueClientCertificate: (commonName, organizations) =>
          plane.issueClientCertificate({ commonName, organizations }),
      },
      close: () => control.close(),
    };
  });
}

/**
 * The real server and the embedded one; with `CONFORMANCE_TWO_REAL=1` two real ones, which shows what the suite itself
 * cannot hold still.
 */
export async function startPair(): Promise<[RunningServer, RunningServer]> {
  if (process.env.CONFORMANCE_TWO_REAL === '1')
    return startReal('real', 'embedded') as Promise<[RunningServer, RunningServer]>;
  const { startEmbedded } = await import('./embedded.ts');
  const [real] = await startReal('real');
  if (real === undefined) throw new Error('a real server was to be started');
  return [real, await startEmbedded('embedded')];
}
