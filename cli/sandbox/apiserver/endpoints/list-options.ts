import { forbiddenField, notSupported } from '../errors/field-errors.ts';
import { badRequest, bareFailure, type FieldError } from '../errors/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { isTrue } from '../routing/request-info.ts';
import { type FieldSelector, fieldSelectorOf, fieldTerms } from './field-selector.ts';
import { type LabelRequirement, parseLabelSelector } from './label-selector.ts';
import { integerOf, invalidOptions, versionProblem } from './option-errors.ts';

export interface ListOptions {
  readonly labels: readonly LabelRequirement[];
  readonly fields: FieldSelector;
  readonly limit: number;
  readonly continue: string;
  /** `undefined`: not given; 0: any. */
  readonly resourceVersion: number | undefined;
  readonly match: string;
  readonly bookmarks: boolean;
  readonly initialEvents: boolean | undefined;
  readonly timeoutSeconds: number | undefined;
}

/** All that is asked of a list. @throws {StatusError} 400 and 422, as Kubernetes does */
export function listOptionsOf(query: URLSearchParams, definition: ResourceDefinition, watches: boolean): ListOptions {
  return withVersion(parsedListOptions(query, definition), watches);
}

/** But for the resourceVersion, which nobody reads before the storage does. @throws {StatusError} 400, 422 */
export function parsedListOptions(query: URLSearchParams, definition: ResourceDefinition): ParsedListOptions {
  const limit = integerOf(query.get('limit')) ?? 0;
  const timeoutSeconds = integerOf(query.get('timeoutSeconds'));
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const terms = fieldTerms(query.get('fieldSelector') ?? '');
  const parsed = {
    match: query.get('resourceVersionMatch') ?? '',
    continue: query.get('continue') ?? '',
    initialEvents: query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : undefined,
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
  };
  const versionText = query.get('resourceVersion') ?? '';
  const asksWatch = isTrue(query.get('watch'));
  const errors = asksWatch ? watchErrors(versionText, parsed) : listErrors(versionText, parsed);
  if (errors.length > 0) throw invalidOptions('ListOptions', errors);
  const fields = fieldSelectorOf(terms, definition);
  return { ...parsed, labels, fields, limit, timeoutSeconds, versionText };
}

export type ParsedListOptions = Omit<ListOptions, 'resourceVersion'> & { readonly versionText: string };

/** @throws {StatusError} 400: the resourceVersion is none; a watch fails over it with a 500 */
export function withVersion({ versionText, ...options }: ParsedListOptions, watches: boolean): ListOptions {
  return { ...options, resourceVersion: versionOf(versionText, watches) };
}

function versionOf(text: string, watches: boolean): number | undefined {
  if (text === '') return undefined;
  const why = versionProblem(text);
  if (why === undefined) return Number(text);
  throw watches ? bareFailure(why) : badRequest(`invalid resource version: ${why}`);
}

const MATCH = 'resourceVersionMatch';

function listErrors(
  resourceVersion: string,
  { match, continue: token, initialEvents }: Pick<ListOptions, 'match' | 'continue' | 'initialEvents'>,
): FieldError[] {
  const errors: FieldError[] = match === '' ? [] : matchErrors(resourceVersion, match, token);
  if (initialEvents !== undefined) {
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

function matchErrors(resourceVersion: string, match: string, token: string): FieldError[] {
  const errors: FieldError[] = [];
  if (resourceVersion === '') {
    errors.push(forbiddenField(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  }
  if (token !== '') errors.push(forbiddenField(MATCH, 'resourceVersionMatch is forbidden when continue is provided'));
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    errors.push(notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']));
  }
  if (match === 'Exact' && resourceVersion === '0') {
    errors.push(forbiddenField(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  return errors;
}

function watchErrors(
  resourceVersion: string,
  options: Pick<ListOptions, 'match' | 'continue' | 'initialEvents'>,
): FieldError[] {
  const errors: FieldError[] = [];
  // A watch from anywhere begins with all there is, as if it had been asked for.
  const isImplied = options.initialEvents === undefined && options.match === '' && /^0?$/.test(resourceVersion);
  const { match, initialEvents } = isImplied ? { match: 'NotOlderThan', initialEvents: true } : options;
  if (initialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(forbiddenField(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match === '') return errors;
  if (initialEvents === undefined) {
    errors.push(
      forbiddenField(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    );
  }
  if (match !== 'NotOlderThan') errors.push(notSupported(MATCH, match, ['NotOlderThan']));
  if (options.continue !== '') {
    errors.push(forbiddenField(MATCH, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  return errors;
}
