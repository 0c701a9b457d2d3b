import type { IncomingMessage } from 'node:http';
import { forbiddenRequest } from '../authorization/forbidden.ts';
import { badRequest } from '../errors/status-error.ts';
import type { Attributes, Authorizer } from '../resources/authorizer.ts';
import {
  ANONYMOUS,
  AUTHENTICATED_GROUP,
  NODE_NAME_KEY,
  nodeOfUsername,
  serviceAccountGroups,
  splitServiceAccountUsername,
  UNAUTHENTICATED_GROUP,
} from '../user/service-account-user.ts';
import type { UserInfo } from '../user/user-info.ts';

/** Who somebody wants to be, as the headers say: nothing added yet. */
interface WantedUser {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

type Constraint = 'associated-node' | 'arbitrary-node' | 'serviceaccount' | 'user-info';

const AUTHENTICATION_GROUP = 'authentication.k8s.io';
const PREFIX = 'impersonate-';
const EXTRA_PREFIX = 'impersonate-extra-';

/**
 * Who is to act, where the headers say that somebody acts as somebody else (`kubectl --as`); `undefined`: they do not.
 * `attributes`: what is asked for, with the one who really asks. Constrained impersonation (KEP 5284) is tried first, as
 * Kubernetes does since 1.36; a refusal is that of the first way tried.
 *
 * @throws {StatusError} 400 groups without a user; 403 the asking user may not be that one.
 */
export function impersonatedUser(
  request: IncomingMessage,
  attributes: Attributes,
  authorizer: Authorizer,
): UserInfo | undefined {
  const wanted = wantedUser(request);
  if (wanted === undefined) return undefined;

  let refusal: Error | undefined;
  for (const constraint of constraintsFor(wanted, attributes.user)) {
    const refused = refusalOf(onBehalf(attributes, constraint), authorizer) ?? refuses(wanted, constraint);
    if (refused === undefined) return acting(wanted, constraint);
    refusal ??= refused;
  }
  const refused = refuses(wanted, undefined);
  if (refused === undefined) return acting(wanted, undefined);
  throw refusal ?? refused;

  /** The first thing about the wanted user that may not be impersonated. `undefined` as constraint: the old way. */
  function refuses(user: WantedUser, constraint: Constraint | undefined): Error | undefined {
    for (const check of checks(user, constraint, attributes.user)) {
      const problem =
        check.problem === undefined
          ? refusalOf(check.attributes, authorizer)
          : forbiddenRequest(check.attributes, check.problem);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
}

function wantedUser(request: IncomingMessage): WantedUser | undefined {
  const { headers } = request;
  if (!Object.keys(headers).some((name) => name.startsWith(PREFIX))) return undefined;
  // Node makes these anew of every header: not for who does not ask for them.
  const { headersDistinct } = request;
  const one = (name: string) => headersDistinct[name]?.[0] ?? '';
  const wanted: WantedUser = {
    username: one('impersonate-user'),
    uid: one('impersonate-uid'),
    groups: headersDistinct['impersonate-group'] ?? [],
    extra: extraOf(headers, headersDistinct),
  };
  if (wanted.username !== '') return wanted;
  if (wanted.uid === '' && wanted.groups.length === 0 && Object.keys(wanted.extra).length === 0) return undefined;
  throw badRequest(`requested ${inGo(wanted)} without impersonating a user name`);
}

function extraOf(
  headers: IncomingMessage['headers'],
  distinct: IncomingMessage['headersDistinct'],
): WantedUser['extra'] {
  // A map: keys are anybody's, `constructor` as well.
  const extra = new Map<string, string[]>();
  for (const name of Object.keys(headers)) {
    if (!name.startsWith(EXTRA_PREFIX)) continue;
    const key = unescaped(name.slice(EXTRA_PREFIX.length));
    extra.set(key, [...(extra.get(key) ?? []), ...(distinct[name] ?? [])]);
  }
  return Object.fromEntries(extra);
}

/** Keys are percent-encoded, as header names cannot hold everything; what is malformed is taken as it stands. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function constraintsFor(wanted: WantedUser, requestor: UserInfo): Constraint[] {
  const onlyName = wanted.uid === '' && wanted.groups.length === 0 && Object.keys(wanted.extra).length === 0;
  const node = nodeOfUsername(wanted.username);
  if (node !== undefined) {
    if (!onlyName) return [];
    const own = requestor.extra?.[NODE_NAME_KEY] ?? [];
    const isOwn = splitServiceAccountUsername(requestor.username) !== undefined && own.length === 1 && own[0] === node;
    return isOwn ? ['associated-node', 'arbitrary-node'] : ['arbitrary-node'];
  }
  if (splitServiceAccountUsername(wanted.username) !== undefined) return onlyName ? ['serviceaccount'] : [];
  return ['user-info'];
}

function onBehalf(attributes: Attributes, constraint: Constraint): Attributes {
  return { ...attributes, verb: `impersonate-on:${constraint}:${attributes.verb}` };
}

interface Check {
  readonly attributes: Attributes;
  /** What is wrong whatever the rights are. */
  readonly problem?: string;
}

function* checks(wanted: WantedUser, constraint: Constraint | undefined, requestor: UserInfo): Generator<Check> {
  const verb = constraint === undefined ? 'impersonate' : `impersonate:${constraint}`;
  const ask = (resource: string, name: string, more: Partial<Attributes> = {}): Attributes => ({
    user: requestor,
    verb,
    group: AUTHENTICATION_GROUP,
    version: 'v1',
    resource,
    subresource: '',
    namespace: '',
    name,
    resourceRequest: true,
    ...more,
  });
  const peopleGroup = { group: constraint === undefined ? '' : AUTHENTICATION_GROUP };

  const account = splitServiceAccountUsername(wanted.username);
  const node = constraint === undefined ? undefined : nodeOfUsername(wanted.username);
  if (account !== undefined) {
    yield { attributes: ask('serviceaccounts', account.name, { ...peopleGroup, namespace: account.namespace }) };
  } else if (node !== undefined) {
    yield { attributes: ask('nodes', constraint === 'associated-node' ? '*' : node) };
  } else {
    yield { attributes: ask('users', wanted.username, peopleGroup) };
  }
  if (wanted.uid !== '') yield { attributes: ask('uids', wanted.uid) };

  if (constraint !== undefined && wanted.groups.includes('')) {
    yield { attributes: ask('groups', ''), problem: 'impersonating the empty string group is not allowed' };
  }
  if (constraint !== undefined && wanted.groups.includes('system:masters')) {
    const problem = 'impersonating the system:masters group is not allowed';
    yield { attributes: ask('groups', 'system:masters'), problem };
  }
  for (const group of wanted.groups) yield { attributes: ask('groups', group, peopleGroup) };

  for (const [key, values] of Object.entries(wanted.extra)) {
    for (const value of values) yield { attributes: ask('userextras', value, { subresource: key }) };
  }
}

function refusalOf(attributes: Attributes, authorizer: Authorizer): Error | undefined {
  const { allowed, reason } = authorizer.authorize(attributes);
  return allowed ? undefined : forbiddenRequest(attributes, reason);
}

function acting(wanted: WantedUser, constraint: Constraint | undefined): UserInfo {
  const groups = [...wanted.groups];
  const account = splitServiceAccountUsername(wanted.username);
  if (groups.length === 0 && account !== undefined) groups.push(...serviceAccountGroups(account.namespace));
  if (constraint === 'associated-node' || constraint === 'arbitrary-node') groups.push('system:nodes');
  if (wanted.username === ANONYMOUS.username) ensure(groups, UNAUTHENTICATED_GROUP);
  else if (!groups.includes(UNAUTHENTICATED_GROUP)) ensure(groups, AUTHENTICATED_GROUP);
  return {
    username: wanted.username,
    ...(wanted.uid === '' ? {} : { uid: wanted.uid }),
    groups,
    ...(Object.keys(wanted.extra).length === 0 ? {} : { extra: wanted.extra }),
  };
}

function ensure(groups: string[], group: string): void {
  if (!groups.includes(group)) groups.push(group);
}

/** As Go prints the struct with `%#v`: it is part of the message. */
function inGo({ uid, groups, extra }: WantedUser): string {
  const list = (texts: readonly string[]) => `[]string{${texts.map((text) => JSON.stringify(text)).join(', ')}}`;
  const entries = Object.entries(extra).map(([key, values]) => `${JSON.stringify(key)}:${list(values)}`);
  const goGroups = groups.length === 0 ? '[]string(nil)' : list(groups);
  const goExtra = entries.length === 0 ? 'map[string][]string(nil)' : `map[string][]string{${entries.join(', ')}}`;
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${goGroups}, Extra:${goExtra}}`;
}
