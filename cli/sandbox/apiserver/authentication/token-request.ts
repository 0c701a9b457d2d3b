import type { DeepReadonly, KubeObject, ManagedFieldsEntry } from '../../../../apis/meta/v1.ts';
import { badRequest, conflict, type FieldError, invalid, notFound } from '../errors/status-error.ts';
import { trackUpdate } from '../managed-fields/track-update.ts';
import type { ActionAnswer, ActionRequest, Subresource, WriteContext } from '../resources/resource-definition.ts';
import type { TokenBinding } from '../resources/token-authentication.ts';
import { builtInSchema } from '../schema/built-in.ts';

interface TokenRequestSpec {
  readonly audiences?: readonly string[] | null;
  readonly expirationSeconds?: number | null;
  readonly boundObjectRef?: {
    readonly kind?: string;
    readonly apiVersion?: string;
    readonly name?: string;
    readonly uid?: string;
  } | null;
}

const TOKEN_REQUEST = { group: 'authentication.k8s.io', kind: 'TokenRequest' };
const API_VERSION = `${TOKEN_REQUEST.group}/v1`;
const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

/** `serviceaccounts/token`: makes a token that ends by itself, and with what it is bound to. */
export const tokenRequestSubresource: Subresource = {
  kind: 'action',
  verbs: ['create'],
  responseKind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  handle: (request, context) => answerTokenRequest(request, context),
};

function answerTokenRequest(request: ActionRequest, context: WriteContext): ActionAnswer {
  const { namespace, name } = request;
  const sent = (request.body ?? {}) as Partial<KubeObject> & { readonly spec?: TokenRequestSpec | null };
  expectTokenRequest(sent);
  const metadata = sent.metadata ?? {};
  if (metadata.name !== undefined && metadata.name !== '' && metadata.name !== name) {
    throw mustMatch('name', metadata.name, name);
  }
  if (metadata.namespace !== undefined && metadata.namespace !== '' && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const serviceAccount = context.storage.get('serviceaccounts', namespace, name)?.object;
  if (serviceAccount === undefined) throw notFound({ group: '', plural: 'serviceaccounts' }, name);
  const uid = serviceAccount.metadata.uid ?? '';
  if (metadata.uid !== undefined && metadata.uid !== '' && metadata.uid !== uid) {
    const why = `the UID in the token request (${metadata.uid}) does not match the UID of the service account (${uid})`;
    throw conflict({ group: TOKEN_REQUEST.group, plural: TOKEN_REQUEST.kind }, name, why);
  }

  const spec = sent.spec ?? {};
  const audiences = spec.audiences?.length ? spec.audiences : context.cluster.tokenIssuer.defaultAudiences;
  const expirationSeconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  const errors = validate(expirationSeconds);
  if (errors.length > 0) throw invalid(TOKEN_REQUEST, '', errors);
  const boundTo = bindingOf(spec.boundObjectRef ?? undefined, namespace, name, context);
  const token = context.cluster.tokenIssuer.issue({
    serviceAccount,
    audiences,
    expirationSeconds,
    boundTo,
    now: context.now,
  });
  const seconds = Math.floor(context.now.getTime() / 1000);
  const owned = ownersOf(sent, request.fieldManager, context.now);
  return {
    code: 201,
    body: {
      kind: TOKEN_REQUEST.kind,
      apiVersion: API_VERSION,
      metadata: { ...metadata, name, namespace, uid, creationTimestamp: timestamp(seconds), ...owned },
      spec: { audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token, expirationTimestamp: timestamp(seconds + expirationSeconds) },
    },
  };
}

/** @throws {StatusError} 400: it is something else. What it leaves out is taken to be what is expected. */
function expectTokenRequest({ apiVersion = API_VERSION, kind = TOKEN_REQUEST.kind }: Partial<KubeObject>): void {
  if (apiVersion === API_VERSION && kind === TOKEN_REQUEST.kind) return;
  const version = apiVersion.split('/').at(-1) ?? '';
  const why = `converting (${version}.${kind}) to (authentication.TokenRequest): unknown conversion`;
  throw badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a TokenRequest: ${why}`);
}

/** Who sent which field, before defaults were filled in apart from the seconds. */
function ownersOf(
  sent: Partial<KubeObject> & { readonly spec?: TokenRequestSpec | null },
  manager: string | undefined,
  now: Date,
): { managedFields?: ManagedFieldsEntry[] } {
  if (manager === undefined) return {};
  const next: KubeObject = {
    ...sent,
    metadata: sent.metadata ?? {},
    spec: { ...sent.spec, expirationSeconds: sent.spec?.expirationSeconds ?? DEFAULT_SECONDS },
  };
  const schema = builtInSchema(TOKEN_REQUEST.group, 'v1', TOKEN_REQUEST.kind);
  const tracked = { next, schema, manager, apiVersion: API_VERSION, subresource: 'token', now };
  const managedFields = trackUpdate({ stored: undefined, ...tracked });
  for (const { fieldsV1 } of managedFields) {
    // In Kubernetes a new TokenRequest has a null there already, so that nobody set the reference as such.
    const fields = fieldsV1?.['f:spec'] as { readonly 'f:boundObjectRef'?: Record<string, unknown> } | undefined;
    delete fields?.['f:boundObjectRef']?.['.'];
  }
  return { managedFields };
}

function validate(seconds: number): FieldError[] {
  const error = (why: string): FieldError => ({
    field: 'spec.expirationSeconds',
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${seconds}: ${why}`,
  });
  if (seconds < MIN_SECONDS) return [error('may not specify a duration less than 10 minutes')];
  return seconds > MAX_SECONDS ? [error('may not specify a duration larger than 2^32 seconds')] : [];
}

/** @throws {StatusError} 404 there is no such object; 400 nothing can be bound to it; 409 it is another one of that name. */
function bindingOf(
  ref: (TokenRequestSpec['boundObjectRef'] & {}) | undefined,
  namespace: string,
  serviceAccount: string,
  { storage }: WriteContext,
): TokenBinding {
  if (ref === undefined) return {};
  const { apiVersion = '', kind = '', name = '', uid = '' } = ref;
  const type = apiVersion === 'v1' ? BOUND[kind] : undefined;
  if (type === undefined) {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  }
  if (name === '') throw badRequest('Name parameter required.');
  const object = storage.get(type.plural, type.namespaced ? namespace : '', name)?.object;
  if (object === undefined) throw notFound({ group: '', plural: type.plural }, name);
  const binding = type.bind(object, serviceAccount, (node) => storage.get('nodes', '', node)?.object);
  if (uid !== '' && uid !== object.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: '', plural: kind }, name, why);
  }
  return binding;
}

type Bound = {
  readonly plural: string;
  readonly namespaced: boolean;
  readonly bind: (
    object: DeepReadonly<KubeObject>,
    serviceAccount: string,
    nodeNamed: (name: string) => DeepReadonly<KubeObject> | undefined,
  ) => TokenBinding;
};

const BOUND: Readonly<Record<string, Bound>> = {
  Secret: { plural: 'secrets', namespaced: true, bind: (secret) => ({ secret }) },
  Node: { plural: 'nodes', namespaced: false, bind: (node) => ({ node: nodeRef(node) }) },
  Pod: {
    plural: 'pods',
    namespaced: true,
    bind: (pod, serviceAccount, nodeNamed) => {
      const spec = (pod.spec ?? {}) as { readonly serviceAccountName?: string; readonly nodeName?: string };
      if (spec.serviceAccountName !== serviceAccount) {
        const account = JSON.stringify(serviceAccount);
        throw badRequest(
          `cannot bind token for serviceaccount ${account} to pod running with different serviceaccount name.`,
        );
      }
      if (spec.nodeName === undefined || spec.nodeName === '') return { pod };
      const node = nodeNamed(spec.nodeName);
      return { pod, node: node === undefined ? { name: spec.nodeName } : nodeRef(node) };
    },
  },
};

function nodeRef({ metadata: { name = '', uid = '' } }: DeepReadonly<KubeObject>): { name: string; uid: string } {
  return { name, uid };
}

function mustMatch(field: 'name', value: string, name: string): Error {
  const message = `Invalid value: ${JSON.stringify(value)}: must match the service account name if specified`;
  return invalid(TOKEN_REQUEST, name, [{ field: `metadata.${field}`, reason: 'FieldValueInvalid', message }]);
}

function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
