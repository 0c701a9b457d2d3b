import * as envtest from '../../cli/sandbox/envtest/control-planes.ts';
import { findOrBuildBinaries } from './binaries.ts';

export type { ControlPlanes, StartOptions } from '../../cli/sandbox/envtest/control-planes.ts';

/** Real Kubernetes control planes on loopback, of binaries that are built where there are none. */
export async function startControlPlanes<const Name extends string>(
  options: envtest.StartOptions<Name>,
): Promise<envtest.ControlPlanes<Name>> {
  return envtest.startControlPlanes({ ...options, binaries: options.binaries ?? (await findOrBuildBinaries()) });
}
