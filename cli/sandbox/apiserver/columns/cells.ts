import type { DeepReadonly, LabelSelector } from '../../../../apis/meta/v1.ts';
import { formatLabelSelector } from '../../../../controller/kube/label-selector.ts';

/** Names and images of containers: the wide columns of every workload. */
export function containerNames(containers: readonly { readonly name: string }[] | null | undefined): string {
  return (containers ?? []).map(({ name }) => name).join(',');
}

export function containerImages(containers: readonly { readonly image?: string }[] | null | undefined): string {
  return (containers ?? []).map(({ image }) => image ?? '').join(',');
}

/** `labels.FormatLabels`: `a=b,c=d` in the order of keys, or `<none>`. */
export function formatLabels(labels: Readonly<Record<string, string>> | null | undefined): string {
  const keys = Object.keys(labels ?? {}).sort();
  return keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${labels?.[key]}`).join(',');
}

/** `metav1.FormatLabelSelector`. */
export function formatSelector(selector: unknown): string {
  if (selector === undefined || selector === null) return '<none>';
  return formatSorted(selector as DeepReadonly<LabelSelector>) || '<none>';
}

/** `a=b,c in (d,z)`: requirements in the order of their keys, values in theirs, as Kubernetes writes a selector. */
export function formatSorted({ matchLabels = {}, matchExpressions = [] }: DeepReadonly<LabelSelector>): string {
  const equal = Object.entries(matchLabels).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  const expressions = matchExpressions.map((expression) => {
    const values = [...(expression.values ?? [])].sort();
    const sorted = expression.values === undefined ? expression : { ...expression, values };
    return { key: expression.key, text: formatLabelSelector({ matchExpressions: [sorted] }) };
  });
  const all = [...equal, ...expressions].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return all.map(({ text }) => text).join(',');
}

/** At most so many, and how many more there are. */
export function listWithMore(list: readonly string[], maximum: number, count: number, separator = ','): string {
  const shown = list.slice(0, maximum).join(separator);
  return count > maximum ? `${shown} + ${count - maximum} more...` : shown;
}

export function printBool(value: boolean | undefined): string {
  if (value === undefined) return '<unset>';
  return value ? 'True' : 'False';
}
