import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { createInterface } from 'node:readline';
import type { KubeObject, ListMeta, ObjectMeta } from '../../../../apis/meta/v1.ts';
import type { ApiServer } from '../api-server.ts';

/** An object, a list or a Status: tests know which. */
export interface Body extends KubeObject {
  metadata: ObjectMeta & ListMeta;
  items: KubeObject[];
  message: string;
}

export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Of JSON; an empty object otherwise. */
  readonly body: Body;
}

export interface Call {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string | undefined;
}

/** One client of one server, as its administrator, over a real socket. */
export class Wire {
  readonly #server: ApiServer;
  readonly #agent: https.Agent;

  constructor(server: ApiServer) {
    this.#server = server;
    this.#agent = new https.Agent({ keepAlive: true, ca: server.caPem });
  }

  async call(method: string, path: string, { body, headers, token }: Call = {}): Promise<Answer> {
    const response = await this.open(method, path, { body, token, ...(headers === undefined ? {} : { headers }) });
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const isJson = response.headers['content-type']?.startsWith('application/json') === true;
    return {
      code: response.statusCode ?? 0,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : {},
    };
  }

  /** The answer as soon as it begins. */
  open(method: string, path: string, { body, headers, token }: Call = {}): Promise<IncomingMessage> {
    const sent = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = https.request(this.#server.url + path, {
        method,
        agent: this.#agent,
        headers: {
          authorization: `Bearer ${token ?? this.#server.adminToken}`,
          ...(sent === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) }),
          ...headers,
        },
      });
      request.once('response', resolve);
      request.once('error', reject);
      request.end(sent);
    });
  }

  /** The events of a watch, one after the other, until the server ends it. */
  async *watch(path: string): AsyncGenerator<{ type: string; object: Body }> {
    const response = await this.open('GET', path);
    // Who has seen enough breaks off.
    response.on('error', () => undefined);
    try {
      for await (const line of createInterface({ input: response })) yield JSON.parse(line);
    } finally {
      response.destroy();
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}
