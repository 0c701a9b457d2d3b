import type { MeshProvider } from './provider.ts';

export interface MeshErrorOptions {
  /**
   * `Unreachable`, `Unauthorized`, `Forbidden`, `Refused` (the provider says that the request is wrong), `ServerError`, `UnsupportedVersion`,
   * `UnexpectedAnswer` (no answer of the expected kind), `NoEffect` (a success that did something else, or nothing), `Credentials`.
   */
  readonly code: string;
  readonly provider: MeshProvider['name'];
  /** The member that it is about; missing: the provider as a whole. */
  readonly cluster?: string | undefined;
  /** HTTP status, where there was an answer. */
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

/** What carries the mesh could not be asked, refused, or did something else. The message says what a person can do, and holds no credential. */
export class MeshError extends Error {
  override readonly name = 'MeshError';
  readonly code: string;
  readonly provider: MeshProvider['name'];
  readonly cluster: string | undefined;
  readonly status: number | undefined;

  constructor(message: string, options: MeshErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.provider = options.provider;
    this.cluster = options.cluster;
    this.status = options.status;
  }
}
