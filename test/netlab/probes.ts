import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseIpRange } from '../../apis/meta/ip-range.ts';
import type { ProbeDirectory } from '../../controller/network/probe/directory.ts';
import type { ProbeReport } from '../../controller/network/probe/report.ts';
import { diagnoseMatrix } from '../../controller/network/reachability/diagnose.ts';
import type { PairDiagnosis } from '../../controller/network/reachability/diagnosis.ts';
import type { GatewayState, MemberEvidence } from '../../controller/network/reachability/evidence.ts';
import { eventually } from '../kube/eventually.ts';
import { type LabCluster, type LabNode, POD_PORT, SERVICE_PORT } from './cluster.ts';
import type { Lab } from './lab/lab.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** From one round of questions to the next. */
export const INTERVAL_MS = 2_000;
/** For one question: a round, of small and big ones, ends before the next one begins. */
export const TIMEOUT_MS = 900;

export interface ProbesOptions {
  /** What the mesh says of a gateway; default: nothing. */
  readonly gateway?: (cluster: LabCluster) => Promise<GatewayState>;
  /** Whether Services are asked too; default: they are. */
  readonly services?: boolean;
}

/** The probe program in the pods of clusters, and what follows from its reports. */
export class Probes {
  readonly #file: string;
  readonly #lab: Lab;
  readonly #gateway: NonNullable<ProbesOptions['gateway']>;
  readonly #services: boolean;
  #members: readonly LabCluster[] = [];
  #version = 0;

  constructor(lab: Lab, options: ProbesOptions = {}) {
    this.#lab = lab;
    this.#file = join(lab.folder, 'targets.json');
    this.#services = options.services ?? true;
    this.#gateway = options.gateway ?? (() => Promise.resolve({ state: 'Unknown', message: '' }));
  }

  /** Starts a probe in every pod; they ask nobody yet. Resolves when all answer. */
  async start(clusters: readonly LabCluster[]): Promise<void> {
    await this.federate([]);
    const nodes = clusters.flatMap((cluster) => cluster.nodes.map((node) => ({ cluster, node })));
    for (const { cluster, node } of nodes) {
      const env = {
        PROBE_CLUSTER: cluster.name,
        PROBE_NODE: node.name,
        PROBE_NONCE: nonceOf(node),
        PROBE_PORT: String(POD_PORT),
        PROBE_TARGETS: this.#file,
        PROBE_TIMEOUT_MS: String(TIMEOUT_MS),
      };
      const args = ['--import', 'tsx', 'controller/network/probe/main.ts'];
      this.#lab.start(node.pod, process.execPath, args, { cwd: ROOT, env });
    }
    await Promise.all(
      nodes.map(({ node }) =>
        eventually(
          `the probe of ${node.name} answers`,
          () => node.pod.execute('curl', ['-sf', `http://127.0.0.1:${POD_PORT}/healthz`]),
          ({ code }) => code === 0,
          { withinMs: 120_000, everyMs: 100 },
        ),
      ),
    );
  }

  /** Whose probes ask each other from now on. */
  async federate(members: readonly LabCluster[]): Promise<void> {
    this.#members = members;
    this.#version += 1;
    const directory: ProbeDirectory = {
      version: String(this.#version),
      intervalMs: INTERVAL_MS,
      perRound: Math.max(1, members.length),
      podPort: POD_PORT,
      servicePort: SERVICE_PORT,
      members: members.map(({ name, nodes, serviceAddress }) => ({
        cluster: name,
        pods: nodes.flatMap(({ podAddresses }) => podAddresses),
        services: this.#services ? [serviceAddress] : [],
      })),
    };
    await writeFile(this.#file, JSON.stringify(directory));
  }

  /** What every probe knows. @param fresh everybody is asked once more before */
  reports(fresh: boolean): Promise<ProbeReport[]> {
    const nodes = this.#members.flatMap((member) => member.nodes);
    return Promise.all(nodes.map((node) => this.#reportOf(node, fresh)));
  }

  /** Every ordered pair of members. Known overlaps are not told to the diagnosis: it has to see them. */
  async diagnose(fresh: boolean): Promise<PairDiagnosis[]> {
    const reports = await this.reports(fresh);
    const members = await Promise.all(
      this.#members.map(
        async (cluster): Promise<MemberEvidence> => ({
          cluster: cluster.name,
          podRanges: cluster.podCIDRs.map(parseIpRange).filter((range) => typeof range !== 'string'),
          probes: cluster.nodes.map((node) => ({
            nonce: nonceOf(node),
            node: node.name,
            addresses: node.podAddresses,
          })),
          serviceAddresses: [cluster.serviceAddress],
          gateway: await this.#gateway(cluster),
          masquerades: false,
          reports: reports.filter((report) => report.cluster === cluster.name),
        }),
      ),
    );
    return diagnoseMatrix({ members, overlapping: [], services: this.#services, staleAfterMs: 60_000 });
  }

  async #reportOf(node: LabNode, fresh: boolean): Promise<ProbeReport> {
    const url = `http://127.0.0.1:${POD_PORT}/results${fresh ? '?round=all' : ''}`;
    const look = async () => JSON.parse(await node.pod.output('curl', ['-sf', '-m', '15', url])) as ProbeReport;
    // A probe looks every two seconds whether it has to ask somebody else.
    return eventually(
      `the probe of ${node.name} knows whom to ask`,
      look,
      ({ directory }) => directory === String(this.#version),
      { withinMs: 60_000, everyMs: 100 },
    );
  }
}

/** Nobody else's, though another cluster may have a node of the same name. */
function nonceOf({ pod }: LabNode): string {
  return pod.name;
}
