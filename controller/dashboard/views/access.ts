/** What one person may see of the federation. Whatever is not named is not seen. */
export interface Access {
  /** The same for all who see the same: what is sent to one of them is sent to all. */
  readonly id: string;
  /** Types of federated objects that the person may list: everywhere, or in these namespaces. */
  readonly objects: ReadonlyMap<string, 'everywhere' | ReadonlySet<string>> | 'all';
  readonly clusters: boolean;
  readonly reachability: boolean;
  readonly topology: boolean;
  readonly receipts: boolean;
}

/** Of who runs a sandbox on the own machine. */
export const SEES_EVERYTHING: Access = {
  id: 'all',
  objects: 'all',
  clusters: true,
  reachability: true,
  topology: true,
  receipts: true,
};

/** Whether objects of this type in this namespace (missing: those without one) may be listed. */
export function mayList(access: Access, type: string, namespace: string | undefined): boolean {
  if (access.objects === 'all') return true;
  const where = access.objects.get(type);
  return where === 'everywhere' || (where !== undefined && namespace !== undefined && where.has(namespace));
}

export function accessOf(access: Omit<Access, 'id'>): Access {
  const { objects, ...rest } = access;
  const named =
    objects === 'all'
      ? objects
      : [...objects].map(([type, where]) => [type, typeof where === 'string' ? where : [...where].sort()]).sort();
  return { ...access, id: JSON.stringify([rest, named]) };
}
