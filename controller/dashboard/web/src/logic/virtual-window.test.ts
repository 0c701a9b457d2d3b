import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pagesOf, scrollTopFor, TALLEST, virtualWindow } from './virtual-window.ts';

const tables = fc.record({
  total: fc.integer({ min: 0, max: 2_000_000 }),
  rowHeight: fc.constantFrom(32, 68),
  viewport: fc.integer({ min: 100, max: 1_500 }),
  scrollTop: fc.integer({ min: 0, max: TALLEST }),
});

it('however many rows there are, few are in the document, and they fill what is in sight', () => {
  fc.assert(
    fc.property(tables, (table) => {
      const { first, end, top, height } = virtualWindow(table);
      const { total, rowHeight, viewport } = table;
      expect(height).toBeLessThanOrEqual(TALLEST);
      expect(end - first).toBeLessThanOrEqual(Math.ceil(viewport / rowHeight) + 14);
      const scrolled = Math.min(table.scrollTop, Math.max(0, height - viewport));
      expect(top).toBeLessThanOrEqual(scrolled + 0.01);
      const bottom = top + (end - first) * rowHeight;
      expect(bottom).toBeGreaterThanOrEqual(Math.min(scrolled + viewport, height) - 0.01);
      expect(end).toBeLessThanOrEqual(total);
    }),
  );
});

it('any row can be brought whole into sight, the last one too', () => {
  fc.assert(
    fc.property(tables, fc.nat(), (table, wish) => {
      fc.pre(table.total > 0);
      const row = wish % table.total;
      const scrollTop = scrollTopFor(row, table);
      const { first, top } = virtualWindow({ ...table, scrollTop });
      const at = top + (row - first) * table.rowHeight - scrollTop;
      expect(at).toBeGreaterThanOrEqual(-0.1);
      expect(at + table.rowHeight).toBeLessThanOrEqual(Math.max(table.viewport, table.rowHeight) + 0.1);
    }),
  );
});

it('a window asks for the pages that its rows are on', () => {
  expect(pagesOf({ first: 0, end: 30 }, 100)).toEqual([0]);
  expect(pagesOf({ first: 95, end: 130 }, 100)).toEqual([0, 1]);
  expect(pagesOf({ first: 100, end: 200 }, 100)).toEqual([1]);
});
