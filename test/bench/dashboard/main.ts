import { setTimeout as wait } from 'node:timers/promises';
import { ServedDashboard, StreamReader } from '../../../controller/dashboard/testing/served.ts';

/** What the dashboard costs: lists over many objects, and many open streams. Readers and server share this process. */
const served = await ServedDashboard.start({ open: true });
const rows: [string, string][] = [];

async function timed(what: string, path: string): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const begun = performance.now();
    await served.json(path);
    times.push(performance.now() - begun);
  }
  rows.push([what, `${Math.max(...times).toFixed(0)} ms (slowest of 5)`]);
}

function fill(from: number, to: number): void {
  for (let index = from; index < to; index += 1) {
    served.put('maps', `team-${index % 50}`, `object-${index}`, index % 97 === 0 ? 'UpdateFailed' : '');
  }
  served.beat();
}

for (const name of ['earth', 'vulcan']) served.cluster(name);
fill(0, 10_000);
await timed('10,000 objects: overview', '/api/v1/overview');
await timed('10,000 objects: first page', '/api/v1/objects');
fill(10_000, 100_000);
await timed('100,000 objects: first page', '/api/v1/objects');
await timed('100,000 objects: filtered by state', '/api/v1/objects?state=failed');
await timed('100,000 objects: searched', '/api/v1/objects?search=99');
await timed('100,000 objects: by time, page in the middle', '/api/v1/objects?sort=changed&order=desc&offset=50000');

const SECONDS = 5;
const before = process.memoryUsage().rss;
const readers = await Promise.all(Array.from({ length: 200 }, () => StreamReader.open(served.url)));
const cpu = process.cpuUsage();
for (let round = 0; round < SECONDS * 4; round += 1) {
  for (let change = 0; change < 12.5; change += 1) {
    served.put('maps', 'team-1', 'object-1', (round + change) % 2 === 0 ? 'UpdateFailed' : '');
    served.put('maps', `team-${change}`, `object-${change}`, round % 2 === 0 ? 'UpdateFailed' : '');
  }
  served.beat(250);
  await wait(250);
}
const { user, system } = process.cpuUsage(cpu);
const share = (user + system) / 1_000_000 / SECONDS;
rows.push(['200 streams, 50 changes/s: CPU, readers included', `${(share * 100).toFixed(0)} % of a core`]);
const grown = (process.memoryUsage().rss - before) / 1_048_576;
rows.push(['200 streams: memory, readers included', `${grown.toFixed(0)} MB more`]);
for (const reader of readers) reader.close();
await served.close();
const width = Math.max(...rows.map(([what]) => what.length));
process.stdout.write(`${rows.map(([what, figure]) => `${what.padEnd(width)}  ${figure}`).join('\n')}\n`);
