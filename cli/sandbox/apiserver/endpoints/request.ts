import type { KubeObject } from '../../../../apis/meta/v1.ts';
import type { DecodeContext, FieldValidation } from '../decoding/decode-object.ts';
import { readBody } from '../decoding/request-body.ts';
import { badRequest } from '../errors/status-error.ts';
import { objectFromProtobuf } from '../protobuf/decode.ts';
import { WireProblem } from '../protobuf/wire.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { Exchange } from '../routing/exchange.ts';
import { contentTypeOf } from '../routing/negotiation.ts';
import type { EndpointContext } from './context.ts';
import type { Rendering } from './rendering.ts';

/** A request for a resource that exists, with a verb that it has. */
export interface ResourceRequest {
  readonly exchange: Exchange;
  readonly definition: ResourceDefinition;
  readonly rendering: Rendering;
}

/** What was sent as text; Kubernetes' protobuf as the JSON that it stands for. @throws {StatusError} 400, 413 */
export async function bodyOf(exchange: Exchange): Promise<TextBody> {
  return textOf(await sentBody(exchange));
}

export interface TextBody {
  readonly text: string;
  readonly contentType: string;
}

export interface SentBody {
  readonly bytes: Buffer;
  readonly contentType: string;
}

/** What was sent, before anybody reads it. @throws {StatusError} 413 */
export async function sentBody({ request }: Exchange): Promise<SentBody> {
  return { contentType: contentTypeOf(request.headers['content-type']), bytes: await readBody(request) };
}

/** @throws {StatusError} 400 */
export function textOf({ bytes, contentType }: SentBody): TextBody {
  if (contentType !== PROTOBUF) return { text: bytes.toString('utf8'), contentType };
  try {
    return {
      text: bytes.length === 0 ? '' : JSON.stringify(objectFromProtobuf(bytes)),
      contentType: 'application/json',
    };
  } catch (error) {
    if (error instanceof WireProblem) throw badRequest(error.message);
    throw error;
  }
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

export function decodeContext(
  { cluster }: EndpointContext,
  definition: ResourceDefinition,
  fieldValidation: FieldValidation,
): DecodeContext {
  return {
    definition,
    fieldValidation,
    isKnown: (apiVersion, kind) => {
      const slash = apiVersion.indexOf('/');
      const [group, version] = slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
      if (apiVersion === 'v1' && kind === 'List') return true;
      const known = cluster.definitionOfKind(group, kind) ?? cluster.definitionOfKind(group, kind.replace(/List$/, ''));
      return known !== undefined && !known.custom && known.version === version;
    },
  };
}

/** Puts the object where the path says it is. @throws {StatusError} 400: it says that it is elsewhere */
export function placeInNamespace(object: KubeObject, definition: ResourceDefinition, namespace: string): void {
  const { metadata } = object;
  if (!definition.namespaced) {
    delete metadata.namespace;
    return;
  }
  if (metadata.namespace === undefined || metadata.namespace === '') metadata.namespace = namespace;
  if (metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** As Kubernetes' storage checks names, when all else is known to be well: `IsValidPathSegmentName`. @throws {StatusError} 400 */
export function checkPathName(name: string): void {
  const isDots = name === '.' || name === '..';
  if (!isDots && !/[/%]/.test(name)) return;
  const why = isDots ? `may not be '${name}'` : `may not contain '${name.includes('/') ? '/' : '%'}'`;
  throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: ${why}`);
}

/** @throws {StatusError} 400 */
export function checkName({ metadata }: KubeObject, name: string): void {
  const sent = metadata.name ?? '';
  if (sent === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (sent !== name) {
    throw badRequest(`the name of the object (${sent}) does not match the name on the URL (${name})`);
  }
}
