import type { ReachabilityClass } from '../../controller/network/reachability/diagnosis.ts';
import { eventually } from '../kube/eventually.ts';
import type { Probes } from './probes.ts';

/** One word for each ordered pair, by `from→to`. */
export type Classes = Readonly<Record<string, ReachabilityClass>>;

export async function diagnosed(probes: Probes, fresh: boolean): Promise<Classes> {
  const pairs = await probes.diagnose(fresh);
  return Object.fromEntries(pairs.map((pair) => [`${pair.from}→${pair.to}`, pair.class]));
}

/** Every ordered pair of these members is well, but for those that are named. */
export function allWellBut(names: readonly string[], but: Classes = {}): Classes {
  const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => `${from}→${to}`));
  return { ...Object.fromEntries(pairs.map((pair) => [pair, 'Reachable' as const])), ...but };
}

/** Both directions between a member and all others. */
export function around(cluster: string, names: readonly string[], word: ReachabilityClass): Classes {
  return {
    ...from(cluster, names, word),
    ...Object.fromEntries(others(cluster, names).map((other) => [`${other}→${cluster}`, word])),
  };
}

/** From a member to all others. */
export function from(cluster: string, names: readonly string[], word: ReachabilityClass): Classes {
  return Object.fromEntries(others(cluster, names).map((other) => [`${cluster}→${other}`, word]));
}

/**
 * Waits until the probes' own rounds show exactly this and nothing else; then everybody is asked once more, and the answer has to be the same.
 * @returns milliseconds until it was seen
 */
export async function noticed(probes: Probes, expected: Classes): Promise<number> {
  const wanted = inWords(expected);
  const began = performance.now();
  const look = async () => inWords(await diagnosed(probes, false));
  await eventually(`the diagnosis is ${wanted}`, look, (seen) => seen === wanted, { withinMs: 90_000, everyMs: 100 });
  const ms = performance.now() - began;
  const anew = async () => inWords(await diagnosed(probes, true));
  await eventually(`it still is ${wanted}`, anew, (seen) => seen === wanted, { withinMs: 90_000 });
  return ms;
}

function others(cluster: string, names: readonly string[]): string[] {
  return names.filter((name) => name !== cluster);
}

function inWords(classes: Classes): string {
  return Object.entries(classes)
    .map(([pair, word]) => `${pair} ${word}`)
    .sort()
    .join(', ');
}
