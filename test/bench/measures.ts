import { readFileSync } from 'node:fs';
import type { Client } from '../../controller/kube/client.ts';

/** Kernel clock ticks per second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Processor time that a process has used so far, all threads, milliseconds. Linux only. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

/** Resident memory of a process now and at its highest, MB. Linux only. */
export function memoryMb(pid: number): { now: number; highest: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
  return { now: read('VmRSS'), highest: read('VmHWM') };
}

/** Writes that an API server has answered so far, but for Events and Leases, which nobody's object causes. */
export async function writesOf(client: Client, signal: AbortSignal): Promise<number> {
  const { text } = await client.raw('GET', '/metrics', { signal });
  let writes = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith('apiserver_request_total{')) continue;
    if (!/verb="(POST|PUT|PATCH|APPLY|DELETE)"/.test(line)) continue;
    if (/resource="(events|leases|tokenreviews|subjectaccessreviews|selfsubjectaccessreviews)"/.test(line)) continue;
    writes += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return writes;
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
