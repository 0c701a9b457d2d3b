import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Pod } from './facts.ts';

/** The values of a flag in the command and arguments of a pod's containers: `--flag=value` or `--flag value`, a list with commas. */
export function flagOfPods(pods: DeepReadonly<Pod[]> | undefined, flag: string): string[] {
  for (const pod of pods ?? []) {
    for (const { command = [], args = [] } of pod.spec?.containers ?? []) {
      const values = flagValues([...command, ...args], flag);
      if (values.length > 0) return values;
    }
  }
  return [];
}

/** The last one counts, as in Go's and Kubernetes' own flags. */
export function flagValues(words: readonly string[], flag: string): string[] {
  const found = words.flatMap((word, index) => {
    if (word === flag) return [words[index + 1] ?? ''];
    return word.startsWith(`${flag}=`) ? [word.slice(flag.length + 1)] : [];
  });
  return splitList(found.at(-1));
}

/** `10.244.0.0/16,fd00:10:244::/56`, quotes and blanks as people write them. */
export function splitList(text: string | undefined): string[] {
  return (text ?? '')
    .split(/[,\s]+/)
    .map((word) => word.replaceAll(/["']/g, ''))
    .filter((word) => word !== '');
}
