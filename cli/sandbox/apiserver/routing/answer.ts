import type { ServerResponse } from 'node:http';
import { stringify } from 'yaml';
import type { StatusError } from '../errors/status-error.ts';
import type { Exchange } from './exchange.ts';
import type { Form } from './negotiation.ts';
import { isTrue } from './request-info.ts';

export type Headers = Readonly<Record<string, string | readonly string[]>>;

const BROWSERS = /^(?:curl|Wget|Mozilla)/;

/** Answers with JSON that is a string already, in the media type that was asked for. As Go's encoder has it, a line ends it. */
export function sendJson(
  { request, response, info }: Pick<Exchange, 'request' | 'response' | 'info'>,
  code: number,
  json: string,
  mediaType: Form['mediaType'] = 'application/json',
  headers?: Headers,
): void {
  let text: string;
  if (mediaType === 'application/yaml')
    text = stringify(JSON.parse(json), { lineWidth: 0, indentSeq: false, sortMapEntries: true });
  else if (isPretty(info.query, request.headers['user-agent'])) text = JSON.stringify(JSON.parse(json), undefined, 2);
  else text = `${json}\n`;
  sendText(response, code, text, mediaType, headers);
}

/** Kubernetes indents for people: when asked, and for whom it takes to be one. */
export function isPretty(query: URLSearchParams, agent: string | undefined): boolean {
  const asked = query.get('pretty');
  return asked === null ? agent !== undefined && BROWSERS.test(agent) : isTrue(asked);
}

export function sendText(
  response: ServerResponse,
  code: number,
  text: string,
  mediaType: string,
  headers?: Headers,
): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.byteLength(text);
  response.writeHead(code, {
    'cache-control': 'no-cache, private',
    'content-type': mediaType,
    'content-length': bytes,
    ...(headers as Record<string, string | string[]> | undefined),
    ...bothWarnings(response, headers),
  });
  // Headers are written in the encoding of a text that goes with them, and theirs is Latin-1; so is ASCII, without a look at each character.
  if (bytes === text.length) response.end(text, 'latin1');
  else response.end(Buffer.from(text, 'utf8'));
}

/** What was to be warned of anyway comes before what this answer warns of. */
function bothWarnings(response: ServerResponse, headers: Headers | undefined): Record<string, string[]> {
  const before = headers?.warning === undefined ? undefined : response.getHeader('warning');
  if (before === undefined) return {};
  return { warning: [before, headers?.warning ?? []].flat().map(String) };
}

export function sendStatus(exchange: Pick<Exchange, 'request' | 'response' | 'info'>, error: StatusError): void {
  const { status, headers } = error;
  const body = 'metadata' in status ? status : { ...status, metadata: {} };
  const { accept } = exchange.request.headers;
  const mediaType = accept?.startsWith('application/yaml') === true ? 'application/yaml' : 'application/json';
  sendJson(exchange, error.code, JSON.stringify(body), mediaType, headers);
}

/** `Warning` headers, as RFC 7234 has them. */
export function warningHeaders(warnings: readonly string[]): Headers | undefined {
  const sent = warnings.filter(canBeSent);
  return sent.length === 0 ? undefined : { warning: sent.map(warningText) };
}

/** Goes with the answer, whatever becomes of the request. */
export function warnAnyway(response: ServerResponse, text: string): void {
  if (canBeSent(text)) response.appendHeader('warning', warningText(text));
}

/** Kubernetes leaves out what no header can hold. */
function canBeSent(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

/** In UTF-8, as Go writes headers; Node takes each character for a byte. */
function warningText(text: string): string {
  const quoted = `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  return Buffer.from(quoted, 'utf8').toString('latin1');
}
