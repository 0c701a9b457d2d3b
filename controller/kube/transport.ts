import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../runtime/clock.ts';

export interface TransportRequest {
  method: string;
  /** From the root of the API, with the query. */
  path: string;
  /** Names in lower case. */
  headers?: Record<string, string>;
  body?: string;
  /** For the whole exchange; for a stream until the headers of the answer are there. */
  timeoutMs?: number;
  signal: AbortSignal;
}

export interface TransportResponse {
  status: number;
  headers: IncomingHttpHeaders;
  /** Read to its end and decoded. */
  body: Buffer;
}

export interface TransportStream {
  status: number;
  headers: IncomingHttpHeaders;
  /** Ends when the server ends it, rejects with a ConnectionError when it breaks. Leaving the loop closes the socket. */
  body: AsyncIterable<Buffer>;
}

/**
 * Carries requests to one API server. An HTTP status of whatever number is an answer, never an error; a ConnectionError
 * means that there was none. An aborted signal rejects with the signal's reason and frees the socket at once.
 */
export interface Transport {
  request(request: TransportRequest): Promise<TransportResponse>;
  stream(request: TransportRequest): Promise<TransportStream>;
  /** Gives up what is under way and closes every socket. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** Connections for requests; what exceeds them waits for one. Streams are not counted. Default 40. */
  maxSockets?: number;
  /** For a whole request that names no timeout of its own, in milliseconds. Default 30,000. */
  timeoutMs?: number;
  /** For TCP, proxy and TLS handshakes together, in milliseconds. Default 10,000. */
  connectTimeoutMs?: number;
  clock?: Clock;
}
