import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { rfc3339 } from '../../../../controller/time/rfc3339.ts';
import { badRequest } from '../errors/status-error.ts';
import type { WriteContext } from '../resources/resource-definition.ts';
import { InvalidToken } from '../resources/token-authentication.ts';
import type { UserInfo } from '../user/user-info.ts';

/** `answer` of TokenReview: whom a token stands for, or why it is worth nothing. */
export function answerTokenReview(
  sent: DeepReadonly<KubeObject>,
  _namespace: string,
  { cluster }: WriteContext,
): KubeObject {
  const spec = (sent.spec ?? {}) as { readonly token?: string; readonly audiences?: readonly string[] | null };
  const { token = '' } = spec;
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  return { ...(sent as KubeObject), status: review(token) };

  function review(bearerToken: string): Record<string, unknown> {
    try {
      const asked = spec.audiences?.length ? spec.audiences : undefined;
      const { user, audiences } = cluster.authenticator.authenticateToken(bearerToken, asked);
      return { authenticated: true, user: published(user), ...(audiences === undefined ? {} : { audiences }) };
    } catch (error) {
      if (error instanceof InvalidToken) return { user: {}, error: error.message };
      throw error;
    }
  }
}

/** `answer` of SelfSubjectReview: `kubectl auth whoami`. */
export function answerSelfSubjectReview(
  _sent: DeepReadonly<KubeObject>,
  _namespace: string,
  { user, now }: WriteContext,
): KubeObject {
  return {
    kind: 'SelfSubjectReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { creationTimestamp: rfc3339(now) },
    status: { userInfo: published(user) },
  };
}

function published({ username, uid, groups, extra }: UserInfo): Record<string, unknown> {
  return {
    username,
    ...(uid === undefined || uid === '' ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(extra === undefined || Object.keys(extra).length === 0 ? {} : { extra }),
  };
}
