import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Condition } from '../../apis/multicluster/condition.ts';
import { MCS_SOURCE_LABEL } from '../../apis/multicluster/labels.ts';
import { SERVICE_EXPORTS, type ServiceExport } from '../../apis/multicluster/service-export.ts';
import { SERVICE_IMPORTS, type ServiceImport } from '../../apis/multicluster/service-import.ts';
import { SERVICES } from '../kube/core-kinds.ts';
import { isInvalid } from '../kube/errors.ts';
import { keyOf } from '../kube/resource.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import { exportConditions, type Said, withConditions } from './conditions.ts';
import { derivedServiceName } from './derived-name.ts';
import { changeOf, derivedService } from './derived-service.ts';
import { endpointGroups, isReady } from './endpoints.ts';
import type { Exports } from './exports.ts';
import { importStatus, serviceImport } from './imports.ts';
import { ENDPOINT_SLICES, type EndpointSlice, isOurs, type Service } from './kinds.ts';
import { localServiceMode } from './local-service.ts';
import type { MemberServices } from './member-services.ts';
import type { MergedService } from './merge.ts';
import { planSlices, type SliceSet } from './slices.ts';
import type { Writer } from './writer.ts';

/** What the clusters of the set know of one multi-cluster Service. */
export interface SetView {
  readonly namespace: string;
  readonly name: string;
  readonly exports: Exports;
  readonly merged: MergedService | undefined;
  /** Members that take part and of which it is not known what they export: what there is of theirs stays. */
  readonly unknown: ReadonlySet<string>;
  readonly host: DeepReadonly<ServiceExport> | undefined;
  member(cluster: string): MemberServices | undefined;
}

export interface ImporterOptions {
  readonly controlPlaneUid: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The address by which `ip` in cluster `to` is reached from cluster `from`. */
  readonly translate: (from: string, to: string, ip: string) => string;
  readonly reachability: (from: string, to: string) => 'True' | 'False' | 'Unknown';
}

/** Brings one multi-cluster Service to where it should be in one member: the conditions of its export, and all of its import. */
export class Importer {
  readonly #member: MemberServices;
  readonly #options: ImporterOptions;

  constructor(member: MemberServices, options: ImporterOptions) {
    this.#member = member;
    this.#options = options;
  }

  /** @param ownExport whether the conditions of this member's export are its own affair, and not the host's */
  async reconcile(view: SetView, writer: Writer, { ownExport }: { readonly ownExport: boolean }): Promise<void> {
    const { namespace, name } = view;
    const member = this.#member;
    if (!member.isKnown(namespace)) return;
    const key = keyOf({ namespace, name });
    const present = member.import(key);
    const isForeign = present !== undefined && !isOurs(present.metadata, this.#options.controlPlaneUid);
    if (ownExport) await this.#tellExport(view, key, isForeign, writer);
    if (!member.knowsImports(namespace) || !member.hasNamespace(namespace) || isForeign) return;
    const away = this.#awayClusters(present, view).length > 0;
    if (view.merged !== undefined) await this.#import(view, view.merged, present, away, writer);
    else if (!away) await this.#withdraw(view, present, writer);
  }

  async #tellExport(view: SetView, key: string, isForeign: boolean, writer: Writer): Promise<void> {
    const { cluster } = this.#member;
    const own = this.#member.export(key);
    if (own === undefined || own.metadata.deletionTimestamp !== undefined) return;
    const hindrance = isForeign
      ? `ServiceImport "${view.name}" of cluster "${cluster}" belongs to another implementation and is left alone`
      : undefined;
    const said = exportConditions(view.exports.faults.get(cluster), view.merged, hindrance);
    const object = this.#withExportStatus(own, said);
    if (object !== undefined) {
      await writer.replaceStatus(SERVICE_EXPORTS, object, this.#member.storeOf('exports', view.namespace));
    }
  }

  #withExportStatus(own: DeepReadonly<ServiceExport>, said: readonly Said[]): ServiceExport | undefined {
    return exportWithConditions(own, said, rfc3339(this.#options.now()));
  }

  async #import(
    view: SetView,
    merged: MergedService,
    present: DeepReadonly<ServiceImport> | undefined,
    away: boolean,
    writer: Writer,
  ): Promise<void> {
    const { namespace, name } = view;
    // What a cluster that is away said still counts, and is not known: the Service stays as it is meanwhile.
    const derivation =
      away && present !== undefined
        ? this.#asItIs(namespace, name)
        : await this.#derive(namespace, name, merged, writer);
    const { derived } = derivation;
    const isFrozen = away && present !== undefined;
    const changed = isFrozen
      ? undefined
      : serviceImport({ namespace, name }, merged, derived, present, this.#options.controlPlaneUid);
    const imports = this.#member.storeOf('imports', namespace);
    let current: DeepReadonly<ServiceImport> | undefined = present;
    if (changed !== undefined) {
      current =
        present === undefined
          ? await writer.create(SERVICE_IMPORTS, changed, imports)
          : await writer.replace(SERVICE_IMPORTS, changed, imports);
    }
    if (current === undefined) return;
    const hasSlices = derived === undefined ? false : await this.#bringSlices(view, merged, derived, writer);
    await this.#extendLocalService(view, merged, writer);
    const clusters = [...new Set([...merged.clusters, ...this.#awayClusters(present, view)])].sort();
    const status = importStatus(current, clusters, hasSlices, derivation.ready, rfc3339(this.#options.now()));
    if (status !== undefined) {
      const object = { ...(structuredClone(current) as ServiceImport), status };
      await writer.replaceStatus(SERVICE_IMPORTS, object, imports);
    }
  }

  #awayClusters(present: DeepReadonly<ServiceImport> | undefined, view: SetView): string[] {
    return (present?.status?.clusters ?? [])
      .map(({ cluster }) => cluster)
      .filter((each) => view.unknown.has(each) && !view.merged?.clusters.includes(each));
  }

  #asItIs(namespace: string, name: string): Derivation {
    const derived = this.#member.service(namespace, derivedServiceName(name));
    const isUsable = derived !== undefined && isOurs(derived.metadata, this.#options.controlPlaneUid);
    return isUsable ? { derived, ready: READY } : { derived: undefined, ready: nameTaken(name) };
  }

  /** The derived Service as it should be, or why there is none. */
  async #derive(namespace: string, name: string, merged: MergedService, writer: Writer): Promise<Derivation> {
    const { controlPlaneUid } = this.#options;
    const store = this.#member.storeOf('services', namespace);
    const desired = derivedService(namespace, name, merged, controlPlaneUid);
    const present = this.#member.service(namespace, derivedServiceName(name));
    if (present !== undefined && !isOurs(present.metadata, controlPlaneUid)) {
      return { derived: undefined, ready: nameTaken(name) };
    }
    try {
      if (present === undefined) return { derived: await writer.create(SERVICES, desired, store), ready: READY };
      const change = changeOf(present, desired);
      if (change.verb === 'none') return { derived: present, ready: READY };
      if (change.verb === 'replace') {
        return { derived: await writer.replace(SERVICES, change.object, store), ready: READY };
      }
      await writer.remove(SERVICES, present, store);
      return { derived: await writer.create(SERVICES, desired, store), ready: READY };
    } catch (error) {
      if (!isInvalid(error) || !/ipFamil|clusterIPs/.test(String(error))) throw error;
      const families = merged.ipFamilies.join(' and ');
      const message = `this cluster gives Services no addresses of family ${families}, in which the exporting clusters have endpoints`;
      return { derived: undefined, ready: { ...READY, status: 'False', reason: 'IPFamilyNotSupported', message } };
    }
  }

  /** @returns whether there are any */
  async #bringSlices(
    view: SetView,
    merged: MergedService,
    derived: DeepReadonly<Service>,
    writer: Writer,
  ): Promise<boolean> {
    const target = { name: derived.metadata.name ?? '', uid: derived.metadata.uid ?? '' };
    return this.#writeSlices(view, merged, target, view.name, merged.clusters, merged.ports, () => false, writer);
  }

  /** Where its export asks for it, the local Service of the same name has the endpoints of other clusters too. */
  async #extendLocalService(view: SetView, merged: MergedService, writer: Writer): Promise<void> {
    const { namespace, name } = view;
    const member = this.#member;
    const local = member.service(namespace, name);
    if (local === undefined) return;
    const own = member.export(keyOf({ namespace, name })) ?? view.host;
    const mode = merged.clusters.includes(member.cluster) ? localServiceMode(own) : undefined;
    const sources = mode === undefined ? [] : merged.clusters.filter((cluster) => cluster !== member.cluster);
    const hasLocal = this.#sourceSlices(member, namespace, name).some(({ endpoints }) => endpoints?.some(isReady));
    const target = { name, uid: local.metadata.uid ?? '' };
    const ports = (local.spec?.ports ?? []).map(({ name: port, protocol, port: number }) => ({
      ...(port === undefined ? {} : { name: port }),
      ...(protocol === undefined ? {} : { protocol }),
      port: number,
    }));
    const inReserve = () => mode === 'PreferLocal' && hasLocal;
    await this.#writeSlices(view, merged, target, undefined, sources, ports, inReserve, writer);
  }

  async #writeSlices(
    view: SetView,
    merged: MergedService,
    service: SliceSet['service'],
    exported: string | undefined,
    sources: readonly string[],
    ports: MergedService['ports'],
    inReserve: () => boolean,
    writer: Writer,
  ): Promise<boolean> {
    const { namespace, name, unknown } = view;
    const { controlPlaneUid, translate, reachability } = this.#options;
    const here = this.#member.cluster;
    const store = this.#member.storeOf('slices', namespace);
    const ours = this.#member
      .slices(namespace, service.name)
      .filter(({ metadata }) => isOurs(metadata, controlPlaneUid));
    const bySource = groupBy(ours, ({ metadata }) => metadata.labels?.[MCS_SOURCE_LABEL] ?? '');
    let present = false;
    for (const source of new Set([...sources, ...bySource.keys()])) {
      const had = bySource.get(source) ?? [];
      if (unknown.has(source) && !sources.includes(source)) {
        present ||= had.length > 0;
        continue;
      }
      const exporter = sources.includes(source) ? view.member(source) : undefined;
      const groups =
        exporter === undefined
          ? []
          : endpointGroups(this.#sourceSlices(exporter, namespace, name), {
              ports,
              translate: (ip) => (source === here ? ip : translate(here, source, ip)),
              unreachable: (source !== here && reachability(here, source) === 'False') || inReserve(),
              keepNodes: source === here && merged.internalTrafficPolicy === 'Local',
            });
      const writes = planSlices({ namespace, service, exported, source, controlPlaneUid }, groups, had);
      for (const slice of writes.create) await writer.create(ENDPOINT_SLICES, slice, store);
      for (const slice of writes.replace) await writer.replace(ENDPOINT_SLICES, slice, store);
      for (const slice of writes.remove) await writer.remove(ENDPOINT_SLICES, slice, store);
      present ||= groups.length > 0;
    }
    return present;
  }

  /** What a cluster itself says of its Service's endpoints: not what was brought there from others. */
  #sourceSlices(exporter: MemberServices, namespace: string, name: string): DeepReadonly<EndpointSlice>[] {
    return exporter.slices(namespace, name).filter(({ metadata }) => !isOurs(metadata, this.#options.controlPlaneUid));
  }

  /** In an order that leaves the ServiceImport until nothing else is left: by it the rest is found again. */
  async #withdraw(view: SetView, present: DeepReadonly<ServiceImport> | undefined, writer: Writer): Promise<void> {
    const { namespace, name } = view;
    const { controlPlaneUid } = this.#options;
    const member = this.#member;
    for (const service of [derivedServiceName(name), name]) {
      for (const slice of member.slices(namespace, service)) {
        if (isOurs(slice.metadata, controlPlaneUid)) {
          await writer.remove(ENDPOINT_SLICES, slice, member.storeOf('slices', namespace));
        }
      }
    }
    const derived = member.service(namespace, derivedServiceName(name));
    if (derived !== undefined && isOurs(derived.metadata, controlPlaneUid)) {
      await writer.remove(SERVICES, derived, member.storeOf('services', namespace));
    }
    if (present !== undefined) await writer.remove(SERVICE_IMPORTS, present, member.storeOf('imports', namespace));
  }
}

interface Derivation {
  readonly derived: DeepReadonly<Service> | undefined;
  readonly ready: Said;
}

const READY: Said = {
  type: 'Ready',
  status: 'True',
  reason: 'Ready',
  message: 'the Service can be used in this cluster',
};

function nameTaken(name: string): Said {
  const message = `Service "${derivedServiceName(name)}" of this cluster is somebody else's and is left alone: rename it, and this one can be imported`;
  return { type: 'Ready', status: 'False', reason: 'ServiceNameTaken', message };
}

/** The export with these conditions in its status, or undefined when it has them. */
export function exportWithConditions(
  own: DeepReadonly<ServiceExport>,
  said: readonly Said[],
  now: string,
): ServiceExport | undefined {
  const had: readonly DeepReadonly<Condition>[] = own.status?.conditions ?? [];
  const conditions = withConditions(had, said, own.metadata.generation, now);
  if (conditions === undefined) return undefined;
  return { ...(structuredClone(own) as ServiceExport), status: { ...own.status, conditions } };
}

function groupBy<T>(items: readonly T[], keyOfItem: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOfItem(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
