import type { V1ServicePort } from '@kubernetes/client-node';
import { invalid } from '../../errors/field-errors.ts';
import { type FieldError, internalError, invalid as invalidObject } from '../../errors/status-error.ts';
import type { WriteContext } from '../../resources/resource-definition.ts';
import { allocationsOf, NODE_PORTS } from './allocations.ts';
import type { Spec, StoredSpec } from './cluster-ips.ts';

/** Ports that one write takes, beside those that are stored. */
class Operation {
  readonly #context: WriteContext;
  readonly #taken = new Set<number>();
  #dryRunPort = NODE_PORTS.last + 2;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  /** Says why not. A dry run takes nothing, and therefore looks at little. */
  take(port: number): string | undefined {
    const { dryRun, storage } = this.#context;
    const { first, last } = NODE_PORTS;
    if (!dryRun && (port < first || port > last)) {
      return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
    }
    if (this.#taken.has(port) || allocationsOf(storage).hasPort(port)) {
      return 'provided port is already allocated';
    }
    this.#taken.add(port);
    return undefined;
  }

  next(): number {
    const { dryRun, storage } = this.#context;
    const port = dryRun ? this.#dryRunPort++ : allocationsOf(storage).nextPort(this.#taken);
    if (port === undefined) throw internalError('failed to allocate a nodePort: range is full');
    this.#taken.add(port);
    return port;
  }
}

export function needsNodePort({ type }: Pick<StoredSpec, 'type'>): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

/** Load balancers that send only to nodes with a Pod ask each node for its health on a port of its own. */
export function needsHealthCheck({ type, externalTrafficPolicy }: StoredSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

/** Gives every port its node port, where the type has any, and the health check's. @throws {StatusError} */
export function allocateNodePorts(
  spec: Spec,
  stored: StoredSpec | undefined,
  name: string,
  context: WriteContext,
): void {
  const operation = new Operation(context);
  const refuse = (error: FieldError): never => {
    throw invalidObject({ group: '', kind: 'Service' }, name, [error]);
  };
  if (needsNodePort(spec)) {
    if (stored === undefined) allocateAll(spec, operation, refuse);
    else allocateMissing(spec, stored, operation, refuse);
  }
  if (!needsHealthCheck(spec) || (stored !== undefined && needsHealthCheck(stored))) return;
  if (!spec.healthCheckNodePort) {
    spec.healthCheckNodePort = operation.next();
    return;
  }
  const problem = operation.take(spec.healthCheckNodePort);
  if (problem !== undefined) {
    const port = spec.healthCheckNodePort;
    throw internalError(`failed to allocate requested HealthCheck NodePort ${port}: ${problem}`);
  }
}

type Refuse = (error: FieldError) => never;

function refused(port: V1ServicePort, i: number, problem: string): FieldError {
  return invalid(`spec.ports[${i}].nodePort`, port.nodePort, problem);
}

/** TCP and UDP of the same port number share a node port. */
function allocateAll(spec: Spec, operation: Operation, refuse: Refuse): void {
  const ofPort = new Map<number, number>();
  const ports = spec.ports ?? [];
  for (const [i, port] of ports.entries()) {
    if (!port.nodePort && !allocatesPorts(spec)) continue;
    const known = ofPort.get(port.port);
    if (known === undefined) {
      const requested = ports.find((other) => other.port === port.port && other.nodePort)?.nodePort;
      const problem = requested === undefined ? undefined : operation.take(requested);
      if (problem !== undefined) refuse(invalid(`spec.ports[${i}].nodePort`, requested, problem));
      port.nodePort = requested ?? operation.next();
      ofPort.set(port.port, port.nodePort);
    } else if (!port.nodePort) port.nodePort = known;
    else if (port.nodePort !== known) {
      const problem = operation.take(port.nodePort);
      if (problem !== undefined) refuse(refused(port, i, problem));
    }
  }
}

function allocateMissing(spec: Spec, stored: StoredSpec, operation: Operation, refuse: Refuse): void {
  const before = new Set((stored.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])));
  const taken = new Set<number>();
  for (const [i, port] of (spec.ports ?? []).entries()) {
    if (!port.nodePort) {
      if (allocatesPorts(spec)) port.nodePort = operation.next();
      continue;
    }
    if (before.has(port.nodePort) || taken.has(port.nodePort)) continue;
    const problem = operation.take(port.nodePort);
    if (problem !== undefined) refuse(refused(port, i, problem));
    taken.add(port.nodePort);
  }
}

function allocatesPorts({ type, allocateLoadBalancerNodePorts }: Spec): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
}
