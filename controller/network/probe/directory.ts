import { isIP } from 'node:net';
import type { Target } from './report.ts';

/** A member's probes, as all others know them. */
export interface DirectoryMember {
  readonly cluster: string;
  /** Addresses of its probes' Pods, both families. */
  readonly pods: readonly string[];
  /** Of its probes' Service. Empty: Services are not asked. */
  readonly services: readonly string[];
}

/**
 * Who there is to be asked: the same text for every probe, which leaves out its own member. Two probes of different members so need no
 * more than one ConfigMap without overrides, and it changes only when Pods do.
 */
export interface ProbeDirectory {
  /** Changes with the content. */
  readonly version: string;
  /** From the beginning of one round to that of the next, milliseconds. */
  readonly intervalMs: number;
  /** How many other members are asked in one round. */
  readonly perRound: number;
  readonly podPort: number;
  readonly servicePort: number;
  readonly members: readonly DirectoryMember[];
}

/** The shortest round: a directory that asks for more is a mistake. */
const SHORTEST_INTERVAL_MS = 1_000;

/** What a person or a controller wrote, or what is wrong with it. */
export function parseDirectory(text: string): ProbeDirectory | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `is no JSON: ${(error as Error).message}`;
  }
  if (!isRecord(value)) return 'is no JSON object';
  const { version, intervalMs, perRound, podPort, servicePort, members } = value;
  if (typeof version !== 'string') return 'has no version';
  if (!isWhole(intervalMs) || intervalMs < SHORTEST_INTERVAL_MS)
    return `intervalMs is no number of milliseconds, ${SHORTEST_INTERVAL_MS} or more`;
  if (!isWhole(perRound) || perRound < 1) return 'perRound is no number of members, 1 or more';
  if (!isPort(podPort)) return 'podPort is no port';
  if (!isPort(servicePort)) return 'servicePort is no port';
  if (!Array.isArray(members)) return 'has no list of members';
  for (const member of members) {
    const fault = memberFault(member);
    if (fault !== undefined) return fault;
  }
  const names = members.map(({ cluster }: DirectoryMember) => cluster);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) return `names member ${JSON.stringify(twice)} twice`;
  return { version, intervalMs, perRound, podPort, servicePort, members: members as DirectoryMember[] };
}

/** All addresses of a member. */
export function targetsOf(member: DirectoryMember, directory: ProbeDirectory): Target[] {
  const { cluster } = member;
  return [
    ...member.pods.map((address): Target => ({ cluster, kind: 'pod', address, port: directory.podPort })),
    ...member.services.map((address): Target => ({ cluster, kind: 'service', address, port: directory.servicePort })),
  ];
}

function memberFault(member: unknown): string | undefined {
  if (!isRecord(member) || typeof member.cluster !== 'string' || member.cluster === '')
    return 'has a member without a name';
  for (const [field, list] of Object.entries({ pods: member.pods, services: member.services })) {
    if (!Array.isArray(list)) return `member ${JSON.stringify(member.cluster)} has no list of ${field}`;
    const wrong = list.find((address) => typeof address !== 'string' || isIP(address) === 0);
    if (wrong !== undefined)
      return `${JSON.stringify(wrong)} of member ${JSON.stringify(member.cluster)} is no IP address`;
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isPort(value: unknown): value is number {
  return isWhole(value) && value > 0 && value < 65_536;
}
