import { createHash } from 'node:crypto';

/** What makes a name unique on a server that several control planes share: a short hash of the control plane's UID and the member. */
const HASH_LENGTH = 8;
/** Netmaker takes 3 to 32 characters for the name of an enrolment key, and wants it to be unique on the server. */
const LONGEST_TAG = 32;

/** Whose an object on the server is, and for which member. */
export interface Mark {
  readonly cluster: string;
  /** Id of the node that Fedmesh had the member's gateway relayed by. */
  readonly relay?: string;
}

/** The name of the key with which a member's gateways join: `fedmesh-earth-gw-3f2a91c0`. Long names of members are cut; the hash tells them apart. */
export function keyTag(owner: string, cluster: string): string {
  return named(owner, cluster, 'gw', LONGEST_TAG);
}

/** The member that a key, or a host that joined with it, is for, as far as its name has the member's whole name; undefined: it is not ours. */
export function clusterOfTag(owner: string, text: string): string | undefined {
  const [tag, cluster] = /^fedmesh-(.+?)-gw-[0-9a-f]{8}(?=$|-)/.exec(text) ?? [];
  return cluster !== undefined && keyTag(owner, cluster) === tag ? cluster : undefined;
}

export function policyName(owner: string, cluster: string): string {
  return named(owner, cluster, 'acl', 64);
}

/** Under which a node joins by the manifest: no two members' nodes have the same, whatever they are called. */
export function hostName(owner: string, cluster: string, node: string): string {
  return `${keyTag(owner, cluster)}-${node}`;
}

/** Some versions of Netmaker take no more than 15 letters, digits and dashes for the name of an external client. */
const LONGEST_CLIENT = 15;

/** `fm3f2-laptop`. The digits are the control plane's; longer names are cut and told apart by a hash. */
export function clientName(owner: string, name: string): string {
  const mark = clientMark(owner);
  const plain = name.replaceAll(/[^a-zA-Z0-9-]/g, '-');
  const room = LONGEST_CLIENT - mark.length;
  return plain.length <= room ? mark + plain : `${mark}${plain.slice(0, room - 5)}-${hash(owner, name).slice(0, 4)}`;
}

/** Whether an external client was made by this control plane. */
export function isOwnClient(owner: string, id: string): boolean {
  return id.startsWith(clientMark(owner));
}

function clientMark(owner: string): string {
  return `fm${hash(owner, 'clients').slice(0, 3)}-`;
}

/** Names need not be unique there, and people may change them: nothing is recognised by them. */
export function egressName(cluster: string, use: string, family: 4 | 6): string {
  return `fedmesh-${cluster}-${use}${family}`;
}

/** What says whose an egress or a policy is, behind words for people: `pods of earth [fedmesh UID earth]`. */
export function describeMark(owner: string, words: string, { cluster, relay }: Mark): string {
  return `${words} [fedmesh ${owner} ${cluster}${relay === undefined ? '' : ` relay=${relay}`}]`;
}

/** Undefined: it is not ours. */
export function readMark(owner: string, description: string | undefined): Mark | undefined {
  const match = /\[fedmesh (\S+) (\S+?)(?: relay=(\S+))?\]$/.exec(description ?? '');
  const [, uid, cluster, relay] = match ?? [];
  if (uid !== owner || cluster === undefined) return undefined;
  return relay === undefined ? { cluster } : { cluster, relay };
}

/** Whether another control plane's mark is on it, for people. */
export function isOfOtherControlPlane(owner: string, description: string | undefined): boolean {
  return /\[fedmesh \S+ [^\]]+\]$/.test(description ?? '') && readMark(owner, description) === undefined;
}

function named(owner: string, cluster: string, end: string, longest: number): string {
  const room = longest - 'fedmesh-'.length - `-${end}-`.length - HASH_LENGTH;
  const plain = cluster
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .slice(0, room);
  return `fedmesh-${plain}-${end}-${hash(owner, cluster)}`;
}

function hash(owner: string, name: string): string {
  return createHash('sha256').update(`${owner}/${name}`).digest('hex').slice(0, HASH_LENGTH);
}
