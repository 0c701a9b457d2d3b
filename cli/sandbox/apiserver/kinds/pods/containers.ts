import type { V1Container, V1ContainerPort } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { duplicate, forbiddenField, invalidFor, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateDnsLabel } from '../../validation/fields.ts';
import { isPortName, isPortNumber } from '../../validation/names.ts';
import { PROTOCOLS } from '../services/service-validation.ts';
import { validateResources } from './container-resources.ts';
import { validateEnv, validateEnvFrom } from './environment.ts';
import { validateLifecycle, validateProbe } from './probes.ts';
import { validateContainerSecurity } from './security-context.ts';
import { validateMounts } from './volumes.ts';

export type Container = DeepReadonly<V1Container>;

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const RESTART_POLICIES = ['Always', 'Never', 'OnFailure'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];

export function validateContainers(
  containers: readonly Container[] | null | undefined,
  volumes: ReadonlySet<string>,
  path: string,
): FieldError[] {
  if (!containers?.length) return [required(path)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, i) => {
    const at = `${path}[${i}]`;
    const { name, restartPolicy } = container;
    const own = validateContainer(container, volumes, at);
    if (names.has(name)) own.push(duplicate(`${at}.name`, name));
    names.add(name);
    own.push(...validateHooks(container, at));
    if (restartPolicy !== undefined && !RESTART_POLICIES.includes(restartPolicy)) {
      own.push(notSupported(`${at}.restartPolicy`, restartPolicy, RESTART_POLICIES));
    }
    return own;
  });
  return [...errors, ...validateHostPorts(containers, path)];
}

export function validateInitContainers(
  containers: readonly Container[],
  regular: readonly Container[],
  volumes: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const names = new Set(regular.map(({ name }) => name));
  return containers.flatMap((container, i) => {
    const at = `${path}[${i}]`;
    const { name, restartPolicy } = container;
    const errors = validateContainer(container, volumes, at);
    if (restartPolicy !== undefined && !RESTART_POLICIES.includes(restartPolicy)) {
      errors.push(notSupported(`${at}.restartPolicy`, restartPolicy, RESTART_POLICIES));
    }
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else if (name !== '') names.add(name);
    errors.push(...validateHostPorts([container], path));
    if (restartPolicy === 'Always') return [...errors, ...validateHooks(container, at)];
    const why = 'may not be set for init containers without restartPolicy=Always';
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[field] !== undefined) errors.push(forbiddenField(`${at}.${field}`, why));
    }
    return errors;
  });
}

function validateContainer(container: Container, volumes: ReadonlySet<string>, path: string): FieldError[] {
  const { name, image = '', imagePullPolicy = '', terminationMessagePolicy = '' } = container;
  return [
    ...(name === '' ? [required(`${path}.name`)] : validateDnsLabel(name, `${path}.name`)),
    ...(image === '' ? [required(`${path}.image`)] : []),
    ...(MESSAGE_POLICIES.includes(terminationMessagePolicy)
      ? []
      : [notSupported(`${path}.terminationMessagePolicy`, terminationMessagePolicy, MESSAGE_POLICIES)]),
    ...validatePorts(container.ports ?? [], `${path}.ports`),
    ...validateEnv(container.env ?? [], `${path}.env`),
    ...validateEnvFrom(container.envFrom ?? [], `${path}.envFrom`),
    ...validateMounts(container.volumeMounts ?? [], volumes, `${path}.volumeMounts`),
    ...(PULL_POLICIES.includes(imagePullPolicy)
      ? []
      : [notSupported(`${path}.imagePullPolicy`, imagePullPolicy, PULL_POLICIES)]),
    ...validateResources(container.resources ?? {}, `${path}.resources`),
    ...validateContainerSecurity(container.securityContext, `${path}.securityContext`),
  ];
}

function validateHooks(container: Container, path: string): FieldError[] {
  return [
    ...validateLifecycle(container.lifecycle, `${path}.lifecycle`),
    ...validateProbe(container.livenessProbe, `${path}.livenessProbe`, true),
    ...validateProbe(container.readinessProbe, `${path}.readinessProbe`, false),
    ...validateProbe(container.startupProbe, `${path}.startupProbe`, true),
  ];
}

function validatePorts(ports: readonly DeepReadonly<V1ContainerPort>[], path: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name = '', containerPort, hostPort = 0, protocol = '' }, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    if (name !== '') {
      const problems = isPortName(name);
      errors.push(...invalidFor(`${at}.name`, name, problems));
      if (problems.length === 0 && names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    if (containerPort === 0) errors.push(required(`${at}.containerPort`));
    else errors.push(...invalidFor(`${at}.containerPort`, containerPort, isPortNumber(containerPort)));
    if (hostPort !== 0) errors.push(...invalidFor(`${at}.hostPort`, hostPort, isPortNumber(hostPort)));
    if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
    return errors;
  });
}

function validateHostPorts(containers: readonly Container[], path: string): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports }, i) =>
    (ports ?? []).flatMap(({ hostPort = 0, hostIP = '', protocol }, j) => {
      if (hostPort === 0) return [];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(key)) return [duplicate(`${path}[${i}].ports[${j}].hostPort`, key)];
      taken.add(key);
      return [];
    }),
  );
}
