import { type IpRange, parseIpRange } from '../../../../apis/meta/ip-range.ts';
import type { Attempt, ProbeAnswer, TargetResult } from '../../probe/report.ts';
import type { MatrixEvidence, MemberEvidence } from '../evidence.ts';

export const NOW = '2026-01-01T00:00:00.000Z';

type Answered = Attempt & { readonly answer: ProbeAnswer };
export interface Result {
  readonly small: Attempt;
  readonly big?: Attempt;
}
export interface OkResult extends Result {
  readonly small: Answered;
  readonly big: Answered;
}

/** A question of one probe. */
export interface Asked {
  readonly from: string;
  readonly to: string;
  readonly kind: 'pod' | 'service';
  readonly askedFrom: string;
  readonly askedNode?: string;
  readonly address: string;
}

export function ok(cluster: string, nonce: string, peer: string): OkResult {
  const answer = { cluster, node: 'n', nonce, peer };
  return { small: { ms: 2, answer }, big: { ms: 3, answer } };
}

export interface SceneOptions {
  readonly services?: boolean;
  readonly dual?: boolean;
  readonly masquerades?: boolean;
  /** When everything was found. */
  readonly at?: string;
  readonly down?: Readonly<Record<string, string>>;
}

export interface Scene {
  /** What becomes of these questions; the last word counts. */
  when(which: (asked: Asked) => boolean, result: Result | ((well: OkResult) => Result)): Scene;
  evidence(): MatrixEvidence;
}

/** Members with a probe on the gateway and one on another node each; the first has 10.1.0.0/16, and so on. All is well unless said otherwise. */
export function scene(clusters: readonly string[], options: SceneOptions = {}): Scene {
  const faults: { which: (asked: Asked) => boolean; result: Result | ((well: OkResult) => Result) }[] = [];
  const numberOf = (cluster: string) => clusters.indexOf(cluster) + 1;
  const probesOf = (cluster: string) =>
    ['gw', 'n'].map((suffix, index) => ({
      nonce: `${cluster}-${suffix}`,
      node: `${cluster}-${suffix}`,
      addresses: [
        `10.${numberOf(cluster)}.${index}.10`,
        ...(options.dual === true ? [`fd00:${numberOf(cluster)}::${index}`] : []),
      ],
    }));
  const serviceOf = (cluster: string) => `10.10${numberOf(cluster)}.0.80`;
  const well = (from: { addresses: string[] }, asked: Asked): OkResult => {
    const peer = from.addresses.find((address) => address.includes(':') === asked.address.includes(':')) ?? '';
    const nonce = probesOf(asked.to).find(({ addresses }) => addresses.includes(asked.address))?.nonce;
    return ok(asked.to, nonce ?? `${asked.to}-gw`, peer);
  };
  const resultOf = (from: { addresses: string[] }, asked: Asked): Result => {
    const fault = faults.findLast(({ which }) => which(asked));
    const fine = well(from, asked);
    if (fault === undefined) return fine;
    return typeof fault.result === 'function' ? fault.result(fine) : fault.result;
  };
  const memberOf = (cluster: string): MemberEvidence => ({
    cluster,
    podRanges: rangesOf(`10.${numberOf(cluster)}.0.0/16`),
    probes: probesOf(cluster),
    serviceAddresses: [serviceOf(cluster)],
    gateway:
      options.down?.[cluster] === undefined
        ? { state: 'Ready', message: '' }
        : { state: 'NotReady', message: options.down[cluster] },
    masquerades: options.masquerades ?? false,
    reports: probesOf(cluster).map((probe) => ({
      cluster,
      node: probe.node,
      nonce: probe.nonce,
      now: NOW,
      sequence: 1,
      results: clusters.filter((other) => other !== cluster).flatMap((to) => resultsOf(cluster, probe, to)),
    })),
  });
  const resultsOf = (from: string, probe: { node: string; addresses: string[] }, to: string): TargetResult[] => {
    const pods = probesOf(to).flatMap(({ addresses, node }) => addresses.map((address) => ({ address, node })));
    const asked: Asked[] = [
      ...pods.map(({ address, node }): Asked => {
        return { from, to, kind: 'pod', askedFrom: probe.node, askedNode: node, address };
      }),
      ...(options.services === true
        ? [{ from, to, kind: 'service' as const, askedFrom: probe.node, address: serviceOf(to) }]
        : []),
    ];
    return asked.map((each) => ({
      cluster: to,
      kind: each.kind,
      address: each.address,
      port: 8080,
      at: options.at ?? NOW,
      sequence: 1,
      ...resultOf(probe, each),
    }));
  };
  const made: Scene = {
    when(which, result) {
      faults.push({ which, result });
      return made;
    },
    evidence: () => ({
      members: clusters.map(memberOf),
      overlapping: [],
      services: options.services ?? false,
      staleAfterMs: 180_000,
    }),
  };
  return made;
}

function rangesOf(text: string): IpRange[] {
  const range = parseIpRange(text);
  return typeof range === 'string' ? [] : [range];
}
