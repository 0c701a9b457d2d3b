import type { KubeObject } from '../../apis/meta/v1.ts';

/** `admission.k8s.io/v1`: what an API server asks a webhook about one write, as far as anybody here reads it. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  /** Missing or empty for the object itself. */
  readonly subResource?: string;
  readonly userInfo?: { readonly username?: string; readonly groups?: readonly string[] };
  /** As it would be stored; null for deletions. */
  readonly object?: KubeObject | null;
  /** As it is stored; null for creations. */
  readonly oldObject?: KubeObject | null;
}

export interface PatchOperation {
  readonly op: 'add' | 'replace';
  readonly path: string;
  readonly value: unknown;
}

/** What a webhook thinks of a write. Warnings are shown to whoever writes, whether it may or not. */
export type Verdict =
  | { readonly allowed: true; readonly warnings?: readonly string[]; readonly patch?: readonly PatchOperation[] }
  | { readonly allowed: false; readonly message: string };

export const ALLOWED: Verdict = { allowed: true };

/** Kubernetes cuts off what comes after 4,096 characters in all. */
const MOST_WARNINGS = 10;

/** The request in the body that an API server posted; `undefined` when it is none of this version. */
export function requestIn(review: unknown): AdmissionRequest | undefined {
  if (typeof review !== 'object' || review === null) return undefined;
  const { apiVersion, kind, request } = review as { apiVersion?: unknown; kind?: unknown; request?: unknown };
  if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview') return undefined;
  if (typeof request !== 'object' || request === null || !('uid' in request) || !('resource' in request)) {
    return undefined;
  }
  return request as AdmissionRequest;
}

/** The body of the answer. A refusal is KubeFed's: 403, Forbidden. */
export function reviewWith(uid: string, verdict: Verdict): object {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, ...responseOf(verdict) } };
}

function responseOf(verdict: Verdict): object {
  if (!verdict.allowed) {
    const status = { status: 'Failure', message: verdict.message, reason: 'Forbidden', code: 403 };
    return { allowed: false, status };
  }
  const { warnings = [], patch = [] } = verdict;
  return {
    allowed: true,
    ...(warnings.length === 0 ? {} : { warnings: warnings.slice(0, MOST_WARNINGS) }),
    ...(patch.length === 0
      ? {}
      : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }),
  };
}
