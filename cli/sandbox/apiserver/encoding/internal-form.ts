import { GoStruct } from '../errors/go-text.ts';
import { isMap } from '../schema/json-value.ts';
import { INTERNAL_TYPES } from './internal-types.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What of a Pod stands elsewhere inside Kubernetes than outside. */
const OF_THE_HOST = {
  hostNetwork: 'HostNetwork',
  hostPID: 'HostPID',
  hostIPC: 'HostIPC',
  shareProcessNamespace: 'ShareProcessNamespace',
  hostUsers: 'HostUsers',
} as const;

/** A Pod's spec as refusals show it: Go's internal type, with every field, whether it was set or not. */
export function internalPodSpec(spec: object): GoStruct {
  return new GoStruct(podSpec(spec as Fields));
}

/** As `internalPodSpec`, of a template: what its metadata holds stands beside its spec. */
export function internalPodTemplate({ metadata, spec }: { metadata?: object; spec?: object }): GoStruct {
  return new GoStruct({ ...sortedMaps({ ...metadata }), Spec: podSpec({ ...spec }) });
}

export function internalClaimSpec(spec: object): GoStruct {
  return new GoStruct(formOf('PersistentVolumeClaimSpec', spec as Fields));
}

function podSpec(spec: Fields): Fields {
  const form = formOf('PodSpec', spec);
  const security = form.SecurityContext;
  if (!isMap(security)) return form;
  const host = Object.entries(OF_THE_HOST).flatMap(([outside, inside]) =>
    spec[outside] === undefined ? [] : [[inside, spec[outside]] as const],
  );
  return { ...form, SecurityContext: { ...security, ...Object.fromEntries(host) } };
}

function formOf(type: string, value: Fields): Fields {
  return Object.fromEntries(
    (INTERNAL_TYPES[type] ?? []).map(([shown, known, description]) => {
      const at = description.lastIndexOf(':');
      const zero = at < 0 ? description : description.slice(0, at);
      const inner = at < 0 ? undefined : description.slice(at + 1);
      return [shown, fieldOf(value[known], zero, inner)];
    }),
  );
}

function fieldOf(value: unknown, zero: string, type: string | undefined): unknown {
  if (value === undefined || value === null) {
    return zero === '{}' && type !== undefined ? formOf(type, {}) : (JSON.parse(zero) as unknown);
  }
  if (type === undefined) return sortedMaps(value);
  if (Array.isArray(value)) return value.map((item) => fieldOf(item, '{}', type));
  return isMap(value) ? formOf(type, value) : value;
}

/** Maps have no order of their own: Go shows them by their keys'. */
function sortedMaps<T>(value: T): T;
function sortedMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => sortedMaps(item) as unknown);
  if (!isMap(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sortedMaps(value[key])]));
}
