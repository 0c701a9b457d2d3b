import type { V1MutatingWebhook, V1RuleWithOperations, V1ValidatingWebhook } from '@kubernetes/client-node';
import type { DeepReadonly, LabelSelector } from '../../../../../apis/meta/v1.ts';
import { duplicate, invalid, invalidFor, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateLabelSelector } from '../../validation/labels.ts';
import { isDns1035Label, isDns1123Subdomain, isPortNumber } from '../../validation/names.ts';

export type Webhook = DeepReadonly<V1MutatingWebhook | V1ValidatingWebhook>;

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
const VERSIONS = ['v1', 'v1beta1'];

export function validateWebhooks(webhooks: readonly Webhook[] | undefined): FieldError[] {
  const names = new Set<string>();
  return (webhooks ?? []).flatMap((webhook, i) => {
    const path = `webhooks[${i}]`;
    const errors = [...validateWebhook(webhook, path), ...validateVersions(webhook.admissionReviewVersions, path)];
    if (webhook.name && names.has(webhook.name)) errors.push(duplicate(`${path}.name`, webhook.name));
    names.add(webhook.name);
    return errors;
  });
}

function validateWebhook(webhook: Webhook, path: string): FieldError[] {
  const { failurePolicy, matchPolicy, sideEffects, timeoutSeconds, namespaceSelector, objectSelector } = webhook;
  const timeout = 'the timeout value must be between 1 and 30 seconds';
  return [
    ...validateName(webhook.name, `${path}.name`),
    ...(webhook.rules ?? []).flatMap((rule, i) => validateRule(rule, `${path}.rules[${i}]`)),
    ...oneOf(failurePolicy, ['Fail', 'Ignore'], `${path}.failurePolicy`),
    ...oneOf(matchPolicy, ['Equivalent', 'Exact'], `${path}.matchPolicy`),
    ...(sideEffects
      ? oneOf(sideEffects, SIDE_EFFECTS, `${path}.sideEffects`)
      : [required(`${path}.sideEffects`, `must specify one of ${SIDE_EFFECTS.join(', ')}`)]),
    ...(timeoutSeconds !== undefined && (timeoutSeconds > 30 || timeoutSeconds < 1)
      ? [invalid(`${path}.timeoutSeconds`, timeoutSeconds, timeout)]
      : []),
    ...validateLabelSelector(namespaceSelector as DeepReadonly<LabelSelector>, `${path}.namespaceSelector`),
    ...validateLabelSelector(objectSelector as DeepReadonly<LabelSelector>, `${path}.objectSelector`),
    ...('reinvocationPolicy' in webhook
      ? oneOf(webhook.reinvocationPolicy, ['IfNeeded', 'Never'], `${path}.reinvocationPolicy`)
      : []),
    ...validateClient(webhook.clientConfig ?? {}, `${path}.clientConfig`),
  ];
}

function oneOf(value: string | undefined, allowed: readonly string[], path: string): FieldError[] {
  return value === undefined || allowed.includes(value) ? [] : [notSupported(path, value, allowed)];
}

function validateName(name: string, path: string): FieldError[] {
  if (!name) return [required(path)];
  const problems = isDns1123Subdomain(name);
  if (problems.length > 0) return [invalid(path, name, problems.join(','))];
  if (name.split('.').length >= 3) return [];
  return [invalid(path, name, 'should be a domain with at least three segments separated by dots')];
}

function validateRule(rule: DeepReadonly<V1RuleWithOperations>, path: string): FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  const errors: FieldError[] = [];
  const alone = (list: readonly string[], field: string, what: string): void => {
    if (list?.length > 1 && list.includes('*')) {
      errors.push(invalid(`${path}.${field}`, list, `if '*' is present, must not specify other ${what}`));
    }
  };
  if (!operations?.length) errors.push(required(`${path}.operations`));
  alone(operations, 'operations', 'operations');
  for (const [i, operation] of (operations ?? []).entries()) {
    errors.push(...oneOf(operation, OPERATIONS, `${path}.operations[${i}]`));
  }
  if (!apiGroups?.length) errors.push(required(`${path}.apiGroups`));
  alone(apiGroups, 'apiGroups', 'API groups');
  if (!apiVersions?.length) errors.push(required(`${path}.apiVersions`));
  alone(apiVersions, 'apiVersions', 'API versions');
  for (const [i, version] of (apiVersions ?? []).entries()) {
    if (version === '') errors.push(required(`${path}.apiVersions[${i}]`));
  }
  if (!resources?.length) errors.push(required(`${path}.resources`));
  for (const [i, resource] of (resources ?? []).entries()) {
    if (resource === '') errors.push(required(`${path}.resources[${i}]`));
  }
  if (resources?.length > 1 && resources.includes('*/*')) {
    errors.push(invalid(`${path}.resources`, resources, "if '*/*' is present, must not specify other resources"));
  }
  return [...errors, ...oneOf(scope, ['*', 'Cluster', 'Namespaced'], `${path}.scope`)];
}

function validateClient({ url, service }: Partial<Webhook['clientConfig']>, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(path, 'exactly one of url or service is required')];
  }
  if (url !== undefined) return validateUrl(url, `${path}.url`);
  const { name = '', namespace = '', port = 443, path: urlPath } = service ?? { name: '', namespace: '' };
  const at = `${path}.service`;
  const wrongPort = isPortNumber(port);
  return [
    ...(name === '' ? [required(`${at}.name`)] : []),
    ...(namespace === '' ? [required(`${at}.namespace`)] : []),
    ...(wrongPort.length > 0 ? [invalid(`${at}.port`, port, `port is not valid: ${wrongPort.join(', ')}`)] : []),
    ...(urlPath && !urlPath.startsWith('/') ? [invalid(`${at}.path`, urlPath, "must start with a '/'")] : []),
  ];
}

function validateUrl(text: string, path: string): FieldError[] {
  const form = '; desired format: https://host[/path]';
  const [, scheme = '', rest = ''] = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(.*)$/s.exec(text) ?? [];
  const [, authority = '', query, fragment] = /^(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s.exec(rest) ?? [];
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  return [
    ...(scheme === 'https' ? [] : [invalid(path, scheme, `'https' is the only allowed URL scheme${form}`)]),
    ...(host === '' ? [invalid(path, host, `host must be specified${form}`)] : []),
    ...(at >= 0 ? [invalid(path, authority.slice(0, at), 'user information is not permitted in the URL')] : []),
    ...(fragment ? [invalid(path, fragment, 'fragments are not permitted in the URL')] : []),
    ...(query ? [invalid(path, query, 'query parameters are not permitted in the URL')] : []),
  ];
}

function validateVersions(versions: readonly string[] | null | undefined, path: string): FieldError[] {
  const at = `${path}.admissionReviewVersions`;
  if (!versions?.length) return [required(at, `must specify one of ${VERSIONS.join(', ')}`)];
  const seen = new Set<string>();
  const errors = versions.flatMap((version, i) => {
    if (seen.has(version)) return [invalid(`${at}[${i}]`, version, 'duplicate version')];
    seen.add(version);
    return invalidFor(`${at}[${i}]`, version, isDns1035Label(version));
  });
  if (!versions.some((version) => VERSIONS.includes(version))) {
    errors.push(invalid(at, versions, `must include at least one of ${VERSIONS.join(', ')}`));
  }
  return errors;
}
