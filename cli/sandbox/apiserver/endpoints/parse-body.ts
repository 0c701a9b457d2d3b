import { isAlias, LineCounter, parseDocument, visit, type YAMLParseError } from 'yaml';
import { badRequest, type StatusError, unsupportedMediaType } from '../errors/status-error.ts';
import { duplicateKeys, isTooDeep, jsonSyntaxProblem } from './json-syntax.ts';
import { MEDIA_TYPES } from './negotiation.ts';

const BODY_TYPES = [...MEDIA_TYPES, 'application/vnd.kubernetes.protobuf'];
/** Without recursion nothing here gets deeper than this, and no object of Kubernetes comes near. */
const YAML_MAX_ALIASES = 10_000;

export interface ParsedBody {
  readonly value: unknown;
  /** Paths of keys that came twice. */
  readonly duplicates: readonly string[];
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

/**
 * @throws {BodyProblem} it is no JSON or YAML
 * @throws {StatusError} 415
 */
export function parseBody(text: string, contentType: string, wantsDuplicates: boolean): ParsedBody {
  if (contentType === 'application/json' || contentType === '') return parseJson(text, wantsDuplicates);
  if (contentType === 'application/yaml') return parseYaml(text, wantsDuplicates);
  throw unsupportedMediaType(BODY_TYPES);
}

export function parseJson(text: string, wantsDuplicates: boolean): ParsedBody {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new BodyProblem(jsonSyntaxProblem(text), true);
    throw error;
  }
  try {
    // What comes out as it went in holds nothing twice; nearly every client sends it so.
    if (JSON.stringify(value) === text.trimEnd() || !wantsDuplicates) return { value, duplicates: [] };
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(text);
    throw error;
  }
  return { value, duplicates: duplicateKeys(text) };
}

export function parseYaml(text: string, wantsDuplicates: boolean): ParsedBody {
  const trimmed = text.trimStart();
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) {
    // JSON is YAML, and much faster read as what it is.
    try {
      return parseJson(text, wantsDuplicates);
    } catch (error) {
      if (!(error instanceof BodyProblem)) throw error;
    }
  }
  const lineCounter = new LineCounter();
  try {
    const document = parseDocument(text, { version: '1.1', uniqueKeys: false, lineCounter });
    const [problem] = document.errors;
    if (problem !== undefined) throw new BodyProblem(yamlProblem(problem, lineCounter), false);
    let aliases = 0;
    visit(document, (_, node) => {
      if (isAlias(node)) aliases += 1;
      return aliases > YAML_MAX_ALIASES ? visit.BREAK : undefined;
    });
    const value: unknown = document.toJS({ maxAliasCount: 1_000 });
    return { value: JSON.parse(JSON.stringify(value ?? null)), duplicates: [] };
  } catch (error) {
    if (error instanceof BodyProblem) throw error;
    if (error instanceof RangeError) throw new BodyProblem('yaml: exceeded max depth', false);
    if (error instanceof Error) throw new BodyProblem(`yaml: ${error.message}`, false);
    throw error;
  }
}

function yamlProblem(error: YAMLParseError, lines: LineCounter): string {
  const { line } = lines.linePos(error.pos[0]);
  return `yaml: line ${line}: ${error.message.split('\n', 1)[0]}`;
}

/** Deeper than our own recursion goes, if not deeper than Go's limit: nothing that is meant. */
function tooDeep(text: string): BodyProblem {
  return new BodyProblem(isTooDeep(text) ? jsonSyntaxProblem(text) : "invalid character '[' exceeded max depth", true);
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
  const hex = bytes.toString('hex');
  return hex.length > 30 ? hex.slice(0, 30) : hex;
}
