import { oneLine } from '../../../kube/connection-errors.ts';
import type { ConnectionError } from '../../../kube/errors.ts';
import { MeshError } from '../mesh-error.ts';

export interface Asked {
  readonly method: string;
  /** Without what may be secret in it. */
  readonly path: string;
  /** The server as it may be shown. */
  readonly server: string;
}

interface Envelope {
  readonly Code?: unknown;
  readonly Message?: unknown;
  readonly Response?: unknown;
}

/** Most of `/api/v1` puts its answers into an envelope, older endpoints and some newer ones do not. */
export function contentOf(text: string, asked: Asked): unknown {
  let parsed: unknown;
  try {
    parsed = text.trim() === '' ? null : JSON.parse(text);
  } catch (cause) {
    const message = `${where(asked)} did not answer with JSON. Is ${asked.server} the address of the API, such as https://api.netmaker.example.com, and not of the dashboard?`;
    throw new MeshError(message, { code: 'UnexpectedAnswer', provider: 'netmaker', cause });
  }
  return isEnvelope(parsed) ? parsed.Response : parsed;
}

/** A list, or what stands for an empty one. */
export function listOf(content: unknown, asked: Asked): readonly unknown[] {
  if (content === null || content === undefined) return [];
  if (Array.isArray(content)) return content;
  throw unexpected(asked, 'a list');
}

export function objectOf(content: unknown, asked: Asked): object {
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content;
  throw unexpected(asked, 'an object');
}

export function unexpected(asked: Asked, wanted: string): MeshError {
  const message = `${where(asked)} answered with something else than ${wanted}. Is ${asked.server} a Netmaker server of a version from v0.99 on?`;
  return new MeshError(message, { code: 'UnexpectedAnswer', provider: 'netmaker' });
}

/** Longest piece of a server's own words that is passed on. */
const LONGEST = 300;

/** An answer of 400 and above. `secrets` never appear in the message, whatever the server quotes. */
export function refusal(status: number, text: string, asked: Asked, secrets: readonly string[]): MeshError {
  const words = redacted(wordsOf(text), secrets).slice(0, LONGEST);
  const message = `${where(asked)} answered ${status}${words === '' ? '' : `: ${words}`}${wayOut(status)}`;
  return new MeshError(message, { code: codeOf(status), provider: 'netmaker', status });
}

/** What Netmaker says when something is not there, with 400, 404 or 500. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof MeshError) || error.status === undefined) return false;
  return error.status === 404 || /record not found|no result found|could not find any records/i.test(error.message);
}

export function unreachable(error: ConnectionError, asked: Asked): MeshError {
  const words = error.message.replace(/^cluster "netmaker"(?: at \S+)?: /, '');
  const hint = hintOf(error);
  return new MeshError(`${where(asked)}: ${words}${hint}`, { code: 'Unreachable', provider: 'netmaker', cause: error });
}

function hintOf(error: ConnectionError): string {
  if (error.code === 'ENDPOINT') return '. Write spec.netmaker.server as https://api.netmaker.example.com';
  if (error.tlsProblem === 'untrusted')
    return '. Give the certificate authority that signed it (spec.netmaker.caBundle)';
  return '. Whether a change took effect is not known; it is looked at again';
}

function where({ method, path, server }: Asked): string {
  return `Netmaker at ${server}: ${method} ${path}`;
}

function codeOf(status: number): string {
  if (status === 401) return 'Unauthorized';
  if (status === 403) return 'Forbidden';
  return status >= 500 ? 'ServerError' : 'Refused';
}

function wayOut(status: number): string {
  if (status === 401) {
    return '. The token is wrong or has expired (one from a sign-in lasts 12 hours): put an access token or the master key into the Secret that spec.netmaker.tokenSecretRef names';
  }
  if (status === 403) return ". The token's user may not do that: use one of an administrator";
  return status >= 500 ? ". It is tried again; if it stays so, look at the server's log" : '';
}

function wordsOf(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isEnvelope(parsed) && typeof parsed.Message === 'string') return oneLine(parsed.Message);
  } catch {
    // A proxy's page, or plain text: said as it is.
  }
  return /^\s*</.test(text) ? '' : oneLine(text);
}

function redacted(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== '').reduce((left, secret) => left.replaceAll(secret, '***'), text);
}

function isEnvelope(value: unknown): value is Envelope {
  return typeof value === 'object' && value !== null && 'Code' in value && 'Message' in value;
}
