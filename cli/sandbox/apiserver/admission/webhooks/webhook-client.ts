import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { posix } from 'node:path';
import { CallFailure, notCalled } from './review.ts';
import type { Webhook } from './webhook.ts';

const DEFAULT_TIMEOUT_S = 10;
/** More than any patch; what is larger is no answer. */
const MAX_ANSWER_BYTES = 3 * 1024 * 1024;
/** As Go's http client has it. */
const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Calls webhooks over https, on connections that are kept. Holds none before the first call. */
export class WebhookClient {
  #agent: Agent | undefined;

  /**
   * The body of the answer to a review.
   *
   * @throws {CallFailure} there was none.
   */
  async post(webhook: Webhook, review: unknown): Promise<string> {
    const { timeoutSeconds = DEFAULT_TIMEOUT_S } = webhook;
    const url = urlOf(webhook);
    url.searchParams.set('timeout', `${timeoutSeconds}s`);
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    const body = JSON.stringify(review);
    try {
      return await this.#follow(url, webhook, body, signal);
    } catch (error) {
      if (error instanceof CallFailure) throw error;
      const why = signal.aborted ? 'context deadline exceeded' : inGo(error, url);
      throw notCalled(`Post ${JSON.stringify(url.href)}: ${why}`);
    }
  }

  /** The review goes along to where a 307 or 308 sends it; any other redirect is followed without it. `url` becomes where it ended. */
  async #follow(url: URL, webhook: Webhook, review: string, signal: AbortSignal): Promise<string> {
    let body: string | undefined = review;
    for (let redirects = 0; ; redirects++) {
      const response = await this.#exchange(url, webhook, body, signal);
      const { statusCode = 0, headers } = response;
      const text = await readAll(response);
      if (!REDIRECTS.has(statusCode) || headers.location === undefined) return answerIn(statusCode, headers, text);
      if (redirects === MAX_REDIRECTS) {
        throw notCalled(`Post ${JSON.stringify(headers.location)}: stopped after ${MAX_REDIRECTS} redirects`);
      }
      if (statusCode !== 307 && statusCode !== 308) body = undefined;
      url.href = new URL(headers.location, url).href;
    }
  }

  /** Closes the connections. */
  close(): void {
    this.#agent?.destroy();
    this.#agent = undefined;
  }

  async #exchange(url: URL, webhook: Webhook, body: string | undefined, signal: AbortSignal): Promise<IncomingMessage> {
    this.#agent ??= new Agent({ keepAlive: true, maxFreeSockets: 4 });
    const { caBundle } = webhook.clientConfig;
    const sent = request(url, {
      method: body === undefined ? 'GET' : 'POST',
      agent: this.#agent,
      signal,
      headers: {
        accept: 'application/json, */*',
        'content-type': 'application/json',
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        'user-agent': 'kube-apiserver-admission',
      },
      ...(caBundle === undefined || caBundle === '' ? {} : { ca: Buffer.from(caBundle, 'base64').toString('utf8') }),
      // As Go has it, any certificate in the bundle is trusted: envtest's holds the webhook's own, which no authority in it signed.
      allowPartialTrustChain: true,
    });
    sent.end(body);
    try {
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      return response;
    } catch (error) {
      // A kept connection that the other side closed meanwhile: nobody has read the request.
      if (sent.reusedSocket && codeOf(error) === 'ECONNRESET') return this.#exchange(url, webhook, body, signal);
      throw error;
    }
  }
}

function answerIn(statusCode: number, headers: IncomingHttpHeaders, text: string): string {
  if (statusCode < 200 || statusCode > 206) throw notCalled(refusal(statusCode, text));
  if (text === '') {
    const type = headers['content-type'] ?? '';
    throw notCalled(`0-length response with status code: ${statusCode} and content type: ${type}`);
  }
  return text;
}

function urlOf({ clientConfig: { url, service } }: Webhook): URL {
  if (service !== undefined) {
    const { namespace, name, port = 443, path = '/' } = service;
    const target = `https://${name}.${namespace}.svc:${port}${path}`;
    const why = `the embedded API server reaches no Services; give the webhook a url instead of service ${namespace}/${name}`;
    throw notCalled(`Post ${JSON.stringify(target)}: ${why}`);
  }
  if (url === undefined || url === '') throw new CallFailure('webhook configuration must have either service or URL');
  const target = new URL(url);
  target.pathname = cleaned(target.pathname);
  return target;
}

/** The path that is asked for: envtest gives webhooks with two slashes at their beginning. */
function cleaned(path: string): string {
  return posix.normalize(path).replace(/(.)\/$/, '$1');
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) {
      response.destroy();
      throw notCalled('webhook response is too large');
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** As client-go tells of an answer that is no success: by the Status in it, else by its code. */
function refusal(code: number, text: string): string {
  const told = statusMessage(text);
  if (told !== undefined) return told;
  switch (code) {
    case 400:
      return 'the server rejected our request for an unknown reason';
    case 401:
      return 'the server has asked for the client to provide credentials';
    case 403:
      return 'unknown';
    case 404:
      return 'the server could not find the requested resource';
    case 405:
      return 'the server does not allow this method on the requested resource';
    case 409:
      return 'the server reported a conflict';
    case 429:
      return 'the server has received too many requests and has asked us to try again later';
    case 503:
      return 'the server is currently unable to handle the request';
    case 504:
      return 'the server was unable to return a response in the time allotted, but may still be processing the request';
    default:
      return code >= 500
        ? 'an error on the server ("unknown") has prevented the request from succeeding'
        : `the server responded with the status code ${code} but did not return more information`;
  }
}

function statusMessage(text: string): string | undefined {
  try {
    const value = JSON.parse(text) as { readonly kind?: string; readonly message?: string } | null;
    return value?.kind === 'Status' ? value.message : undefined;
  } catch {
    return undefined; // no Status: the code has to tell
  }
}

/** What Go's http client says of the same trouble. */
function inGo(error: unknown, url: URL): string {
  const address = `${url.hostname}:${url.port || 443}`;
  switch (codeOf(error)) {
    case 'ECONNREFUSED':
      return `dial tcp ${address}: connect: connection refused`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${url.hostname}: no such host`;
    case 'ECONNRESET':
      return 'EOF';
    case 'CERT_HAS_EXPIRED':
      return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: certificate is not valid for ${url.hostname}`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
