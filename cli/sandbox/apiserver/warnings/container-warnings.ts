import type { V1Container, V1ContainerPort, V1EnvVar, V1PodSpec } from '@kubernetes/client-node';
import type { DeepReadonly, ObjectMeta } from '../../../../apis/meta/v1.ts';
import { goQuote } from '../errors/go-text.ts';
import { fractionWarnings } from './amount-warnings.ts';

type Spec = DeepReadonly<V1PodSpec>;
type Container = DeepReadonly<V1Container>;
type Port = DeepReadonly<V1ContainerPort>;

const BYTES = ['memory', 'ephemeral-storage'];

/** `path`: empty for a Pod, of the template and with a dot otherwise. */
export function containerWarnings(
  spec: Spec,
  { annotations }: DeepReadonly<Pick<ObjectMeta, 'annotations'>>,
  path: string,
): string[] {
  return everyContainer(spec, `${path}spec`).flatMap(([container, at]) => {
    const { name, securityContext, resources } = container;
    const warnings: string[] = [];
    const seccomp = `container.seccomp.security.alpha.kubernetes.io/${name}`;
    if (!securityContext?.seccompProfile && annotations?.[seccomp] !== undefined) {
      warnings.push(
        `${path}metadata.annotations[${seccomp}]: non-functional in v1.27+; use the "seccompProfile" field instead`,
      );
    }
    const appArmor = `container.apparmor.security.beta.kubernetes.io/${name}`;
    const hasProfile = spec.securityContext?.appArmorProfile ?? securityContext?.appArmorProfile;
    if (path !== '' && !hasProfile && annotations?.[appArmor] !== undefined) {
      warnings.push(
        `${path}metadata.annotations[${appArmor}]: deprecated since v1.30; use the "appArmorProfile" field instead`,
      );
    }
    for (const resource of BYTES) {
      warnings.push(...fractionWarnings(resources?.limits, [resource], `${at}.resources.limits`));
      warnings.push(...fractionWarnings(resources?.requests, [resource], `${at}.resources.requests`));
    }
    return [...warnings, ...hiddenVariables(container.env ?? [], `${at}.env`)];
  });
}

/** A variable may be set again to say more, by way of what it was; anything else forgets what it was. */
function hiddenVariables(env: readonly DeepReadonly<V1EnvVar>[], path: string): string[] {
  const names = new Set<string>();
  return env.flatMap(({ name, value = '', valueFrom }, i) => {
    if (!names.has(name)) {
      names.add(name);
      return [];
    }
    const before = `$(${name})`;
    if (!valueFrom && value !== before && value.includes(before)) return [];
    return [`${path}[${i}]: hides previous definition of ${goQuote(name)}, which may be dropped when using apply`];
  });
}

export function portWarnings(spec: Spec, path: string): string[] {
  const known = new Map<string, { readonly field: string; readonly port: Port }[]>();
  return everyContainer(spec, path).flatMap(([{ ports }, at]) =>
    (ports ?? []).flatMap((port, i) => {
      const field = `${at}.ports[${i}]`;
      const warnings = port.hostIP && !port.hostPort ? [`${field}: hostIP set without hostPort: ${goPort(port)}`] : [];
      const key = `${port.containerPort}/${port.protocol ?? ''}`;
      const others = known.get(key) ?? [];
      for (const other of others) {
        const how = collision(port, other.port);
        if (how !== undefined) warnings.push(`${field}: ${how} port definition with ${other.field}`);
      }
      known.set(key, [...others, { field, port }]);
      return warnings;
    }),
  );
}

/** Two with one number and protocol. */
function collision(a: Port, b: Port): string | undefined {
  const [hostA = '', hostB = ''] = [a.hostIP, b.hostIP];
  const [portA = 0, portB = 0] = [a.hostPort, b.hostPort];
  if (hostA === hostB && portA === portB) return 'duplicate';
  if (portA === 0 || portB === 0) return 'overlapping';
  return portA === portB && (hostA === '') !== (hostB === '') ? 'dangerously ambiguous' : undefined;
}

/** `%+v`. */
function goPort({ name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' }: Port): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}

function everyContainer(spec: Spec, path: string): [container: Container, path: string][] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((field) =>
    (spec[field] ?? []).map((container, i): [Container, string] => [container, `${path}.${field}[${i}]`]),
  );
}
