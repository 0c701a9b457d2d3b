import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** As many bytes of headers as Go's server takes. */
export const MAX_HEADER_BYTES = 1024 * 1024;

interface ParseError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

/**
 * Answers what Node's parser refused: as Go's server does, or, where only the method is one that Node has never heard of, as the
 * API server does. The connection ends with it.
 */
export function answerUnparsed(
  error: ParseError,
  socket: Duplex,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  // Another answer may be on its way still.
  const isBusy = '_httpMessage' in socket && socket._httpMessage != null;
  if (isBusy || !socket.writable || !(socket instanceof Socket)) {
    socket.destroy();
    return;
  }
  const request = error.code === 'HPE_INVALID_METHOD' ? requestIn(error.rawPacket, socket) : undefined;
  if (request === undefined) {
    socket.end(
      refusal(error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'),
    );
    return;
  }
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.end());
  handle(request, response);
}

function refusal(reason: string): string {
  return `HTTP/1.1 ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${reason}`;
}

/** Methods are tokens. What comes after the headers is let go by. */
const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) (\/\S*) HTTP\/1\.[01]$/;

function requestIn(packet: Buffer | undefined, socket: Socket): IncomingMessage | undefined {
  const text = packet?.toString('latin1') ?? '';
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const [, method, url] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || url === undefined) return undefined;
  const request = new IncomingMessage(socket);
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) return undefined;
    const [name, value] = [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    request.headers[name] = value;
    request.headersDistinct[name] = [...(request.headersDistinct[name] ?? []), value];
  }
  if (request.headers.host === undefined) return undefined;
  request.method = method;
  request.url = url;
  request.httpVersion = '1.1';
  request.push(null);
  return request;
}
