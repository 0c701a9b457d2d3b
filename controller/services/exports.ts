import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { ServiceExport } from '../../apis/multicluster/service-export.ts';
import type { ImportedPort } from '../../apis/multicluster/service-import.ts';
import { exportNameFault } from './derived-name.ts';
import { isOurs, type Service } from './kinds.ts';
import type { ExportedService } from './merge.ts';

/** One member, as far as one multi-cluster Service is concerned. */
export interface MemberService {
  readonly cluster: string;
  readonly export: DeepReadonly<ServiceExport> | undefined;
  readonly service: DeepReadonly<Service> | undefined;
}

/** Why an export counts for nothing: of the condition `Valid`. */
export interface ExportFault {
  readonly reason: 'NoService' | 'InvalidServiceType' | 'InvalidServiceName';
  readonly message: string;
}

export interface Exports {
  readonly valid: readonly ExportedService[];
  /** By cluster: their own exports that count for nothing. */
  readonly faults: ReadonlyMap<string, ExportFault>;
  /** Of the host's export, which speaks for every member that has the Service. */
  readonly hostFault: ExportFault | undefined;
}

/**
 * The exports of one name. An export in a member speaks for that member, one on the host for all others that have the Service.
 * @param controlPlaneUid Services that this control plane derived are not exported again
 */
export function gatherExports(
  name: string,
  members: readonly MemberService[],
  host: DeepReadonly<ServiceExport> | undefined,
  controlPlaneUid: string,
): Exports {
  const valid: ExportedService[] = [];
  const faults = new Map<string, ExportFault>();
  let hostFault: ExportFault | undefined;
  for (const { cluster, export: own, service } of members) {
    const by = present(own) ?? present(host);
    if (by === undefined) continue;
    const fault = faultOf(name, cluster, service, controlPlaneUid);
    if (present(own) === undefined) {
      // Not having the Service is no fault of a member that did not ask.
      if (fault?.reason !== 'NoService') hostFault ??= fault;
    } else if (fault !== undefined) faults.set(cluster, fault);
    if (fault === undefined && service !== undefined) valid.push(exportedService(cluster, by, service));
  }
  if (present(host) === undefined || valid.length > 0) return { valid, faults, hostFault: undefined };
  const message = `no member has a Service "${name}" in this namespace for this export to speak for`;
  return { valid, faults, hostFault: hostFault ?? { reason: 'NoService', message } };
}

/** An export that is being deleted has ended. */
function present(each: DeepReadonly<ServiceExport> | undefined): DeepReadonly<ServiceExport> | undefined {
  return each?.metadata.deletionTimestamp === undefined ? each : undefined;
}

function faultOf(
  name: string,
  cluster: string,
  service: DeepReadonly<Service> | undefined,
  controlPlaneUid: string,
): ExportFault | undefined {
  const nameFault = exportNameFault(name);
  if (nameFault !== undefined) {
    return { reason: 'InvalidServiceName', message: `"${name}" cannot be exported: the name ${nameFault}` };
  }
  if (service === undefined || service.metadata.deletionTimestamp !== undefined) {
    return { reason: 'NoService', message: `cluster "${cluster}" has no Service "${name}" in this namespace` };
  }
  if (service.spec?.type === 'ExternalName') {
    return { reason: 'InvalidServiceType', message: 'a Service of type ExternalName cannot be exported' };
  }
  if (isOurs(service.metadata, controlPlaneUid)) {
    return { reason: 'InvalidServiceType', message: 'this Service is itself the import of another one' };
  }
  return undefined;
}

function exportedService(
  cluster: string,
  by: DeepReadonly<ServiceExport>,
  { spec = {} }: DeepReadonly<Service>,
): ExportedService {
  const headless = spec.clusterIP === 'None';
  const { sessionAffinityConfig, internalTrafficPolicy, trafficDistribution } = spec;
  return {
    cluster,
    since: by.metadata.creationTimestamp ?? '',
    headless,
    ports: (spec.ports ?? []).map(exportedPort),
    sessionAffinity: spec.sessionAffinity ?? 'None',
    ...(sessionAffinityConfig === undefined ? {} : { sessionAffinityConfig }),
    ipFamilies: spec.ipFamilies ?? ['IPv4'],
    ...(internalTrafficPolicy === undefined ? {} : { internalTrafficPolicy }),
    ...(trafficDistribution === undefined ? {} : { trafficDistribution }),
    labels: by.spec?.exportedLabels ?? {},
    annotations: by.spec?.exportedAnnotations ?? {},
  };
}

function exportedPort({ name, protocol, appProtocol, port }: ImportedPort): ImportedPort {
  return {
    ...(name === undefined || name === '' ? {} : { name }),
    protocol: protocol ?? 'TCP',
    ...(appProtocol === undefined ? {} : { appProtocol }),
    port,
  };
}
