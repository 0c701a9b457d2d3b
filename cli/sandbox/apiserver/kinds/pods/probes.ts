import type { V1Lifecycle, V1LifecycleHandler, V1Probe } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { forbiddenField, invalid, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { nonNegative, validatePortNumberOrName } from '../../validation/fields.ts';

type Probe = DeepReadonly<V1Probe>;
type Handler = DeepReadonly<V1LifecycleHandler & V1Probe>;

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;
const SECONDS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

/** `once`: success cannot be asked for twice, as of liveness and startup. */
export function validateProbe(probe: Probe | undefined, path: string, once: boolean): FieldError[] {
  if (probe === undefined) return [];
  const errors = validateHandler(probe, path);
  for (const field of SECONDS) errors.push(...nonNegative(probe[field], `${path}.${field}`));
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
  if (once && probe.successThreshold !== 1) {
    errors.push(invalid(`${path}.successThreshold`, probe.successThreshold, 'must be 1'));
  }
  if (!once && grace !== undefined) {
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'));
  }
  return errors;
}

export function validateLifecycle(lifecycle: DeepReadonly<V1Lifecycle> | undefined, path: string): FieldError[] {
  return [
    ...(lifecycle?.postStart ? validateHandler(lifecycle.postStart as Handler, `${path}.postStart`) : []),
    ...(lifecycle?.preStop ? validateHandler(lifecycle.preStop as Handler, `${path}.preStop`) : []),
  ];
}

function validateHandler(handler: Handler, path: string): FieldError[] {
  const used = HANDLERS.filter((name) => handler[name] !== undefined);
  if (used.length === 0) return [required(path, 'must specify a handler type')];
  return used.flatMap((name, i) =>
    i === 0
      ? validateAction(handler, name, `${path}.${name}`)
      : [forbiddenField(`${path}.${name}`, 'may not specify more than 1 handler type')],
  );
}

function validateAction(handler: Handler, name: (typeof HANDLERS)[number], path: string): FieldError[] {
  switch (name) {
    case 'exec':
      return handler.exec?.command?.length ? [] : [required(`${path}.command`)];
    case 'httpGet': {
      const { path: url, port, scheme = '' } = handler.httpGet ?? { port: 0 };
      const schemes = ['HTTP', 'HTTPS'];
      return [
        ...(url ? [] : [required(`${path}.path`)]),
        ...validatePortNumberOrName(port, `${path}.port`),
        ...(schemes.includes(scheme) ? [] : [notSupported(`${path}.scheme`, scheme, schemes)]),
      ];
    }
    case 'tcpSocket':
      return validatePortNumberOrName(handler.tcpSocket?.port, `${path}.port`);
    case 'grpc':
      return validatePortNumberOrName(handler.grpc?.port, `${path}.port`);
    case 'sleep':
      return [];
  }
}
