import { type Document, isCollection, isScalar, isSeq, type LineCounter, type Scalar, visit, type YAMLMap } from 'yaml';

/** Where and why Kubernetes' parser refuses what the YAML library took. */
export class FlowProblem extends Error {}

/**
 * Makes of keys what Kubernetes' parser makes of them, in place. It takes a colon after a plain key for one only where a space or the
 * end of the line follows: `{a:[1]}` is no map, in `{a:}` the key is `a:`, and in `[a:]` there is none. And keys are scalars.
 *
 * @throws {FlowProblem} in go-yaml's words
 */
export function readKeysAsGo(document: Document.Parsed, text: string, lines: LineCounter): void {
  visit(document, {
    Map(_, map, path) {
      for (const { key } of map.items) {
        if (isCollection(key)) throw new FlowProblem(`yaml: invalid map key: ${sourceOf(text, key.range)}`);
        if (!isScalar(key) || key.type !== 'PLAIN') continue;
        const [after, next] = followers(text, key);
        if (after !== ':') continue;
        if (next === '[' || next === '{') throw glued(map, path.at(-1), key, text, lines);
        if (next !== ',' && next !== ']' && next !== '}') continue;
        key.value = `${sourceOf(text, key.range)}:`;
        if (isSeq(path.at(-1)) && text[map.range?.[0] ?? 0] !== '{') return key;
      }
      return undefined;
    },
    Scalar(_, { type, range }, path) {
      const isFlow = path.some((around) => isCollection(around) && around.flow === true);
      // There it is always the sign between a key and its value.
      if (type !== 'PLAIN' || !isFlow || text[range?.[0] ?? text.length] !== ':') return;
      throw new FlowProblem('yaml: did not find expected node content');
    },
  });
}

type Range = readonly [number, number, number] | null | undefined;

function sourceOf(text: string, range: Range): string {
  return text.slice(range?.[0] ?? 0, range?.[1] ?? 0);
}

/** The two characters after a key. */
function followers(text: string, { range }: Scalar): readonly [string | undefined, string | undefined] {
  const end = range?.[1] ?? text.length;
  return [text[end], text[end + 1]];
}

/** It names the line before the one on which the collection began, and none for the first. */
function glued(map: YAMLMap, around: unknown, key: Scalar, text: string, lines: LineCounter): FlowProblem {
  const isPair = isSeq(around) && text[map.range?.[0] ?? 0] !== '{';
  const start = (isPair ? around.range : map.range)?.[0] ?? 0;
  const line = lines.linePos(start).line - 1 || lines.linePos(key.range?.[1] ?? 0).line - 1;
  return new FlowProblem(
    `yaml: ${line === 0 ? '' : `line ${line}: `}did not find expected ',' or '${isPair ? ']' : '}'}'`,
  );
}
