import { readFileSync } from 'node:fs';
import { createDashboard, type Dashboard, type DashboardOptions } from './dashboard/dashboard.ts';
import type { ControlPlane } from './membership/control-plane.ts';
import type { ControllerOptions } from './options.ts';

type Shared = Pick<DashboardOptions, 'host' | 'clock' | 'random' | 'log' | 'version'> & {
  readonly controlPlane: ControlPlane;
};

/** What a proxy shares with the dashboard is made by a machine. */
const SHORTEST_SECRET = 16;

/** The dashboard as the command line asks for it; undefined: it asks for none. */
export function servedDashboard(options: ControllerOptions, shared: Shared): Dashboard | undefined {
  const { dashboardAddr: address, dashboardOpen: open } = options;
  if (address === '0') return undefined;
  const { host, clock, random, log, version, controlPlane } = shared;
  const { namespace, scope } = controlPlane;
  return createDashboard({
    ...{ host, clock, random, log, version, address, open, namespace, proxy: proxyOf(options) },
    targetNamespace: scope === 'Namespaced' ? namespace : undefined,
  });
}

/** @throws the file with the secret cannot be read, or holds one that can be guessed */
function proxyOf(options: ControllerOptions): DashboardOptions['proxy'] {
  const { dashboardProxyHeader: header, dashboardProxySecretFile: file, dashboardProxyGroupsHeader } = options;
  if (header === undefined || file === undefined) return undefined;
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < SHORTEST_SECRET) {
    throw new Error(`${file}: the secret of the proxy is shorter than ${SHORTEST_SECRET} characters`);
  }
  const groups = dashboardProxyGroupsHeader === undefined ? {} : { groupsHeader: dashboardProxyGroupsHeader };
  return { header, ...groups, from: options.dashboardProxyFrom, secret };
}
