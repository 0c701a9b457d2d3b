import type { Cause } from './diagnosis.ts';
import type { Sight } from './evidence.ts';

/** The sentences. Each says what was seen, between whom, and what to do. */

export const REACHABLE: Cause = { class: 'Reachable', message: '', wayOut: '' };

export function unknown(from: string, to: string): Cause {
  return {
    class: 'Unknown',
    message: `nothing fresh is known of the way from ${from} to ${to}`,
    wayOut: `see that the probes of both run: kubectl get pods -n fedmesh-probe in each`,
  };
}

export function wrongIdentity(from: string, to: string, { address, answeredBy }: Sight): Cause {
  const who =
    answeredBy === undefined
      ? 'something that is no probe'
      : answeredBy === to
        ? `another cluster that calls itself ${to}`
        : `${answeredBy === from ? `${from} itself` : answeredBy}`;
  return {
    class: 'WrongIdentity',
    message: `${address} of ${to} was answered by ${who} when asked from ${from}: two networks have the same addresses`,
    wayOut:
      '`fedctl network check` names the ranges; build one of the two anew with another, or have the mesh remap it',
  };
}

export function overlapped(from: string, to: string, others: readonly string[]): Cause {
  return {
    class: 'WrongIdentity',
    message: `packets between ${from} and ${to} are lost because the addresses of ${others.join(' and ')} overlap`,
    wayOut:
      '`fedctl network check` names the ranges; build one of the two anew with another, or have the mesh remap it',
  };
}

export function gatewayDown(cluster: string, message: string): Cause {
  return {
    class: 'GatewayDown',
    message: `the gateway of ${cluster} is down${message === '' ? '' : `: ${message}`}`,
    wayOut: `look at the gateway node of ${cluster} and the mesh's agent on it`,
  };
}

export function noRoute(from: string, to: string, nodes: readonly string[]): Cause {
  return {
    class: 'NoRoute',
    message: `${from} has no route to the pods of ${to}${nodes.length === 0 ? '' : ` (asked from ${nodes.join(', ')})`}`,
    wayOut: `give the nodes of ${from} a route to the ranges of ${to}: \`fedctl generate routes\` writes them`,
  };
}

export function noRouteBack(from: string, to: string): Cause {
  return {
    class: 'NoRoute',
    message: `answers do not come back to ${from}: ${to} has no route to the pods of ${from}`,
    wayOut: `give the nodes of ${to} a route to the ranges of ${from}: \`fedctl generate routes\` writes them`,
  };
}

export function nodeRoutes(from: string, to: string, askers: readonly string[], asked: readonly string[]): Cause {
  const parts = [
    ...(askers.length === 0 ? [] : [`from ${askers.join(', ')} of ${from}`]),
    ...(asked.length === 0 ? [] : [`to ${asked.join(', ')} of ${to}`]),
  ];
  return {
    class: 'NodeRoutes',
    message: `${from} reaches ${to}, but not ${parts.join(', nor ')}: these nodes lack the routes that others have`,
    wayOut:
      'route the ranges of the other members on these nodes through their gateway: `fedctl generate routes` writes them',
  };
}

export function oneWay(from: string, to: string): Cause {
  return {
    class: 'OneWay',
    message: `${to} reaches ${from}, but ${from} does not reach ${to}: packets pass as answers only`,
    wayOut: `see that nothing puts a node's address on what the pods of ${from} send to ${to} (masquerade), and that no firewall of ${to} turns new connections away`,
  };
}

export function dropped(from: string, to: string, alone: string | undefined): Cause {
  return {
    class: 'Dropped',
    message: `nothing comes back to ${from} from ${to}${alone === undefined ? '' : `, and no other member exchanges anything with ${alone} either`}`,
    wayOut:
      alone === undefined
        ? 'see that the gateways forward (FORWARD rules, security groups) and that the tunnel between them is up'
        : `see that the gateway of ${alone} runs, forwards (FORWARD rules, security groups) and has its tunnels up`,
  };
}

export function refused(from: string, to: string, { kind, address, error }: Sight): Cause {
  return {
    class: 'Refused',
    message: `${kind === 'service' ? 'Service' : 'pod'} ${address} of ${to} refuses connections from ${from} (${error})`,
    wayOut:
      kind === 'service'
        ? `see that the Service fedmesh-probe of ${to} has ready endpoints, and that no firewall rejects`
        : `see that no firewall and no NetworkPolicy of ${to} rejects, and that its probe runs`,
  };
}

export function packetSize(from: string, to: string): Cause {
  return {
    class: 'PacketSize',
    message: `small packets pass from ${from} to ${to}, large ones do not`,
    wayOut:
      'lower the MTU of the pods to that of the tunnel (1420 for WireGuard), clamp the MSS on the gateways, or let ICMP "fragmentation needed" pass',
  };
}

export function serviceRange(from: string, to: string): Cause {
  return {
    class: 'ServiceRange',
    message: `pods of ${to} are reached from ${from}, its Services are not: the Service range is not routed, or ${from} takes it for its own`,
    wayOut: `route the Service range of ${to} (spec.routes.services) once it differs from that of ${from}, or export Services (ServiceExport) instead`,
  };
}

export function masqueraded(from: string, to: string, seenAs: string | undefined): Cause {
  const as = seenAs === undefined ? 'an address that is none of its pods' : `${seenAs}, which is none of its pods`;
  return {
    class: 'Masqueraded',
    message: `what the pods of ${from} send to ${to} is sent as ${as}`,
    wayOut: `keep the nodes and the gateway of ${from} from masquerading what goes to the ranges of ${to}: \`fedctl generate routes\` writes the rules`,
  };
}

export function partial(from: string, to: string, failed: readonly Sight[], all: number): Cause {
  const first = failed[0];
  const example =
    first === undefined ? '' : `, such as ${first.address} from ${first.askedFrom} (${first.error ?? first.outcome})`;
  return {
    class: 'Partial',
    message: `${failed.length} of ${all} ways from ${from} to ${to} fail${example}`,
    wayOut: 'ask once more (`fedctl network verify`): a link that loses packets looks so too',
  };
}
