import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { ReceiptEntry, UnjoinReceipt } from '../../apis/fedmesh/v1alpha1/unjoin-receipt.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import {
  FORCE_UNJOIN_ANNOTATION,
  UNJOIN_ASSUME_CREATED_ANNOTATION,
  UNJOIN_CASCADE_ANNOTATION,
} from '../../apis/well-known.ts';
import type { Client } from '../kube/client.ts';
import { NAMESPACES } from '../kube/core-kinds.ts';
import type { ServedResource } from '../kube/discovery.ts';
import { isForbidden, isNotFound } from '../kube/errors.ts';
import { groupResourceOf } from '../kube/resource.ts';
import { isCopy } from '../ownership/marks.ts';
import { SERVICES_ANNOTATION } from '../services/kinds.ts';
import { removeServices } from '../services/removal.ts';
import { type Clock, sleep } from '../time/clock.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import type { ControlPlane } from './control-plane.ts';
import { type DepartureOptions, removeRights, rightsBeyondReach, settleNamespace } from './departure.ts';
import { MembershipError } from './errors.ts';
import { forgetMember, MEMBER_CLEANED_ANNOTATION, markCleaned } from './host-records.ts';
import type { MemberIdentity } from './identity.ts';
import { CLUSTER_UID_ANNOTATION } from './join-plan.ts';
import type { PolicyRule, RoleObject } from './kinds.ts';
import { recordedIn } from './left-behind.ts';
import { removeNodeRoutesFrom } from './node-routes-removal.ts';
import { ReceiptBook } from './receipt.ts';
import { entryOf, isToGo, isUnsigned, type ReleaseOptions, type Result, releaseAll } from './release.ts';
import { clusterRoleNameOf, grantingRole } from './rights.ts';
import type { GrantedType } from './role.ts';
import { kindsToScan, type Marked, type Scan, scanMember } from './scan.ts';

export interface UnjoinContext {
  readonly host: Client;
  readonly member: Client;
  /** `member` acts with a person's rights, not with the membership's own: it sees everything. */
  readonly asAdmin: boolean;
  /** As it is in the host: with its annotations. */
  readonly cluster: KubeFedCluster;
  readonly controlPlane: ControlPlane;
  /** As whom the control plane acts in the member; `undefined` when its Secret does not tell. */
  readonly identity: MemberIdentity | undefined;
  /** The targets of the type configs. */
  readonly types: readonly GrantedType[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What the member leaves behind anywhere but in itself, in sentences. */
  readonly elsewhere?: readonly string[];
  /** How long one call waits for what is on its way out. Milliseconds. */
  readonly patienceMs?: number;
  readonly onProgress?: (progress: UnjoinProgress) => void;
}

export interface UnjoinProgress {
  /** Objects still to be removed or released. */
  readonly left: number;
  /** Why some of them are still there. */
  readonly waitingFor: readonly ReceiptEntry[];
}

export interface UnjoinOutcome {
  /** The member bears nothing of the federation any more, and is out of the host. */
  readonly finished: boolean;
  readonly receipt: UnjoinReceipt;
  /** What is in the way when it is not finished. */
  readonly waitingFor: readonly ReceiptEntry[];
}

const PATIENCE_MS = 30_000;
const POLL_MS = 300;
const UNSEEN = "the member's role lets nobody list them, so none was made here";
const OTHERS = 'another control plane made it';

/**
 * Takes a member out, as far as it gets: objects, then rights, then the records in the host. It goes by what is there and
 * remembers nothing, so it can be stopped at any write and called again, by the controller or by fedctl.
 *
 * The KubeFedCluster is being deleted by then (`beginUnjoin`, or anybody's kubectl), so no placement counts the member.
 * @throws ConnectionError when the member does not answer, ApiError 401 when it does not accept the credentials any more.
 */
export async function unjoinMember(context: UnjoinContext): Promise<UnjoinOutcome> {
  const { cluster, host, clock, signal } = context;
  const book = await ReceiptBook.open(host, cluster, { cascade: cascadeOf(cluster), clock, signal });
  if (cluster.metadata.annotations?.[MEMBER_CLEANED_ANNOTATION] === undefined) {
    const waitingFor = await cleanMember(context, book);
    const isForced = cluster.metadata.annotations?.[FORCE_UNJOIN_ANNOTATION] === 'true';
    if (waitingFor.length > 0 && !isForced) {
      return { finished: false, receipt: await book.save(signal), waitingFor };
    }
    book.setLeftBehind([...waitingFor.map(describeEntry), ...(context.elsewhere ?? [])]);
    await book.save(signal, { finished: true });
    await markCleaned(host, cluster, rfc3339(clock.now()), signal);
  }
  await depart(context, book);
  const receipt = await book.save(signal, { finished: true });
  await forgetMember(host, cluster, signal);
  return { finished: true, receipt, waitingFor: [] };
}

async function depart(context: UnjoinContext, book: ReceiptBook): Promise<void> {
  const departure = departureOf(context);
  if (departure === undefined) return;
  const beyondReach = await rightsBeyondReach(context.member, departure);
  if (beyondReach !== undefined) book.setLeftBehind(merge(book.leftBehind, [beyondReach]));
  const letIn = await removeRights(context.member, departure);
  const expiresAt = context.identity?.claims.expiresAt;
  // Not let in is what comes of having removed the rights, unless the token has simply come to its end before that.
  if (!letIn && expiresAt !== undefined && expiresAt <= context.clock.now()) {
    book.setLeftBehind(merge(book.leftBehind, await leftIn(context)));
  }
}

export interface Survey {
  readonly remove: readonly ReceiptEntry[];
  readonly release: readonly ReceiptEntry[];
  readonly keep: readonly ReceiptEntry[];
  /** How many of them are managed and do not say who made them. */
  readonly unsigned: number;
}

/** What an unjoin would do to the objects in a member as it is now. Changes nothing. */
export async function surveyMember(
  context: UnjoinContext,
  ending: Pick<ReleaseOptions, 'cascade' | 'assumeCreated'>,
): Promise<Survey> {
  const isHost = await assertSameCluster(context);
  const options = { ...ending, isHost };
  const { marked } = await scan(context, await kindsOf(context), false);
  const ours = marked.filter((one) => one.ownership !== 'foreign' && !isCopy(one.resource, one.object));
  return {
    remove: ours.filter((one) => isToGo(one, options)).map((one) => entryOf(one)),
    release: ours.filter((one) => !isToGo(one, options)).map((one) => entryOf(one)),
    keep: marked.filter(({ ownership }) => ownership === 'foreign').map((one) => entryOf(one, OTHERS)),
    unsigned: ours.filter(isUnsigned).length,
  };
}

/** What is to happen to created objects: removed only where somebody said so, else released. */
export function cascadeOf(cluster: KubeFedCluster): 'delete' | 'orphan' {
  return cluster.metadata.annotations?.[UNJOIN_CASCADE_ANNOTATION] === 'delete' ? 'delete' : 'orphan';
}

/** Whether copies that do not say who made them count as created. */
function assumesCreated(cluster: KubeFedCluster): boolean {
  return cluster.metadata.annotations?.[UNJOIN_ASSUME_CREATED_ANNOTATION] === 'true';
}

/**
 * Takes a member that does not answer out of the host. What it still bears is told by the records of the host, and by those
 * of an earlier attempt.
 */
export async function forceUnjoin(
  context: Omit<UnjoinContext, 'member' | 'asAdmin' | 'types'>,
): Promise<UnjoinReceipt> {
  const { host, cluster, clock, signal } = context;
  const book = await ReceiptBook.open(host, cluster, { cascade: cascadeOf(cluster), clock, signal });
  book.setLeftBehind(merge(book.leftBehind, [...(await leftIn(context)), ...(context.elsewhere ?? [])]));
  const receipt = await book.save(signal, { finished: true });
  await forgetMember(host, cluster, signal);
  return receipt;
}

/** Writes down what a member that does not answer would be left with, while the host's records still say so. */
export async function recordLeftBehind(
  context: Omit<UnjoinContext, 'member' | 'asAdmin' | 'types'>,
): Promise<readonly string[]> {
  const { host, cluster, clock, signal } = context;
  const book = await ReceiptBook.open(host, cluster, { cascade: cascadeOf(cluster), clock, signal });
  book.setLeftBehind(merge(book.leftBehind, await leftIn(context)));
  await book.save(signal);
  return book.leftBehind;
}

/** In sentences: what a member would be left with if it were taken out of the host as it is. The rights first. */
export async function leftIn({
  host,
  cluster,
  controlPlane,
  identity,
  signal,
}: Pick<UnjoinContext, 'host' | 'cluster' | 'controlPlane' | 'identity' | 'signal'>): Promise<string[]> {
  const cleaned = cluster.metadata.annotations?.[MEMBER_CLEANED_ANNOTATION] !== undefined;
  const objects = cleaned ? [] : await recordedIn(host, controlPlane, cluster.metadata.name ?? '', signal);
  return [
    ...(identity === undefined
      ? []
      : [
          `ServiceAccount ${identity.namespace}/${identity.names.serviceAccount}, with Role and RoleBinding "${identity.names.role}"`,
          `ClusterRole and ClusterRoleBinding "${clusterRoleNameOf({ ...identity, controlPlane })}"`,
          `Namespace ${identity.namespace}, if join made it`,
        ]),
    ...objects.map(({ resource, key }) => `${resource} ${key}`),
  ];
}

function merge(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}

/** Objects first. Answers with what is in the way of being clean; nothing when the member is. */
async function cleanMember(context: UnjoinContext, book: ReceiptBook): Promise<readonly ReceiptEntry[]> {
  const { member, controlPlane, clock, signal } = context;
  const isHost = await assertSameCluster(context);
  member.discovery.invalidate();
  const kinds = await kindsOf(context);
  await removeImports(context, book, isHost);
  const nodeRoutes = await endNodeRoutes(context, book);
  const options: ReleaseOptions = {
    controlPlaneUid: controlPlane.uid,
    cascade: cascadeOf(context.cluster),
    assumeCreated: assumesCreated(context.cluster),
    isHost,
    clock,
    signal,
  };
  const scanned = await scan(context, kinds, false);
  for (const resource of scanned.forbidden) book.note('kept', { resource, name: '*', reason: UNSEEN });
  await writePlan(scanned.marked, options, book, signal);
  const onResult = (result: Result) => note(book, result);
  const waitingFor = await cleanObjects(context, kinds, scanned.marked, options, onResult);
  const all = [...nodeRoutes, ...waitingFor];
  return all.length > 0 ? all : settleOwnNamespace(context, book);
}

/** The ways to other clusters. */
async function endNodeRoutes(context: UnjoinContext, book: ReceiptBook): Promise<readonly ReceiptEntry[]> {
  const { member, identity, controlPlane, clock, signal, patienceMs = PATIENCE_MS } = context;
  // A control plane of one namespace makes none.
  if (controlPlane.scope === 'Namespaced') return [];
  const place = { namespace: identity?.namespace ?? controlPlane.namespace, owner: controlPlane.uid };
  const { removed, waitingFor } = await removeNodeRoutesFrom(member, { ...place, clock, patienceMs, signal });
  for (const entry of removed) book.note('removed', entry);
  return waitingFor;
}

/** What multi-cluster Services brought there leads to other clusters: it goes, whatever becomes of the rest. */
async function removeImports(context: UnjoinContext, book: ReceiptBook, isHost: boolean): Promise<void> {
  const { member, cluster, controlPlane, clock, signal } = context;
  if (cluster.metadata.annotations?.[SERVICES_ANNOTATION] === undefined) return;
  const options = { controlPlaneUid: controlPlane.uid, keepKinds: isHost, clock, signal };
  const { removed, kept } = await removeServices(member, options);
  for (const entry of removed) book.note('removed', entry);
  for (const entry of kept) book.note('kept', entry);
}

/** Removes and releases until nothing of ours is listed any more, or until patience is at its end: with what it waits for. */
async function cleanObjects(
  context: UnjoinContext,
  kinds: readonly ServedResource[],
  first: readonly Marked[],
  options: ReleaseOptions,
  onResult: (result: Result) => void,
): Promise<readonly ReceiptEntry[]> {
  const { member, clock, signal, onProgress } = context;
  const deadline = clock.monotonic() + (context.patienceMs ?? PATIENCE_MS);
  let found = first;
  for (;;) {
    const ours = found.filter(({ ownership }) => ownership !== 'foreign');
    if (ours.length === 0) return [];
    const results = await releaseAll(member, ours, options);
    for (const result of results) onResult(result);
    const waitingFor = results.flatMap(({ done, entry }) => (done === 'pending' || done === 'failed' ? [entry] : []));
    onProgress?.({ left: ours.length, waitingFor });
    if (clock.monotonic() >= deadline && waitingFor.length > 0) return waitingFor;
    // Nothing new to do: what is on its way out needs a moment.
    if (results.every(({ done }) => done !== 'released')) await sleep(clock, POLL_MS, signal);
    found = (await scan(context, kinds, true)).marked;
    if (found.every(({ ownership }) => ownership === 'foreign')) found = (await scan(context, kinds, false)).marked;
  }
}

/**
 * With a person's rights, after the membership's own are gone: looks through every kind once more, and removes or releases
 * what those could not see (a ReplicaSet bears copies of its Deployment's annotations).
 * @returns what is still there
 */
export async function cleanLeftovers(context: UnjoinContext): Promise<readonly ReceiptEntry[]> {
  const { clock, cluster, controlPlane, signal } = context;
  const isHost = await assertSameCluster(context);
  const ending = { cascade: cascadeOf(cluster), assumeCreated: assumesCreated(cluster) };
  const options = { controlPlaneUid: controlPlane.uid, ...ending, isHost, clock, signal };
  const kinds = await kindsOf(context);
  const { marked } = await scan(context, kinds, false);
  return cleanObjects(context, kinds, marked, options, () => undefined);
}

async function settleOwnNamespace(context: UnjoinContext, book: ReceiptBook): Promise<readonly ReceiptEntry[]> {
  const departure = departureOf(context);
  if (departure === undefined) return [];
  const { namespace } = departure.rights;
  const fate = await settleNamespace(context.member, departure);
  const entry = { resource: groupResourceOf(NAMESPACES), name: namespace };
  if (fate.stays === undefined) book.note('removed', entry);
  else book.note('kept', { ...entry, reason: fate.stays });
  return [];
}

/** The inventory is in the host before the first object is touched. */
async function writePlan(
  found: readonly Marked[],
  options: ReleaseOptions,
  book: ReceiptBook,
  signal: AbortSignal,
): Promise<void> {
  for (const one of found) {
    if (isCopy(one.resource, one.object)) continue;
    if (one.ownership === 'foreign') book.note('kept', entryOf(one, OTHERS));
    else book.note(isToGo(one, options) ? 'removed' : 'released', entryOf(one));
  }
  await book.save(signal);
}

function note(book: ReceiptBook, { one, done, entry }: Result): void {
  if (!isCopy(one.resource, one.object) && (done === 'removed' || done === 'released')) book.note(done, entry);
}

async function kindsOf(context: UnjoinContext): Promise<ServedResource[]> {
  const served = await context.member.discovery.resources(context.signal);
  return kindsToScan(served, await rulesOf(context), context.types, context.controlPlane.scope);
}

async function scan(context: UnjoinContext, kinds: readonly ServedResource[], labelledOnly: boolean): Promise<Scan> {
  const { member, controlPlane, clock, signal } = context;
  const { uid: controlPlaneUid, namespace, scope } = controlPlane;
  const where = scope === 'Cluster' ? {} : { namespace };
  const found = await scanMember(member, { kinds, ...where, controlPlaneUid, labelledOnly, clock, signal });
  return { ...found, marked: found.marked.filter((one) => !isHome(one, controlPlane.namespace)) };
}

/** The control plane's own namespace bears a mark too; its turn comes with the rights. */
function isHome({ resource, object }: Marked, namespace: string): boolean {
  return (
    resource.group === NAMESPACES.group && resource.plural === NAMESPACES.plural && object.metadata.name === namespace
  );
}

/** What the membership may list, by its own role. */
async function rulesOf({
  member,
  identity,
  controlPlane,
  asAdmin,
  signal,
}: UnjoinContext): Promise<readonly PolicyRule[] | 'all'> {
  if (asAdmin) return 'all';
  if (identity === undefined) return [];
  try {
    const { resource, ref } = grantingRole({ ...identity, controlPlane });
    const role = await member.get<RoleObject>(resource, ref, { signal });
    return role.rules ?? [];
  } catch (error) {
    if (isForbidden(error) || isNotFound(error)) return [];
    throw error;
  }
}

/**
 * That nothing is cleaned in a cluster that is not the one that joined: an address or a context may mean another by now.
 * @returns whether it is the host.
 */
async function assertSameCluster({ member, cluster, controlPlane, signal }: UnjoinContext): Promise<boolean> {
  const name = cluster.metadata.name ?? '';
  const joined = cluster.metadata.annotations?.[CLUSTER_UID_ANNOTATION];
  const { metadata } = await member
    .get<KubeObject>(NAMESPACES, { name: 'kube-system' }, { signal })
    .catch((error: unknown): KubeObject => {
      // KubeFed's role in one namespace does not let us, and there is nothing to compare with: neither did its join.
      if (joined === undefined && controlPlane.scope === 'Namespaced' && isForbidden(error)) return { metadata: {} };
      throw error;
    });
  if (joined !== undefined && metadata.uid !== joined) {
    throw new MembershipError('WrongCluster', `this is not the cluster that joined as "${name}": its UID differs`, {
      cluster: name,
      hint: 'if that cluster was rebuilt or is gone, --force takes it out of the host; else give its context',
    });
  }
  return metadata.uid === controlPlane.hostClusterUid;
}

function departureOf(context: UnjoinContext): DepartureOptions | undefined {
  const { identity, controlPlane, asAdmin, clock, signal } = context;
  if (identity === undefined) return undefined;
  return {
    rights: { names: identity.names, namespace: identity.namespace, controlPlane },
    asAdmin,
    clock,
    signal,
  };
}

export function describeEntry({ resource, namespace, name, reason }: ReceiptEntry): string {
  const where = namespace === undefined ? name : `${namespace}/${name}`;
  return `${resource} ${where}${reason === undefined ? '' : `: ${reason}`}`;
}
