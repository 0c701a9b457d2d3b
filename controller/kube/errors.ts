import type { Status } from '../../apis/meta/v1.ts';

export interface ApiErrorOptions {
  /** HTTP status. */
  code: number;
  /** The server's word for it (`NotFound`, `Conflict`, …); the HTTP phrase when the server sent none. */
  reason: string;
  method: string;
  path: string;
  cluster?: string | undefined;
  /** The server's whole answer, when it was a Status. Values of Secrets are taken out. */
  body?: Status | undefined;
  /** How long the server asks to be left alone, in milliseconds. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** The API server was reached and answered with a failure. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  readonly cluster: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly body: Status | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ApiErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.reason = options.reason;
    this.cluster = options.cluster;
    this.method = options.method;
    this.path = options.path;
    this.body = options.body;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** What is wrong with the TLS side of a connection. */
export type TlsProblem =
  | 'name' // the certificate is not made for this address
  | 'untrusted' // signed by nobody we know
  | 'expired'
  | 'notYetValid'
  | 'notTls' // the server speaks something else on this port, most likely plain HTTP
  | 'clientCertificate' // the server refused ours
  | 'other';

export interface ConnectionErrorOptions {
  /**
   * `ECONNREFUSED`, `ENOTFOUND`, `ETIMEDOUT`, `EHOSTUNREACH`, `ECONNRESET`, … as Node names them; `TLS` for everything
   * about certificates, `PROXY` when the proxy is what failed, `CREDENTIALS` when they could not be read,
   * `CLOSED` when the connection was given up from this side.
   */
  code: string;
  cluster?: string | undefined;
  /** Set when `code` is `TLS`. */
  tlsProblem?: TlsProblem | undefined;
  /** With `tlsProblem: 'name'`: the names and addresses that the certificate has. */
  certificateNames?: readonly string[] | undefined;
  cause?: unknown;
}

/** There was no answer, or not a whole one. Whether a write took effect is unknown. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: string;
  readonly cluster: string | undefined;
  readonly tlsProblem: TlsProblem | undefined;
  readonly certificateNames: readonly string[] | undefined;

  constructor(message: string, options: ConnectionErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.cluster = options.cluster;
    this.tlsProblem = options.tlsProblem;
    this.certificateNames = options.certificateNames;
  }
}

/** A kubeconfig that cannot be read, or does not hold what is asked for. The message names the file. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
  readonly code = 'KUBECONFIG';
}

function hasCode(error: unknown, code: number): error is ApiError {
  return error instanceof ApiError && error.code === code;
}

export const isNotFound = (error: unknown): boolean => hasCode(error, 404);

/** 409 because the object changed since it was read. A create that finds the name taken is `isAlreadyExists` instead. */
export const isConflict = (error: unknown): boolean => hasCode(error, 409) && error.reason !== 'AlreadyExists';

export const isAlreadyExists = (error: unknown): boolean => hasCode(error, 409) && error.reason === 'AlreadyExists';

/** 410: a resourceVersion or a continue token that the server no longer knows. List again. */
export const isExpired = (error: unknown): boolean => hasCode(error, 410);

export const isForbidden = (error: unknown): boolean => hasCode(error, 403);

export const isUnauthorized = (error: unknown): boolean => hasCode(error, 401);

export const isInvalid = (error: unknown): boolean => hasCode(error, 422);

export const isTooManyRequests = (error: unknown): boolean => hasCode(error, 429);

export const isMethodNotSupported = (error: unknown): boolean => hasCode(error, 405);
