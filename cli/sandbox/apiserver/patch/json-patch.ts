import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { badRequest, requestEntityTooLarge, type StatusError } from '../errors/status-error.ts';
import { isMap, jsonEqual, own } from '../schema/json-value.ts';
import { type JsonObject, put } from './json-object.ts';
import { unprocessablePatch } from './refusal.ts';

/** As in Kubernetes. */
const MAX_OPERATIONS = 10_000;

/**
 * Carries out a JSON patch (RFC 6902) and returns the result; `object` and `operations` stay as they are, parts of both
 * may stand in the result. Where Kubernetes' library goes beyond the RFC, so does this: `replace` of a missing key adds it,
 * negative indices count from the end, a missing `value` is `null`.
 *
 * @param operations the decoded body of the request
 * @param isTyped whether it is looked at strictly first: what is no text where text belongs is then refused as such
 * @throws StatusError 400 when it is no list of operations, 413 for more than 10,000 of them, 422 when one cannot be done
 */
export function applyJsonPatch(object: DeepReadonly<JsonObject>, operations: unknown, isTyped = true): JsonObject {
  const list = readOperations(operations, isTyped);
  const document = new PatchedDocument(object);
  for (const operation of list) carryOut(document, operation);
  if (!isMap(document.root)) throw unprocessablePatch();
  return document.root;
}

interface Operation {
  readonly op: string;
  readonly path: string | undefined;
  readonly from: string | undefined;
  readonly value: unknown;
}

function readOperations(operations: unknown, isTyped: boolean): Operation[] {
  // Kubernetes takes `null` for an empty list.
  if (operations === null) return [];
  if (!Array.isArray(operations)) throw misshapen(operations, 'value', isTyped ? `[]${TYPED}` : 'jsonpatch.Patch');
  const read = operations.map((operation) => readOperation(operation, isTyped));
  if (read.length > MAX_OPERATIONS) {
    throw requestEntityTooLarge(
      `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${read.length}`,
    );
  }
  return read;
}

function readOperation(operation: unknown, isTyped: boolean): Operation {
  if (operation === null) return { op: 'unknown', path: undefined, from: undefined, value: null };
  if (!isMap(operation)) throw misshapen(operation, 'value', isTyped ? TYPED : 'jsonpatch.Operation');
  for (const key of isTyped ? Object.keys(operation) : []) {
    const value = operation[key];
    const fits = value === null || typeof value === 'string' || !TEXTS.includes(key);
    if (!fits) throw misshapen(value, `struct field jsonPatchOp.${key}`, 'string');
  }
  const text = (key: string): string | undefined => {
    const value = own(operation, key);
    return typeof value === 'string' ? value : undefined;
  };
  return {
    op: text('op') ?? 'unknown',
    path: text('path'),
    from: text('from'),
    value: own(operation, 'value') ?? null,
  };
}

const TYPED = 'handlers.jsonPatchOp';
const TEXTS = ['op', 'path', 'from'];
/** What an operation may have; anything else is ignored, which strict decoding tells of. */
export const OPERATION_FIELDS: ReadonlySet<string> = new Set([...TEXTS, 'value']);

/** Whether there is nothing in the operations that would be ignored. */
export function hasKnownFieldsOnly(operations: unknown): boolean {
  if (!Array.isArray(operations)) return true;
  return operations.every((each) => !isMap(each) || Object.keys(each).every((key) => OPERATION_FIELDS.has(key)));
}

function misshapen(value: unknown, where: string, type: string): StatusError {
  const problem = cannotUnmarshal(value, where, type);
  // Only who reads into Go's type says what it is doing.
  return badRequest(type.startsWith('jsonpatch.') ? problem : `error decoding patch: ${problem}`);
}

function cannotUnmarshal(value: unknown, where: string, type: string): string {
  const found = Array.isArray(value)
    ? 'array'
    : isMap(value)
      ? 'object'
      : value === true || value === false
        ? 'bool'
        : typeof value;
  return `json: cannot unmarshal ${found} into Go ${where} of type ${type}`;
}

function carryOut(document: PatchedDocument, { op, path, from, value }: Operation): void {
  switch (op) {
    case 'add':
      document.add(required(path), value);
      break;
    case 'remove':
      document.remove(required(path));
      break;
    case 'replace':
      document.replace(required(path), value);
      break;
    case 'move': {
      const moved = document.remove(required(from));
      document.add(required(path), moved);
      break;
    }
    case 'copy':
      document.add(required(path), structuredClone(document.at(required(from))));
      break;
    case 'test':
      if (!jsonEqual(document.tested(required(path)), value)) throw unprocessablePatch();
      break;
    default:
      throw unprocessablePatch();
  }
}

function required(pointer: string | undefined): string {
  if (pointer === undefined) throw unprocessablePatch();
  return pointer;
}

/** A JSON document that is copied where it is written, and only there. */
class PatchedDocument {
  root: unknown;
  /** Copies that belong to this document: they may be written. */
  readonly #owned = new WeakSet<object>();

  constructor(root: unknown) {
    this.root = root;
  }

  /** @throws StatusError 422 when the pointer leads nowhere; a key that is not there is `null` */
  at(pointer: string): unknown {
    const { container, key } = this.#place(pointer, false);
    if (Array.isArray(container)) return container[existingIndex(key, container.length)];
    return own(container, key) ?? null;
  }

  /** As `at`; the empty pointer is the whole document. */
  tested(pointer: string): unknown {
    return pointer === '' ? this.root : this.at(pointer);
  }

  add(pointer: string, value: unknown): void {
    const { container, key } = this.#place(pointer, true);
    if (!Array.isArray(container)) {
      put(container, key, value);
    } else if (key === '-') {
      container.push(value);
    } else {
      container.splice(indexWithin(key, container.length + 1), 0, value);
    }
  }

  remove(pointer: string): unknown {
    const { container, key } = this.#place(pointer, true);
    if (Array.isArray(container)) return container.splice(existingIndex(key, container.length), 1)[0];
    if (!Object.hasOwn(container, key)) throw unprocessablePatch();
    const removed = container[key];
    delete container[key];
    return removed;
  }

  replace(pointer: string, value: unknown): void {
    if (pointer === '') {
      if (!isMap(value) && !Array.isArray(value)) throw unprocessablePatch();
      this.root = value;
      return;
    }
    const { container, key } = this.#place(pointer, true);
    if (Array.isArray(container)) container[existingIndex(key, container.length)] = value;
    else put(container, key, value);
  }

  /** The object or list that holds what the pointer names; a copy that may be changed if `forWriting`. */
  #place(pointer: string, forWriting: boolean): { container: JsonObject | unknown[]; key: string } {
    // What stands before the first slash is ignored, as Kubernetes does.
    const keys = pointer.split('/').slice(1).map(unescaped);
    const key = keys.pop();
    if (key === undefined) throw unprocessablePatch();
    let container = forWriting ? this.#ownedRoot() : asContainer(this.root);
    for (const step of keys) {
      const index = Array.isArray(container) ? existingIndex(step, container.length) : step;
      const next = asContainer(Array.isArray(container) ? container[Number(index)] : own(container, step));
      if (!forWriting) {
        container = next;
        continue;
      }
      const copy = this.#own(next);
      if (Array.isArray(container)) container[Number(index)] = copy;
      else put(container, step, copy);
      container = copy;
    }
    return { container, key };
  }

  #ownedRoot(): JsonObject | unknown[] {
    const root = this.#own(asContainer(this.root));
    this.root = root;
    return root;
  }

  #own(container: JsonObject | unknown[]): JsonObject | unknown[] {
    if (this.#owned.has(container)) return container;
    const copy = Array.isArray(container) ? [...container] : { ...container };
    this.#owned.add(copy);
    return copy;
  }
}

function asContainer(value: unknown): JsonObject | unknown[] {
  if (Array.isArray(value) || isMap(value)) return value;
  throw unprocessablePatch();
}

/** RFC 6901: `~1` first, then `~0`; in one pass, so that `~01` is `~1`. */
function unescaped(step: string): string {
  return step.replace(/~[01]/g, (escaped) => (escaped === '~1' ? '/' : '~'));
}

function existingIndex(key: string, length: number): number {
  return indexWithin(key, length);
}

/** An index below `length`; below zero it counts from the end. */
function indexWithin(key: string, length: number): number {
  if (!/^[+-]?[0-9]+$/.test(key)) throw unprocessablePatch();
  const index = Number.parseInt(key, 10);
  if (index >= length || index < -length) throw unprocessablePatch();
  return index < 0 ? index + length : index;
}
