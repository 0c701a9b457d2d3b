import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createCertificateAuthority } from '../../controller/kube/certificates.ts';

interface Review {
  readonly request?: { readonly uid?: string; readonly object?: { readonly metadata?: { readonly labels?: object } } };
}

interface Reply {
  readonly code?: number;
  readonly text?: string;
  readonly location?: string;
  readonly response?: Readonly<Record<string, unknown>>;
}

const jsonPatch = (operations: readonly object[]) => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});

const added = (review: Review, key: string, value: string) =>
  review.request?.object?.metadata?.labels === undefined
    ? [{ op: 'add', path: '/metadata/labels', value: { [key]: value } }]
    : [{ op: 'add', path: `/metadata/labels/${key}`, value }];

/** What the webhook does, by the last word of its path. */
const BEHAVIOURS: Readonly<Record<string, (review: Review) => Reply>> = {
  allow: () => ({ response: { allowed: true } }),
  deny: () => ({ response: { allowed: false, status: { message: 'not on a Sunday', reason: 'Weekday', code: 403 } } }),
  'deny-plainly': () => ({ response: { allowed: false } }),
  'deny-with-422': () => ({
    response: { allowed: false, status: { message: 'the colour is wrong', reason: 'Invalid', code: 422 } },
  }),
  label: (review) => ({ response: jsonPatch(added(review, 'labelled', 'yes')) }),
  'label-again': (review) => ({ response: jsonPatch(added(review, 'labelled-again', 'yes')) }),
  warn: () => ({ response: { allowed: true, warnings: ['this is your first warning', 'and this the last'] } }),
  annotate: () => ({ response: { allowed: true, auditAnnotations: { seen: 'yes' } } }),
  'patch-nowhere': () => ({ response: jsonPatch([{ op: 'replace', path: '/metadata/nowhere/at/all', value: 1 }]) }),
  'patch-to-nonsense': () => ({ response: jsonPatch([{ op: 'replace', path: '/data', value: 17 }]) }),
  'patch-without-type': () => ({ response: { ...jsonPatch([]), patchType: undefined } }),
  'other-uid': () => ({ response: { uid: 'somebody-else', allowed: true } }),
  moved: () => ({ code: 308, location: '/label' }),
  'round-and-round': () => ({ code: 307, location: 'round-and-round' }),
  'status-500': () => ({ code: 500, text: 'out of order' }),
  'not-json': () => ({ text: 'good morning' }),
  'not-a-review': () => ({ text: '{"kind":"Pod","apiVersion":"v1"}' }),
  'no-response': () => ({ text: '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}' }),
};

/** Admission webhooks for the scenarios: one https server, whose behaviour the path chooses and which keeps what it got. */
export class WebhookServer {
  readonly #server: Server;
  readonly #calls = new Map<string, unknown[]>();
  readonly caPem: string;
  /** What the server shows of itself; signed by the authority of `caPem`. */
  readonly certPem: string;

  private constructor(server: Server, caPem: string, certPem: string) {
    this.#server = server;
    this.caPem = caPem;
    this.certPem = certPem;
  }

  static async start(): Promise<WebhookServer> {
    const authority = createCertificateAuthority('webhook CA');
    const { certPem, keyPem } = authority.issue({ commonName: 'webhook', usage: 'server', ipAddresses: ['127.0.0.1'] });
    const server = createServer({ cert: certPem, key: keyPem });
    const webhooks = new WebhookServer(server, authority.certPem, certPem);
    server.on('request', async (request, response) => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      const review = (await json(request)) as Review;
      webhooks.#calls.set(path, [...(webhooks.#calls.get(path) ?? []), review]);
      const behaviour = BEHAVIOURS[path.split('/').at(-1) ?? ''];
      const reply = behaviour?.(review) ?? { code: 404, text: 'no such webhook' };
      const answer = {
        kind: 'AdmissionReview',
        apiVersion: 'admission.k8s.io/v1',
        response: { uid: review.request?.uid, ...reply.response },
      };
      const { location } = reply;
      response.writeHead(reply.code ?? 200, { 'content-type': 'application/json', ...(location && { location }) });
      response.end(reply.text ?? JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return webhooks;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The reviews that this path got, and forgets them. */
  take(path: string): unknown[] {
    const calls = this.#calls.get(path) ?? [];
    this.#calls.delete(path);
    return calls;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
