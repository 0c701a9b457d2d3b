import { readFile } from 'node:fs/promises';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import type { ControlPlane } from './control-planes.ts';

/** One request as an API server's audit log tells it, level Metadata. */
interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly requestURI?: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
}

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
/** Not about anybody's object, and as many as time passes. */
const ASIDE: ReadonlySet<string> = new Set(['events', 'leases', 'selfsubjectaccessreviews']);
/** Somebody else wrote the object a moment before, such as a member's own controllers, and it was tried again. */
const isLostRace = ({ verb, responseStatus }: AuditEvent) => verb !== 'create' && responseStatus?.code === 409;

/** When a member was last probed is written down once a minute. */
const isHeartbeat = ({ objectRef = {} }: AuditEvent) =>
  objectRef.resource === 'kubefedclusters' && objectRef.subresource === 'status';

/**
 * The controller's writes that an API server has answered, `verb resource/subresource name`, in order. Events, Leases, probes
 * of members and lost races aside, and whatever other programs write; `fedctl` and the tests themselves among them. `stored`:
 * neither dry runs nor what was refused.
 */
export async function writesOf(
  plane: ControlPlane,
  options: { namespace?: string; stored?: boolean } = {},
): Promise<string[]> {
  return (await eventsOf(plane))
    .filter((event) => options.stored !== true || isStored(event))
    .filter((event) => !isLostRace(event))
    .filter((event) => WRITES.has(event.verb) && isController(event) && !ASIDE.has(event.objectRef?.resource ?? ''))
    .filter((event) => !isHeartbeat(event))
    .filter(({ objectRef }) => options.namespace === undefined || objectRef?.namespace === options.namespace)
    .map(wordsOf);
}

/** A write of one replica of the controller. */
export interface ReplicaWrite {
  readonly identity: string;
  readonly what: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** Everything that replicas of the controller asked this API server to write, Leases aside, Events included. */
export async function replicaWritesOf(plane: ControlPlane): Promise<ReplicaWrite[]> {
  return (await eventsOf(plane)).flatMap((event) => {
    const identity = /^fedmesh-controller\/\S+ \((.+)\)$/.exec(event.userAgent ?? '')?.[1];
    if (identity === undefined || !WRITES.has(event.verb) || event.objectRef?.resource === 'leases') return [];
    return { identity, what: wordsOf(event), receivedAt: Date.parse(event.requestReceivedTimestamp) };
  });
}

/** Requests of one user (or of all whose name begins so), as `verb resource/subresource namespace/name`, each once. */
export async function requestsOf(
  plane: ControlPlane,
  username: string,
): Promise<{ readonly what: string; readonly namespace: string | undefined; readonly code: number }[]> {
  const seen = new Map<string, { what: string; namespace: string | undefined; code: number }>();
  for (const event of await eventsOf(plane)) {
    if (!event.user.username.startsWith(username)) continue;
    const { resource = '', subresource, namespace, name = '' } = event.objectRef ?? {};
    const path = resource === '' ? (event.requestURI ?? '').split('?')[0] : undefined;
    const object = namespace === undefined ? name : `${namespace}/${name}`;
    const kind = `${resource}${subresource === undefined ? '' : `/${subresource}`}`;
    const what = path === undefined ? `${event.verb} ${kind} ${object}`.trimEnd() : `${event.verb} ${path}`;
    const code = event.responseStatus?.code ?? 0;
    seen.set(`${code} ${what}`, { what, namespace, code });
  }
  return [...seen.values()];
}

function isStored({ requestURI = '', responseStatus }: AuditEvent): boolean {
  return !requestURI.includes('dryRun=All') && (responseStatus?.code ?? 0) < 300;
}

async function eventsOf(plane: ControlPlane): Promise<AuditEvent[]> {
  if (plane.auditLogPath === undefined) throw new Error(`${plane.name} was started without an audit log`);
  // What stands after the last line break is being written just now.
  const lines = (await readFile(plane.auditLogPath, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as AuditEvent);
}

function wordsOf({ verb, objectRef = {} }: AuditEvent): string {
  const { resource = '', subresource, name = '' } = objectRef;
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`} ${name}`;
}

/** On the host it runs as whoever started it; in a member as the ServiceAccount that join made. */
function isController({ user, userAgent = '' }: AuditEvent): boolean {
  return (
    userAgent.startsWith('fedmesh-controller/') ||
    user.username.startsWith(`system:serviceaccount:${DEFAULT_KUBEFED_NAMESPACE}:`)
  );
}
