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
].join(',');

/** Real kube-apiservers with their controllers, one for each name. */
export async function startReal<const Name extends string>(...names: Name[]): Promise<RunningServer[]> {
  const control = await startControlPlanes({ names, controllers: CONTROLLERS });
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
