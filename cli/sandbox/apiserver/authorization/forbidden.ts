import { StatusError } from '../errors/status-error.ts';
import type { Attributes } from '../resources/authorizer.ts';

/** The 403 of who may not do what they ask for, in Kubernetes' words. `reason`: the authorizer's, may be empty. */
export function forbiddenRequest(attributes: Attributes, reason = ''): StatusError {
  const { group, resource, name, resourceRequest } = attributes;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const named = name === '' ? '' : ` ${JSON.stringify(name)}`;
  const subject = resourceRequest ? `${qualified}${named} is forbidden` : 'forbidden';
  const message = `${subject}: ${sanitized(refusal(attributes))}${reason === '' ? '' : `: ${reason}`}`;
  const details = resourceRequest
    ? { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource }
    : {};
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    ...{ metadata: {} },
    status: 'Failure',
    message,
    reason: 'Forbidden',
    details,
    code: 403,
  });
}

function refusal({ user, verb, group, resource, subresource, namespace, path, resourceRequest }: Attributes): string {
  const who = `User ${JSON.stringify(user.username)} cannot ${verb}`;
  if (!resourceRequest) return `${who} path ${JSON.stringify(path ?? '')}`;
  const what = JSON.stringify(subresource === '' ? resource : `${resource}/${subresource}`);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} resource ${what} in API group ${JSON.stringify(group)} ${where}`;
}

/** What a client sends must not come back as HTML. */
function sanitized(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
