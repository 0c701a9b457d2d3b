import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { text } from 'node:stream/consumers';

/** An API server as an administrator reaches it. */
export interface Target {
  readonly name: string;
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  /** Where the server accepts certificates of an authority that is at hand. */
  issueClientCertificate?(username: string, groups: readonly string[]): { certPem: string; keyPem: string };
}

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer | undefined;
  readonly certificate?: { certPem: string; keyPem: string } | undefined;
}

export interface Answer {
  /** 0: there was none, and `text` says why. */
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const ANSWER_WITHIN_MS = 60_000;

/** Carries requests as they are: nothing is retried, repaired or followed. */
export class Wire {
  readonly #target: Target;
  readonly #agent: Agent;

  constructor(target: Target) {
    this.#target = target;
    this.#agent = new Agent({ keepAlive: true, ca: target.caPem });
  }

  async send(wireRequest: WireRequest): Promise<Answer> {
    try {
      const response = await this.open(wireRequest, AbortSignal.timeout(ANSWER_WITHIN_MS));
      return { code: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
    } catch (error) {
      return { code: 0, headers: {}, text: `no answer: ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  /** Resolves as soon as the headers of the answer are there. */
  open(wireRequest: WireRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { method, path, headers, body, certificate } = wireRequest;
    const { hostname, port } = new URL(this.#target.url);
    const options: RequestOptions = {
      hostname,
      port,
      method,
      path,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
      signal,
      agent: this.#agent,
      ...(certificate
        ? { agent: false, ca: this.#target.caPem, cert: certificate.certPem, key: certificate.keyPem }
        : {}),
    };
    return new Promise((resolve, reject) => {
      const sent = request(options, resolve);
      // An answer may come before the whole body was taken; that the rest finds a closed socket then says nothing.
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
