import { overlaps, parseIpRange } from '../../../../apis/meta/ip-range.ts';
import { MeshError } from '../mesh-error.ts';
import type { Egress, EgressBody } from './api.ts';
import type { NetmakerClient } from './client.ts';
import { readMark } from './names.ts';
import { differences, type EgressSpec } from './state.ts';

export interface ServerContext {
  readonly client: NetmakerClient;
  readonly owner: string;
  readonly network: string;
}

/** Virtual ranges of different sizes are given out without regard to each other; each new egress gets another one. */
const TRIES = 10;

/** Has an egress as it should be: the one with this id, or the one that bears its mark, or a new one. What came out is read back. */
export async function putEgress(
  context: ServerContext,
  spec: EgressSpec,
  id: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const present = find(context, await list(context, signal), spec, id);
  if (present !== undefined) {
    if (differences(present, spec).length === 0) return;
    await context.client.updateEgress({ ...bodyOf(context, spec), id: present.id }, signal);
    check(await readBack(context, present.id, spec, signal), spec);
    return;
  }
  for (let tries = 1; ; tries++) {
    const made = await create(context, spec, signal);
    const clash = spec.virtual ? virtualClash(made, await list(context, signal)) : undefined;
    if (clash === undefined) return;
    await remove(context, made.id, signal);
    if (tries === TRIES) {
      const message = `the virtual range ${made.virtual_range} that Netmaker gave ${spec.range} overlaps ${clash.virtual_range} of "${clash.name}". The egress was taken away again; give the network a wider pool (virtual_nat_pool_ipv4)`;
      throw noEffect(message, spec.cluster);
    }
  }
}

/** Deletes an egress that still bears our mark, and sees that it is gone. */
export async function deleteEgress(context: ServerContext, id: string, signal: AbortSignal): Promise<void> {
  const isOurs = ({ id: found, description }: Egress) =>
    found === id && readMark(context.owner, description) !== undefined;
  // Whoever took the mark off it has taken it over.
  if (!(await list(context, signal)).some(isOurs)) return;
  await remove(context, id, signal);
  const left = (await list(context, signal)).find(isOurs);
  if (left === undefined) return;
  throw noEffect(
    `Netmaker says that it deleted the egress "${left.name}" (${left.range}), and still has it`,
    undefined,
  );
}

async function create(context: ServerContext, spec: EgressSpec, signal: AbortSignal): Promise<Egress> {
  const answer = await context.client.createEgress(bodyOf(context, spec), signal);
  if (typeof answer.id !== 'string' || answer.id === '') {
    throw noEffect(`Netmaker answered to the new egress ${spec.name} without its id`, spec.cluster);
  }
  const made = await readBack(context, answer.id, spec, signal);
  try {
    check(made, spec);
  } catch (error) {
    // Left there it would route, and not as it was wanted: packets for others might go that way.
    await remove(context, made.id, signal);
    throw error;
  }
  return made;
}

function check(egress: Egress, spec: EgressSpec): void {
  const wrong = differences(egress, spec);
  if (wrong.length === 0) return;
  const hint = spec.virtual
    ? '. Virtual ranges need Netmaker Pro; without it, give the cluster a range of its own'
    : '';
  throw noEffect(
    `Netmaker answered that the egress ${spec.name} (${spec.range}) is done, but ${wrong.join(', and ')}${hint}`,
    spec.cluster,
  );
}

async function readBack(context: ServerContext, id: string, spec: EgressSpec, signal: AbortSignal): Promise<Egress> {
  const found = (await list(context, signal)).find((egress) => egress.id === id);
  if (found !== undefined) return found;
  throw noEffect(
    `Netmaker answered that the egress ${spec.name} (${spec.range}) is done, but does not list it`,
    spec.cluster,
  );
}

function find(
  context: ServerContext,
  all: readonly Egress[],
  spec: EgressSpec,
  id: string | undefined,
): Egress | undefined {
  const own = all.filter(({ description }) => readMark(context.owner, description)?.cluster === spec.cluster);
  return own.find((egress) => egress.id === id) ?? own.find(({ range }) => range === spec.range);
}

function virtualClash(made: Egress, all: readonly Egress[]): Egress | undefined {
  const virtual = parseIpRange(made.virtual_range ?? '');
  if (typeof virtual === 'string') return undefined;
  return all.find((egress) => {
    const other = parseIpRange(egress.virtual_range ?? '');
    return egress.id !== made.id && typeof other !== 'string' && overlaps(virtual, other);
  });
}

function bodyOf({ network }: ServerContext, { name, description, nodes, range, virtual }: EgressSpec): EgressBody {
  const mode = virtual ? 'virtual_nat' : 'direct_nat';
  // Without NAT pods see who asks; a virtual range is made of nothing but NAT.
  return { name, network, description, nodes, tags: {}, range, nat: virtual, mode, status: true };
}

function list({ client, network }: ServerContext, signal: AbortSignal): Promise<readonly Egress[]> {
  return client.egresses(network, signal);
}

function remove({ client }: ServerContext, id: string, signal: AbortSignal): Promise<void> {
  return client.deleteEgress(id, signal);
}

export function noEffect(message: string, cluster: string | undefined): MeshError {
  return new MeshError(message, { code: 'NoEffect', provider: 'netmaker', cluster });
}
