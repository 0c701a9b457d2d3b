import fc from 'fast-check';
import { type Body, body } from './fuzz-bodies.ts';
import { path } from './fuzz-paths.ts';
import { query } from './fuzz-queries.ts';
import { KINDS } from './fuzz-world.ts';
import { configMap } from './objects.ts';
import type { WireRequest } from './wire.ts';

/** A request without credentials. */
export type Request = Pick<WireRequest, 'method' | 'path' | 'body'> & { readonly headers: Record<string, string> };

const contentType = fc.constantFrom(
  'application/json',
  'application/json',
  'application/json',
  'application/yaml',
  'application/yaml',
  'application/merge-patch+json',
  'application/json-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/merge-patch+json; charset=utf-8',
  'application/vnd.kubernetes.protobuf',
  'application/cbor',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/',
  'x',
  '',
  '*/*',
  'APPLICATION/JSON',
  'application/json; charset=utf-16',
  'application/json;q',
  'application/json;',
  'application/json; ;',
  'application/json;a="b;c"',
  'application/json, application/yaml',
  'application/json;a=b;a=c',
);
const PATCHES = ['application/merge-patch+json', 'application/json-patch+json', 'application/apply-patch+yaml'];
const patchType = fc.oneof(fc.constantFrom(...PATCHES, 'application/strategic-merge-patch+json'), contentType);

const accept = fc.constantFrom(
  'application/json',
  'application/json',
  'application/json',
  '*/*',
  '',
  'application/yaml',
  'application/*',
  'text/html',
  'text/html,*/*;q=0.1',
  'application/json;q=0',
  'application/json;q=x',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=Table;v=v7;g=meta.k8s.io',
  'application/json;as=Table',
  'application/json;v=v1',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io,application/json',
  'application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io',
  'application/json;stream=watch',
  'application/json;stream=x',
  'application/json;sv=1',
  'application/json;pretty=1',
  'application/yaml;as=Table;v=v1;g=meta.k8s.io',
  'APPLICATION/JSON',
  'x',
  ';',
  ',',
  'application/vnd.kubernetes.protobuf',
  'application/vnd.kubernetes.protobuf,application/json',
);

/** Of the other headers at most two. */
const header = fc.constantFrom<readonly [string, string]>(
  ['impersonate-user', 'somebody'],
  ['impersonate-user', 'system:serviceaccount:fuzz:default'],
  ['impersonate-user', ''],
  ['impersonate-group', 'system:masters'],
  ['impersonate-uid', '1'],
  ['impersonate-extra-a', 'b'],
  ['content-encoding', 'gzip'],
  ['accept-encoding', 'gzip'],
  ['accept-encoding', 'x;q=y'],
  ['range', 'bytes=0-1'],
  ['if-none-match', '*'],
  ['if-match', '"x"'],
  ['if-modified-since', 'x'],
  ['x-http-method-override', 'DELETE'],
  ['user-agent', 'Mozilla/5.0'],
  ['user-agent', ''],
  ['origin', 'null'],
  ['x-forwarded-for', 'x'],
  ['cookie', 'a=b'],
  ['te', 'trailers'],
  ['audit-id', 'x'.repeat(300)],
  ['traceparent', 'x'],
  ['x', 'y'.repeat(8_000)],
);
const others = fc
  .oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(header, { maxLength: 2 }) })
  .map((pairs): Record<string, string> => Object.fromEntries(pairs));

const method = fc.constantFrom(
  'GET',
  'GET',
  'GET',
  'POST',
  'POST',
  'POST',
  'PUT',
  'PUT',
  'PATCH',
  'PATCH',
  'PATCH',
  'DELETE',
  'DELETE',
  'OPTIONS',
  'HEAD',
  'TRACE',
  'PROPFIND',
  'NONSENSE',
);
const READS = new Set(['GET', 'HEAD']);

/**
 * Requests that are sane but for one or two things. Those that write are dry runs: nothing is kept, so that what fails fails alone
 * too.
 */
const any: fc.Arbitrary<Request> = fc
  .record({ method, path, query, contentType, patchType, accept, others, body })
  .map(({ method, path, query, contentType, patchType, accept, others, body }) => {
    const reads = READS.has(method);
    const parameters = [...query, ...(reads ? [] : ['dryRun=All'])];
    const sent = body(path.kind?.object ?? configMap('one'));
    return {
      method,
      path: `${encodeURI(path.path).replaceAll('%25', '%')}?${parameters.join('&')}`,
      headers: {
        ...others,
        accept,
        ...(reads ? {} : { 'content-type': method === 'PATCH' ? patchType : contentType }),
      },
      body: BODILESS.has(method) ? undefined : method === 'DELETE' ? asDryRun(sent) : sent,
    };
  });

/** Options that say nothing: they would delete what is there, dry run or not. */
const emptied: fc.Arbitrary<Request> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    contentType,
    accept,
    body: fc.constantFrom('null', '', ' ', '~', '---', '--- null', '# nothing', '{}', '[]', 'null null'),
  })
  .map(({ kind, contentType, accept, body }) => ({
    method: 'DELETE',
    path: `${kind.path}/none`,
    headers: { accept, 'content-type': contentType },
    body,
  }));

export const requests: fc.Arbitrary<Request> = fc.oneof(
  { weight: 60, arbitrary: any },
  { weight: 1, arbitrary: emptied },
);

const BODILESS = new Set([...READS, 'OPTIONS', 'TRACE']);

/** Options in the body of a DELETE count instead of those of the query. */
function asDryRun(body: Body): Body {
  const bytes = Buffer.from(body);
  if (bytes.length === 0 || /^\s*[["\d]/.test(bytes.toString('latin1'))) return body;
  if (bytes[0] !== 0x7b) return Buffer.concat([Buffer.from('dryRun: [All]\n'), bytes]);
  const rest = bytes.subarray(1);
  const isEmpty = /^\s*\}/.test(rest.toString('latin1'));
  return Buffer.concat([Buffer.from(`{"dryRun":["All"]${isEmpty ? '' : ','}`), rest]);
}
