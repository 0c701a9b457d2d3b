import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { notFound, StatusError } from '../errors/status-error.ts';
import type { Attributes, Authorizer, Decision, PolicyRule, RoleRef } from '../resources/authorizer.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import { serviceAccountUsername } from '../user/service-account-user.ts';
import type { UserInfo } from '../user/user-info.ts';
import { allows } from './policy-rule.ts';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';
export const ROLES = `roles.${RBAC_GROUP}`;
export const CLUSTER_ROLES = `clusterroles.${RBAC_GROUP}`;
export const ROLE_BINDINGS = `rolebindings.${RBAC_GROUP}`;
export const CLUSTER_ROLE_BINDINGS = `clusterrolebindings.${RBAC_GROUP}`;

/** Its members may do everything, whatever the roles say. */
const MASTERS = 'system:masters';
/** Users times namespaces whose rights are remembered until a role or binding changes. */
const REMEMBERED = 2000;

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** The rules that one binding gives, and how to tell of it. */
interface Grant {
  readonly rules: readonly PolicyRule[];
  readonly source: string;
}

interface Grants {
  readonly grants: readonly Grant[];
  /** Bindings that lead nowhere. */
  readonly errors: readonly string[];
}

/** Role-based access control over the roles and bindings that are stored. Kubernetes: `plugin/pkg/auth/authorizer/rbac`. */
export class RbacAuthorizer implements Authorizer {
  readonly #storage: Storage;
  readonly #unsubscribe: () => void;
  #remembered: Map<string, Grants> | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#unsubscribe = storage.subscribe(({ stored: { storageKey } }) => {
      if (storageKey.endsWith(RBAC_GROUP)) this.#remembered = undefined;
    });
  }

  authorize(attributes: Attributes): Decision {
    const { user, namespace } = attributes;
    if (user.groups.includes(MASTERS)) return ALLOWED;
    const clusterWide = this.#grants(user, '');
    const source = sourceOf(clusterWide, attributes);
    if (source !== undefined) return { allowed: true, reason: `RBAC: allowed by ${source}` };
    if (namespace === '') return denied(clusterWide.errors);

    const local = this.#grants(user, namespace);
    const localSource = sourceOf(local, attributes);
    if (localSource !== undefined) return { allowed: true, reason: `RBAC: allowed by ${localSource}` };
    return denied([...clusterWide.errors, ...local.errors]);
  }

  rulesFor(user: UserInfo, namespace: string): { rules: readonly PolicyRule[]; errors: readonly string[] } {
    const found = [this.#grants(user, ''), ...(namespace === '' ? [] : [this.#grants(user, namespace)])];
    return {
      rules: found.flatMap(({ grants }) => grants.flatMap((grant) => grant.rules)),
      errors: found.flatMap(({ errors }) => errors),
    };
  }

  rulesOf(roleRef: RoleRef, namespace: string): readonly PolicyRule[] {
    const isRole = roleRef.kind === 'Role';
    const role = isRole
      ? this.#storage.get(ROLES, namespace, roleRef.name)
      : this.#storage.get(CLUSTER_ROLES, '', roleRef.name);
    if (role === undefined || (!isRole && roleRef.kind !== 'ClusterRole')) {
      throw notFound({ group: RBAC_GROUP, plural: isRole ? 'role' : 'clusterrole' }, roleRef.name);
    }
    return rulesIn(role.object);
  }

  /** Asks no more to be told of changes. */
  close(): void {
    this.#unsubscribe();
  }

  /** What the bindings of a namespace give; without one, those of the cluster. */
  #grants(user: UserInfo, namespace: string): Grants {
    const key = `${namespace}\0${identityOf(user)}`;
    const known = this.#remembered?.get(key);
    if (known !== undefined) return known;
    const grants: Grant[] = [];
    const errors = new Set<string>();
    const bindings: readonly Stored[] =
      namespace === '' ? this.#storage.list(CLUSTER_ROLE_BINDINGS) : this.#storage.list(ROLE_BINDINGS, namespace);
    for (const { object: binding } of bindings) {
      const subject = subjectsIn(binding).find((candidate) => isMeant(candidate, user, namespace));
      if (subject === undefined) continue;
      const roleRef = roleRefIn(binding);
      try {
        grants.push({
          rules: this.rulesOf(roleRef, namespace),
          source: describe(binding, roleRef, subject, namespace),
        });
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        errors.add(error.message);
      }
    }
    const found = { grants, errors: [...errors] };
    if (this.#remembered === undefined || this.#remembered.size >= REMEMBERED) this.#remembered = new Map();
    this.#remembered.set(key, found);
    return found;
  }
}

const ALLOWED: Decision = Object.freeze({ allowed: true, reason: '' });

export function roleRefIn(binding: DeepReadonly<KubeObject>): RoleRef {
  const { apiGroup = RBAC_GROUP, kind = '', name = '' } = (binding.roleRef ?? {}) as Partial<RoleRef>;
  return { apiGroup, kind, name };
}

export function rulesIn(role: DeepReadonly<KubeObject>): readonly PolicyRule[] {
  return (role.rules as readonly PolicyRule[] | undefined | null) ?? [];
}

function subjectsIn(binding: DeepReadonly<KubeObject>): readonly Subject[] {
  return (binding.subjects as readonly Subject[] | undefined | null) ?? [];
}

function isMeant(subject: Subject, user: UserInfo, bindingNamespace: string): boolean {
  switch (subject.kind) {
    case 'User':
      return user.username === subject.name;
    case 'Group':
      return user.groups.includes(subject.name);
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace;
      return namespace !== '' && user.username === serviceAccountUsername(namespace, subject.name);
    }
    default:
      return false;
  }
}

function sourceOf({ grants }: Grants, attributes: Attributes): string | undefined {
  return grants.find(({ rules }) => rules.some((rule) => allows(rule, attributes)))?.source;
}

function denied(errors: readonly string[]): Decision {
  return { allowed: false, reason: errors.length === 0 ? '' : `RBAC: ${aggregate(errors)}` };
}

/** As Kubernetes joins several errors. */
export function aggregate(errors: readonly string[]): string {
  const [first = '', ...more] = new Set(errors);
  return more.length === 0 ? first : `[${[first, ...more].join(', ')}]`;
}

function describe(binding: DeepReadonly<KubeObject>, role: RoleRef, subject: Subject, namespace: string): string {
  const kind = namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding';
  const name = namespace === '' ? binding.metadata.name : `${binding.metadata.name}/${namespace}`;
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || namespace}` : subject.name;
  return `${kind} "${name}" of ${role.kind} "${role.name}" to ${subject.kind} "${who}"`;
}

/** Whoever is meant by the same subjects. Users that come again and again are the same frozen object: asked once. */
const identities = new WeakMap<UserInfo, string>();

function identityOf(user: UserInfo): string {
  let identity = identities.get(user);
  if (identity === undefined) {
    identity = [user.username, ...user.groups].join('\0');
    identities.set(user, identity);
  }
  return identity;
}
