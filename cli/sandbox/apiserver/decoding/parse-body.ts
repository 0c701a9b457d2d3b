import {
  isScalar,
  LineCounter,
  parseAllDocuments,
  type Scalar,
  type ScalarTag,
  type Tags,
  visit,
  type YAMLParseError,
} from 'yaml';
import { goQuote } from '../errors/go-text.ts';
import { badRequest, type StatusError, unsupportedMediaType } from '../errors/status-error.ts';
import { MEDIA_TYPES } from '../routing/negotiation.ts';
import { duplicateKeys, hasAllKeys, isTooDeep, jsonSyntaxProblem } from './json-syntax.ts';
import { isTooDeepYaml, MAX_YAML_DEPTH } from './yaml-depth.ts';
import { FlowProblem, readKeysAsGo } from './yaml-flow.ts';

const BODY_TYPES = [...MEDIA_TYPES, 'application/vnd.kubernetes.protobuf'];
/** As often may anchors be used, so that a few lines do not become gigabytes. */
const MAX_ALIASES = 1_000;

export interface ParsedBody {
  readonly value: unknown;
  /** Keys that came twice: paths in JSON, in YAML go-yaml's words. */
  readonly duplicates: readonly string[];
  readonly isYaml?: boolean;
  /** Nested deeper than may be recursed into. */
  readonly isDeep?: boolean;
  /** JSON in which a key comes twice, whether or not anybody wants to know. */
  readonly repeats?: boolean;
}

/** Why the body is none, for the caller's own words around it. */
export class BodyProblem extends Error {
  /** `json parse error: …` or the YAML parser's words. */
  readonly isJson: boolean;
  constructor(message: string, isJson: boolean) {
    super(message);
    this.isJson = isJson;
  }
}

/** Kubernetes takes 10,000. */
export function tooDeep(levels: number): BodyProblem {
  return new BodyProblem(`nested deeper than ${levels} levels, the most that this server takes`, false);
}

/**
 * @throws {BodyProblem} it is no JSON or YAML
 * @throws {StatusError} 415
 */
export function parseBody(text: string, contentType: string, wantsDuplicates: boolean): ParsedBody {
  checkBodyType(contentType);
  return contentType === 'application/yaml' ? parseYaml(text, wantsDuplicates) : parseJson(text, wantsDuplicates);
}

/** @throws {StatusError} 415: neither JSON, which is also meant by nothing, nor YAML, nor protobuf */
export function checkBodyType(contentType: string): void {
  if (contentType !== '' && !BODY_TYPES.includes(contentType)) throw unsupportedMediaType(BODY_TYPES);
}

export function parseJson(text: string, wantsDuplicates: boolean): ParsedBody {
  let value: unknown;
  try {
    // Hardly any body escapes characters; to look for the escape alone is many times as fast.
    value = text.includes('\\u') && LONE_SURROGATE.test(text) ? JSON.parse(text, wellFormed) : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new BodyProblem(jsonSyntaxProblem(text), true);
    throw error;
  }
  try {
    // Most bodies hold nothing twice, and counting tells so without reading them again.
    if (hasAllKeys(text, value)) return { value, duplicates: [] };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    if (isTooDeep(text)) throw new BodyProblem(jsonSyntaxProblem(text), true);
    return { value, duplicates: wantsDuplicates ? duplicateKeys(text) : [], isDeep: true };
  }
  const duplicates = duplicateKeys(text);
  return { value, duplicates: wantsDuplicates ? duplicates : [], repeats: duplicates.length > 0 };
}

const LONE_SURROGATE = /\\u[dD][89a-fA-F]/;

/** Half a character becomes the one that stands for what is none. */
function wellFormed(_: string, value: unknown): unknown {
  return typeof value === 'string' ? Buffer.from(value, 'utf8').toString('utf8') : value;
}

export function parseYaml(text: string, wantsDuplicates: boolean): ParsedBody {
  const trimmed = text.trimStart();
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) {
    // JSON is YAML, and much faster read as what it is.
    try {
      const parsed = parseJson(text, wantsDuplicates);
      if (parsed.repeats !== true && parsed.duplicates.length === 0) return parsed;
    } catch (error) {
      if (!(error instanceof BodyProblem)) throw error;
    }
  }
  if (isTooDeepYaml(text)) throw tooDeep(MAX_YAML_DEPTH);
  const lineCounter = new LineCounter();
  try {
    // Of several documents the first one counts.
    const [document] = parseAllDocuments(text, { version: '1.1', uniqueKeys: false, lineCounter, customTags });
    if (document === undefined || !('contents' in document)) return { value: {}, duplicates: [] };
    const [problem] = document.errors;
    if (problem !== undefined) throw new BodyProblem(yamlProblem(problem, lineCounter), false);
    readKeysAsGo(document, text, lineCounter);
    const duplicates: string[] = [];
    visit(document, {
      Map(_, map) {
        const seen = new Set<unknown>();
        for (const { key } of map.items) {
          if (!isScalar(key)) continue;
          if (seen.has(key.value)) duplicates.push(duplicateKey(key, lineCounter));
          seen.add(key.value);
        }
      },
    });
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return {
      value: JSON.parse(JSON.stringify(value ?? {})),
      duplicates: wantsDuplicates ? duplicates : [],
      isYaml: true,
    };
  } catch (error) {
    if (error instanceof BodyProblem) throw error;
    if (error instanceof FlowProblem) throw new BodyProblem(error.message, false);
    if (error instanceof RangeError) throw tooDeep(MAX_YAML_DEPTH);
    if (error instanceof Error) throw new BodyProblem(unknownAnchor(error), false);
    throw error;
  }
}

const BINARY = 'tag:yaml.org,2002:binary';
const INVALID_BINARY = '!!binary value contains invalid base64 data';
const TIMESTAMP = 'tag:yaml.org,2002:timestamp';

/** go-yaml makes text of bytes that are written in base64, and leaves times the text that they are. */
function customTags(tags: Tags): Tags {
  const others = tags.filter((tag) => typeof tag === 'string' || (tag.tag !== BINARY && tag.tag !== TIMESTAMP));
  const binary: ScalarTag = { tag: BINARY, resolve: decodedBase64 };
  // A number that does not look like a fraction may be called one.
  const float: ScalarTag = { tag: 'tag:yaml.org,2002:float', resolve: numberOf };
  return [...others, binary, float];
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function numberOf(text: string, onError: (message: string) => void): number {
  const number = Number(text);
  if (Number.isNaN(number)) onError(`cannot decode !!str ${goQuote(text)} as a !!float`);
  return number;
}

function decodedBase64(text: string, onError: (message: string) => void): string {
  const digits = text.replace(/[\r\n]/g, '');
  if (!BASE64.test(digits)) onError(INVALID_BINARY);
  return Buffer.from(digits, 'base64').toString('utf8');
}

function duplicateKey(key: Scalar, lines: LineCounter): string {
  const { line } = lines.linePos(key.range?.[0] ?? 0);
  const name = typeof key.value === 'string' ? JSON.stringify(key.value) : String(key.value);
  return `line ${line}: key ${name} already set in map`;
}

function unknownAnchor({ message }: Error): string {
  const [, anchor] = /^Unresolved alias .*: (\S+)$/.exec(message) ?? [];
  return anchor === undefined ? `yaml: ${message}` : `yaml: unknown anchor '${anchor}' referenced`;
}

/** The commonest slips in go-yaml's words. */
const GO_WORDS: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  BAD_INDENT: "did not find expected ',' or ']'",
  TAB_AS_INDENT: 'found a tab character that violates indentation',
};

function yamlProblem(error: YAMLParseError, lines: LineCounter): string {
  const { line } = lines.linePos(error.pos[0]);
  if (error.message.startsWith(INVALID_BINARY)) return `yaml: ${INVALID_BINARY}`;
  const words = GO_WORDS[error.code] ?? error.message.split('\n', 1)[0] ?? '';
  return line === 1 && error.code === 'BLOCK_AS_IMPLICIT_KEY' ? `yaml: ${words}` : `yaml: line ${line}: ${words}`;
}

/** What was sent, shortened, for messages. Kubernetes: `runtime.NewNotRegistered…`'s `abbreviated`. */
export function unrecognized(problem: BodyProblem, kind: string, text: string): StatusError {
  const what = problem.isJson ? `couldn't get version/kind; json parse error: ${problem.message}` : problem.message;
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${what} (${excerpt(text)})`);
}

function excerpt(text: string): string {
  if (text === '') return '<empty>';
  const bytes = Buffer.from(text);
  if (text.trimStart().startsWith('{'))
    return bytes.length > 30 ? `${bytes.subarray(0, 30).toString('utf8')} ...` : text;
  return bytes.length > 30 ? `${bytes.subarray(0, 30).toString('hex')} ...` : bytes.toString('hex');
}
