import { createHash } from 'node:crypto';
import type { IpFamily } from '../../../apis/meta/ip-range.ts';
import { ofFamily } from './addresses.ts';
import { fileName, type GeneratedFile, madeBy, SCRIPT } from './generated-file.ts';
import { iptablesForward, iptablesNoMasquerade } from './iptables.ts';
import { nftTable } from './nftables.ts';
import type { NodePlan, PlannedRoute } from './route-plan.ts';
import { ROUTES_PROGRAM } from './routes-program.ts';

/**
 * Number of the routing protocol that our routes bear in the kernel (`ip route show proto 199`), by which they are told from others'.
 * Nobody has it: /etc/iproute2/rt_protos ends with 192.
 */
export const ROUTE_PROTOCOL = 199;

export interface RoutesScriptOptions {
  /** What it does when it is run without a word. */
  readonly action: 'apply' | 'remove';
  /** Whether network policies, which stand before, decide first, or nothing that stands in FORWARD is asked. */
  readonly forward: 'last' | 'first';
}

/** One script for one node: applies, checks and removes its routes and rules. Applied twice it changes nothing. */
export function routesScript(plan: NodePlan, options: RoutesScriptOptions): GeneratedFile {
  const families: readonly IpFamily[] = [4, 6];
  const routes = families.map((family) => dataFunction(`routes${family}`, routeLines(ofRoutes(family, plan.routes))));
  const nft = (stamp: string) => families.map((family) => nftTable(family, plan, stamp)).join('');
  const forward = (family: IpFamily) => (stamp: string) => iptablesForward(family, plan, stamp);
  const keep = (family: IpFamily) => (stamp: string) => iptablesNoMasquerade(family, plan, stamp);
  const rules = (stamp: string) =>
    nft(stamp) + families.map((family) => forward(family)(stamp) + keep(family)(stamp)).join('');
  const stamp = `fedmesh-${createHash('sha256').update(rules('')).digest('hex').slice(0, 12)}`;
  const header = [
    '#!/bin/sh',
    `${madeBy('routes', `node ${plan.node} of ${plan.cluster}${plan.gateway ? ', its gateway' : ''}`)}#`,
    `# sh ${fileName(plan.node)}.sh [apply|check|remove]    (${options.action}, if unsaid)`,
    '# Needs root, iproute2, and nft or iptables. It touches nothing that it did not make.',
    'set -eu',
    '',
    `ACTION=\${1:-${options.action}}`,
    `PROTOCOL=${ROUTE_PROTOCOL}`,
    `STAMP=${stamp}`,
    `FORWARD=${options.forward}`,
    '',
    '',
  ].join('\n');
  const data = [
    ...routes,
    dataFunction('nft_tables', nft(stamp)),
    ...families.map((family) => dataFunction(`drops${family}`, forwardPairs(family, plan))),
    ...families.map((family) => dataFunction(`forward${family}`, forward(family)(stamp))),
    ...families.map((family) => dataFunction(`keep${family}`, keep(family)(stamp))),
  ].join('\n');
  return {
    path: `routes/${fileName(plan.cluster)}/${fileName(plan.node)}.sh`,
    mode: SCRIPT,
    text: `${header}${data}\n${ROUTES_PROGRAM}`,
  };
}

function ofRoutes(family: IpFamily, routes: readonly PlannedRoute[]): PlannedRoute[] {
  return routes.filter(({ to }) => to.family === family);
}

function routeLines(routes: readonly PlannedRoute[]): string {
  return routes.map(({ to, via, dev }) => `${to.text} ${via === undefined ? `dev ${dev}` : `via ${via}`}\n`).join('');
}

/** For chains of nftables that drop what is forwarded: the match of each rule that is added there, one a line. */
function forwardPairs(family: IpFamily, plan: NodePlan): string {
  const local = ofFamily(family, plan.local).map(({ text }) => text);
  const remote = ofFamily(family, plan.remote).map(({ text }) => text);
  if (local.length === 0 || remote.length === 0) return '';
  const ip = family === 4 ? 'ip' : 'ip6';
  const [ours, theirs] = [`{ ${local.join(', ')} }`, `{ ${remote.join(', ')} }`];
  return [`${ip} saddr ${ours} ${ip} daddr ${theirs}`, `${ip} saddr ${theirs} ${ip} daddr ${ours}`, ''].join('\n');
}

/** A shell function that prints these lines. */
function dataFunction(name: string, lines: string): string {
  return lines === '' ? `${name}() { :; }\n` : `${name}() {\n  cat <<'END'\n${lines}END\n}\n`;
}
