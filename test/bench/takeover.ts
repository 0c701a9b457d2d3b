import { parseArgs } from 'node:util';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { LEADER_LEASE, LEASES, type Lease } from '../../controller/runtime/lease.ts';
import { Cluster, until } from '../e2e/cluster.ts';
import { federated, federateNamespace, untilPropagated } from '../e2e/federated.ts';
import { startFederation } from '../e2e/federation.ts';
import { CONFIG_MAPS, federatedKindOf } from '../e2e/kinds.ts';
import { median, memoryMb } from './measures.ts';

/**
 * `npx tsx test/bench/takeover.ts`, after `npm run build`: how long a control plane of two replicas is without a leader when
 * the leader is killed, and when it is told to stop, on a real host and two real members with the durations of a new
 * installation (lease 15 s, deadline 10 s, retry 5 s).
 */

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    /** Federated objects that the new leader has to look through first. */
    objects: { type: 'string', default: '500' },
  },
});
const rounds = Number(flags.rounds);
const objects = Number(flags.objects);

const MEMBERS = ['earth', 'vulcan'] as const;
const NAMESPACE = 'takeover';
const LEASE = { name: LEADER_LEASE, namespace: DEFAULT_KUBEFED_NAMESPACE };
const OFTEN = { everyMs: 10, withinMs: 60_000 };
const RETRY_PERIOD_MS = 5_000;

interface Round {
  readonly leaseMs: number;
  readonly workMs: number;
}

const note = (text: string) => process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const federation = await startFederation({ names: ['host', ...MEMBERS], planes: { controllers: 'minimal' } });
  let standby = await federation.another();
  try {
    const host = new Cluster(federation.clients.host);
    const members = MEMBERS.map((name) => new Cluster(federation.clients[name]));
    const heldBy = (identity: string) =>
      until(
        `the lease held by ${identity}`,
        () => host.find<Lease>(LEASES, LEASE),
        (lease) => lease?.spec?.holderIdentity === identity,
        OFTEN,
      );
    const create = (name: string) =>
      host.create(
        federatedKindOf(CONFIG_MAPS),
        federated(CONFIG_MAPS, { name, namespace: NAMESPACE, template: {}, on: MEMBERS }),
      );
    await heldBy(federation.controller.identity);
    await federateNamespace(host, NAMESPACE, MEMBERS);
    note(`${objects} objects`);
    for (let n = 0; n < objects; n++) await create(`object-${n}`);
    await untilPropagated(host, CONFIG_MAPS, { name: `object-${objects - 1}`, namespace: NAMESPACE }, MEMBERS);

    /** Ends the leader, and says how long it took until another one led, and until its first work was done. */
    const measure = async (signal: 'SIGKILL' | 'SIGTERM', name: string): Promise<Round> => {
      // Anywhere between two renewals.
      await new Promise((resolve) => setTimeout(resolve, RETRY_PERIOD_MS * Math.random()));
      const endedAt = Date.now();
      const ending = federation.controller.stop(signal);
      await create(name);
      const lease = await heldBy(standby.identity);
      await Promise.all(
        members.map((member) =>
          until(
            `${name} in ${member.name}`,
            () => member.find(CONFIG_MAPS, { name, namespace: NAMESPACE }),
            (found) => found !== undefined,
            OFTEN,
          ),
        ),
      );
      const workMs = Date.now() - endedAt;
      await ending;
      federation.controller = standby;
      standby = await federation.another();
      return { leaseMs: Date.parse(lease?.spec?.acquireTime ?? '') - endedAt, workMs };
    };

    for (const [signal, goal] of [
      ['SIGKILL', '<= 20 s'],
      ['SIGTERM', '<= 2 s'],
    ] as const) {
      const found: Round[] = [];
      for (let round = 1; round <= rounds; round++) {
        note(`${signal} ${round} of ${rounds}`);
        found.push(await measure(signal, `${signal.toLowerCase()}-${round}`));
      }
      process.stdout.write(tableOf(signal, goal, found));
    }
    const [leading, standing] = [federation.controller, standby].map(({ pid }) => memoryMb(pid).now.toFixed(0));
    process.stdout.write(`\nresident memory: ${leading} MB in the leader, ${standing} MB in the standby\n`);
  } finally {
    await standby.stop();
    await federation.close();
  }
}

function tableOf(signal: string, goal: string, found: readonly Round[]): string {
  const seconds = (ms: number) => (ms / 1000).toFixed(2);
  const line = (what: string, values: readonly number[]) =>
    `| ${[what, ...values.map(seconds), seconds(median(values)), seconds(Math.max(...values))].join(' | ')} |\n`;
  const rounds = found.map((_, index) => String(index + 1));
  const columns = [`${signal}, s (goal ${goal})`, ...rounds, 'p50', 'longest'];
  return [
    `\n| ${columns.join(' | ')} |\n| ${columns.map(() => '---').join(' | ')} |\n`,
    line(
      'until another replica holds the lease',
      found.map(({ leaseMs }) => leaseMs),
    ),
    line(
      'until an object made in between is in both members',
      found.map(({ workMs }) => workMs),
    ),
  ].join('');
}

await main();
