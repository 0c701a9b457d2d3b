import { LineCounter, parseDocument } from 'yaml';

/**
 * Keys that come twice in one map, in the words of Kubernetes' YAML parser: `line 7: key "replicas" already set in map`. Server-side
 * apply reads JSON as YAML, too.
 */
export function yamlDuplicates(text: string): string[] {
  const lines = new LineCounter();
  const { errors } = parseDocument(text, { version: '1.1', uniqueKeys: true, lineCounter: lines });
  return errors
    .filter(({ code }) => code === 'DUPLICATE_KEY')
    .map(({ pos: [start] }) => {
      const key = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^:\s]+))/.exec(text.slice(start));
      const name = key?.[1] ?? key?.[2] ?? key?.[3] ?? '';
      return `line ${lines.linePos(start).line}: key ${JSON.stringify(name)} already set in map`;
    });
}
