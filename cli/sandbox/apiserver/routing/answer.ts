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
  // ASCII is the same in either encoding, and Latin-1 is written without a look at each character. Warnings may be more than ASCII.
  const isAscii = bytes === text.length && headers === undefined;
  response.end(text, isAscii ? 'latin1' : 'utf8');
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
  if (warnings.length === 0) return undefined;
  return { warning: warnings.map(warningText) };
}

/** Goes with the answer, whatever becomes of the request. */
export function warnAnyway(response: ServerResponse, text: string): void {
  response.appendHeader('warning', warningText(text));
}

function warningText(text: string): string {
  return `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
