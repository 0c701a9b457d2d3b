import type { KubeObject } from '../../../../../apis/meta/v1.ts';
import { Authenticator } from '../../authentication/authenticator.ts';
import { ServiceAccountTokens } from '../../authentication/service-account-tokens.ts';
import type { Attributes, PolicyRule } from '../../resources/authorizer.ts';
import type { ClusterServices, ResourceDefinition, WriteContext } from '../../resources/resource-definition.ts';
import { MemoryStorage } from '../../storage/memory-storage.ts';
import type { UserInfo } from '../../user/user-info.ts';
import { bootstrapRbac } from '../bootstrap-objects.ts';
import { RbacAuthorizer } from '../rbac-authorizer.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** A cluster's storage with all that decides on access, and no server before it. */
export class Access {
  readonly storage = new MemoryStorage({ initial: bootstrapRbac() });
  readonly authorizer = new RbacAuthorizer(this.storage);
  nowMs = Date.parse('2026-03-04T05:06:07.891Z');
  readonly tokens = new ServiceAccountTokens({ storage: this.storage, now: () => this.nowMs });
  readonly authenticator = new Authenticator({
    staticTokens: { 'admin-token': { username: 'admin', uid: 'admin', groups: ['system:masters'] } },
    serviceAccountTokens: this.tokens,
    now: () => this.nowMs,
  });
  definitions: readonly ResourceDefinition[] = [];
  #uids = 0;

  get cluster(): ClusterServices {
    return {
      name: 'earth',
      serviceCidr: '10.100.0.0/16',
      podCidr: '10.200.0.0/16',
      url: 'https://127.0.0.1:27081',
      caPem: '',
      definitions: () => this.definitions,
      definition: () => undefined,
      definitionOfKind: () => undefined,
      authorizer: this.authorizer,
      authenticator: this.authenticator,
      tokenIssuer: this.tokens,
      get registry(): never {
        throw new Error('nothing here writes through the registry');
      },
    };
  }

  context(user: UserInfo = person('admin', 'system:masters')): WriteContext {
    const { storage, cluster, nowMs } = this;
    return { user, now: new Date(nowMs), dryRun: false, storage, cluster };
  }

  put(storageKey: string, namespace: string, name: string, content: Record<string, unknown> = {}): KubeObject {
    this.#uids += 1;
    const metadata = { name, ...(namespace === '' ? {} : { namespace }), uid: `uid-${this.#uids}` };
    return this.storage.create(storageKey, namespace, name, { metadata, ...content }).object as KubeObject;
  }

  delete(storageKey: string, namespace: string, name: string): void {
    const stored = this.storage.get(storageKey, namespace, name);
    if (stored !== undefined) this.storage.delete(stored);
  }

  role(name: string, rules: readonly PolicyRule[], namespace = ''): KubeObject {
    return this.put(`${namespace === '' ? 'clusterroles' : 'roles'}.${RBAC}`, namespace, name, { rules });
  }

  /** `to`: `User jane`, `Group ops`, `ServiceAccount ns/name`. */
  bind(name: string, role: string, to: string, namespace = ''): KubeObject {
    const [kind = '', subject = ''] = to.split(' ');
    const [first = '', second] = subject.split('/');
    const [roleKind = '', roleName = ''] = role.split(' ');
    return this.put(`${namespace === '' ? 'clusterrolebindings' : 'rolebindings'}.${RBAC}`, namespace, name, {
      roleRef: { apiGroup: RBAC, kind: roleKind, name: roleName },
      subjects: [second === undefined ? { kind, name: first } : { kind, namespace: first, name: second }],
    });
  }
}

export function person(username: string, ...groups: string[]): UserInfo {
  return { username, groups: [...groups, 'system:authenticated'] };
}

/** `list deployments.apps in default`, `get pods/log named web in default`, `get /metrics`. */
export function asking(user: UserInfo, question: string): Attributes {
  const [, verb = '', what = '', name = '', namespace = ''] =
    /^(\S+) (\S+)(?: named (\S+))?(?: in (\S+))?$/.exec(question) ?? [];
  const common = { user, verb, version: 'v1', name, namespace };
  if (what.startsWith('/')) {
    return { ...common, group: '', resource: '', subresource: '', path: what, resourceRequest: false };
  }
  const [qualified = '', subresource = ''] = what.split('/');
  const [resource = '', ...group] = qualified.split('.');
  return { ...common, group: group.join('.'), resource, subresource, resourceRequest: true };
}
