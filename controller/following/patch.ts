import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { FederatedTemplate } from '../../apis/types/v1beta1/federated-object.ts';
import { FOLLOWED_FROM_ANNOTATION } from '../../apis/well-known.ts';
import { type Copy, markOf } from './copy.ts';

export interface Operation {
  readonly op: 'test' | 'add';
  readonly path: string;
  readonly value: unknown;
}

const MARK_PATH = `/metadata/annotations/${FOLLOWED_FROM_ANNOTATION.replaceAll('/', '~1')}`;

/**
 * A JSON patch that makes a federated object follow the plain one: template and mark, and nothing else, for placement and
 * overrides are people's. On condition that it is the same object, and still bears the mark that was seen.
 */
export function followPatch(
  copy: DeepReadonly<Copy>,
  original: { readonly uid: string; readonly digest: string; readonly template: DeepReadonly<FederatedTemplate> },
): Operation[] {
  const template: Operation[] =
    copy.digest === original.digest ? [] : [{ op: 'add', path: '/spec/template', value: original.template }];
  return [...marked(copy, original.uid), ...template];
}

/** One that lets it follow nothing at present; it stays as it is. */
export function letGoPatch(copy: DeepReadonly<Copy>): Operation[] {
  return marked(copy, '');
}

function marked(copy: DeepReadonly<Copy>, mark: string): Operation[] {
  const present = markOf(copy);
  return [
    { op: 'test', path: '/metadata/uid', value: copy.metadata.uid },
    { op: 'test', path: MARK_PATH, value: present },
    ...(mark === present ? [] : [{ op: 'add', path: MARK_PATH, value: mark } as const]),
  ];
}
