import { describe, expect, test } from 'vitest';
import { schemaOf, strictValidator } from '../../../test/structural-schema.ts';
import {
  RECEIPT_LIST_LIMIT,
  type ReceiptEntry,
  receiptStatusOf,
  type UnjoinReceipt,
  validateUnjoinReceipt,
} from './unjoin-receipt.ts';
import { unjoinReceiptCrd } from './unjoin-receipt-crd.ts';

const MANY = RECEIPT_LIST_LIMIT + 100;
const entries = (count: number): ReceiptEntry[] =>
  Array.from({ length: count }, (_, index) => ({
    resource: 'configmaps',
    namespace: 'shop',
    name: `cm-${index}`,
    reason: 'adopted',
  }));

function receipt(rest: Partial<UnjoinReceipt> = {}): UnjoinReceipt {
  return {
    metadata: { name: 'vulcan-1' },
    spec: { cluster: 'vulcan', cascade: 'delete', startedAt: '2026-01-01T00:00:00Z' },
    ...rest,
  };
}

describe('the receipt of an unjoin', () => {
  test('however many objects there were, it fits into one object and still counts them all', () => {
    const status = receiptStatusOf({ removed: entries(MANY), released: entries(MANY), kept: entries(MANY) });
    const whole = receipt({ status });
    expect(status.totals).toEqual({ removed: MANY, released: MANY, kept: MANY });
    expect(validateUnjoinReceipt(whole)).toEqual([]);
    expect(strictValidator(schemaOf(unjoinReceiptCrd()))(whole)).toBe(true);
  });

  test('a short one is whole', () => {
    const status = receiptStatusOf({ removed: entries(1), released: [], kept: entries(2), leftBehind: ['a token'] });
    expect(status).toEqual({
      removed: entries(1),
      released: [],
      kept: entries(2),
      totals: { removed: 1, released: 0, kept: 2 },
      leftBehind: ['a token'],
    });
  });

  test('the longest names there are leave it below what etcd takes', () => {
    const long = (length: number) => 'x'.repeat(length);
    const entry = { resource: long(100), namespace: long(63), name: long(253), reason: long(400) };
    const list = Array.from({ length: MANY }, () => entry);
    const status = receiptStatusOf({
      removed: list,
      released: list,
      kept: list,
      leftBehind: list.map(() => long(400)),
    });
    expect(JSON.stringify(receipt({ status })).length).toBeLessThan(1_000_000);
  });

  test('what is left behind and does not fit is counted, also when it is written again', () => {
    const sentences = Array.from({ length: MANY }, (_, index) => `configmaps shop/cm-${index}`);
    const list = (leftBehind: readonly string[]) =>
      receiptStatusOf({ removed: [], released: [], kept: [], leftBehind }).leftBehind;
    const first = list(sentences);
    expect([first?.length, first?.at(-1)]).toEqual([RECEIPT_LIST_LIMIT, 'and 101 more']);
    expect(list(first ?? [])).toEqual(first);
    expect(list([...(first ?? []), ...sentences.slice(RECEIPT_LIST_LIMIT - 1)])).toEqual(first);
  });

  test('what it lacks is named', () => {
    const spec = { cluster: '', cascade: 'burn', startedAt: '' } as unknown as UnjoinReceipt['spec'];
    const status = { kept: entries(MANY) };
    expect(validateUnjoinReceipt(receipt({ spec, status })).map((error) => error.path)).toEqual([
      'spec.cluster',
      'spec.cascade',
      'spec.startedAt',
      'status.kept',
    ]);
  });
});
