import type { V1PodSpec } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { invalid, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateDnsLabel, validateDnsSubdomain } from '../../validation/fields.ts';
import { validateLabels } from '../../validation/labels.ts';
import { validateIp } from '../services/cluster-ip-validation.ts';
import { validateContainers, validateInitContainers } from './containers.ts';
import { validateAffinity, validateSpread, validateTolerations } from './scheduling.ts';
import { validatePodSecurity } from './security-context.ts';
import { validateVolumes } from './volumes.ts';

export type PodSpec = DeepReadonly<V1PodSpec>;

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const MAX_INT32 = 2147483647;

/** What is wrong with a pod's spec, of a Pod or a template, in Kubernetes' order (`ValidatePodSpec`). */
export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const volumes = validateVolumes(spec.volumes ?? [], `${path}.volumes`);
  return [
    ...volumes.errors,
    ...validateContainers(spec.containers, volumes.names, `${path}.containers`),
    ...validateInitContainers(
      spec.initContainers ?? [],
      spec.containers ?? [],
      volumes.names,
      `${path}.initContainers`,
    ),
    ...validateHostNetworkPorts(spec, path),
    ...oneOf(spec.restartPolicy, RESTART_POLICIES, `${path}.restartPolicy`),
    ...oneOf(spec.dnsPolicy, DNS_POLICIES, `${path}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurity(spec.securityContext, `${path}.securityContext`),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validateDnsConfig(spec, `${path}.dnsConfig`),
    ...validateSpread(spec.topologySpreadConstraints ?? [], `${path}.topologySpreadConstraints`),
    ...named(spec.serviceAccountName, `${path}.serviceAccountName`, validateDnsSubdomain),
    ...named(spec.nodeName, `${path}.nodeName`, validateDnsSubdomain),
    ...validateDeadline(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`),
    ...named(spec.hostname, `${path}.hostname`, validateDnsLabel),
    ...named(spec.subdomain, `${path}.subdomain`, validateDnsLabel),
    ...validateTolerations(spec.tolerations ?? [], `${path}.tolerations`),
    ...validateHostAliases(spec, `${path}.hostAliases`),
    ...named(spec.priorityClassName, `${path}.priorityClassName`, validateDnsSubdomain),
  ];
}

function oneOf(value: string | undefined, allowed: readonly string[], path: string): FieldError[] {
  if (!value) return [required(path)];
  return allowed.includes(value) ? [] : [notSupported(path, value, allowed)];
}

function named(
  value: string | undefined,
  path: string,
  rule: (value: string, path: string) => FieldError[],
): FieldError[] {
  return value ? rule(value, path) : [];
}

function validateDeadline(seconds: number | undefined, path: string): FieldError[] {
  if (seconds === undefined || (seconds >= 1 && seconds <= MAX_INT32)) return [];
  return [invalid(path, seconds, `must be between 1 and ${MAX_INT32}, inclusive`)];
}

function validateHostNetworkPorts({ hostNetwork, containers }: PodSpec, path: string): FieldError[] {
  if (!hostNetwork) return [];
  return (containers ?? []).flatMap(({ ports }, i) =>
    (ports ?? []).flatMap(({ hostPort = 0, containerPort }, j) =>
      hostPort === 0 || hostPort === containerPort
        ? []
        : [
            invalid(
              `${path}.containers[${i}].ports[${j}].hostPort`,
              hostPort,
              'must match `containerPort` when `hostNetwork` is true',
            ),
          ],
    ),
  );
}

function validateDnsConfig({ dnsPolicy, dnsConfig }: PodSpec, path: string): FieldError[] {
  if (dnsPolicy === 'None') {
    if (dnsConfig === undefined) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if (!dnsConfig.nameservers?.length) {
      const why = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      return [required(`${path}.nameservers`, why)];
    }
  }
  const nameservers = dnsConfig?.nameservers ?? [];
  return [
    ...(nameservers.length > 3
      ? [invalid(`${path}.nameservers`, nameservers, 'must not have more than 3 nameservers')]
      : []),
    ...nameservers.flatMap((address, i) => validateIp(address, `${path}.nameservers[${i}]`)),
  ];
}

function validateHostAliases({ hostAliases }: PodSpec, path: string): FieldError[] {
  return (hostAliases ?? []).flatMap(({ ip, hostnames }, i) => [
    ...validateIp(ip, `${path}[${i}].ip`),
    ...(hostnames ?? []).flatMap((name, j) => validateDnsSubdomain(name, `${path}[${i}].hostnames[${j}]`)),
  ]);
}
