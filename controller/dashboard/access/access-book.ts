import { KUBEFED_CLUSTERS } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import { MESH_CONFIGS } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import { REACHABILITY_MATRICES } from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import { UNJOIN_RECEIPTS } from '../../../apis/fedmesh/v1alpha1/unjoin-receipt.ts';
import type { Resource } from '../../kube/resource.ts';
import type { Clock } from '../../time/clock.ts';
import type { Board } from '../board.ts';
import { type Access, accessOf, SEES_EVERYTHING } from '../views/access.ts';
import { Expiring } from './expiring.ts';
import { keyOfPerson, type Person } from './person.ts';
import type { Reviewer } from './reviewer.ts';

const ACCESS_MS = 15_000;
/** Types times namespaces that one person is asked about. What lies beyond is not shown. */
const MOST_PLACES = 2_000;

/** What each person may see, as the API server says it. */
export class AccessBook {
  readonly #board: Pick<Board, 'places'>;
  readonly #reviewer: Reviewer;
  readonly #namespace: string;
  readonly #known: Expiring<Access>;
  readonly #signal: AbortSignal;

  /** @param signal when nobody asks any more */
  constructor(options: {
    readonly board: Pick<Board, 'places'>;
    readonly reviewer: Reviewer;
    readonly namespace: string;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  }) {
    this.#board = options.board;
    this.#reviewer = options.reviewer;
    this.#namespace = options.namespace;
    this.#signal = options.signal;
    this.#known = new Expiring(options.clock, { ms: ACCESS_MS, most: 1_000 });
  }

  /** Undefined person: whoever sits at this machine. */
  of(person: Person | undefined): Promise<Access> {
    if (person === undefined) return Promise.resolve(SEES_EVERYTHING);
    const { version } = this.#board.places();
    return this.#known.get(`${version}\n${keyOfPerson(person)}`, () => this.#ask(person));
  }

  async #ask(person: Person): Promise<Access> {
    const { types, pairs } = this.#board.places();
    const here = (resource: Resource) => this.#may(person, resource.group, resource.plural, this.#namespace);
    const [clusters, reachability, topology, receipts] = await Promise.all([
      here(KUBEFED_CLUSTERS),
      here(REACHABILITY_MATRICES),
      here(MESH_CONFIGS),
      here(UNJOIN_RECEIPTS),
    ]);
    const objects = new Map<string, 'everywhere' | ReadonlySet<string>>();
    await Promise.all(
      types.map(async (type) => {
        const { group, resource } = partsOf(type);
        if (await this.#may(person, group, resource)) objects.set(type, 'everywhere');
      }),
    );
    const open = pairs.filter(({ type, namespace }) => namespace !== undefined && !objects.has(type));
    const found = await Promise.all(
      open.slice(0, MOST_PLACES).map(async ({ type, namespace = '' }) => {
        const { group, resource } = partsOf(type);
        return (await this.#may(person, group, resource, namespace)) ? { type, namespace } : undefined;
      }),
    );
    const some = new Map<string, Set<string>>();
    for (const each of found) {
      if (each === undefined) continue;
      const namespaces = some.get(each.type) ?? new Set<string>();
      some.set(each.type, namespaces.add(each.namespace));
    }
    for (const [type, namespaces] of some) objects.set(type, namespaces);
    return accessOf({ objects, clusters, reachability, topology, receipts });
  }

  #may(person: Person, group: string, resource: string, namespace?: string): Promise<boolean> {
    const deed = { verb: 'list' as const, group, resource, ...(namespace === undefined ? {} : { namespace }) };
    return this.#reviewer.may(person, deed, this.#signal);
  }
}

/** `federateddeployments.types.kubefed.io` */
export function partsOf(type: string): { readonly resource: string; readonly group: string } {
  const [resource = '', ...group] = type.split('.');
  return { resource, group: group.join('.') };
}
