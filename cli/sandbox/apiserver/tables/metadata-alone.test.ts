import { describe, expect, it } from 'vitest';
import { daemonSets } from '../kinds/apps/daemon-set.ts';
import { metadataAlone } from './metadata-alone.ts';

const GENERATION = 'deprecated.daemonset.template.generation';

describe('metadata without its object', () => {
  it('lacks the annotations that stand for fields of the object', () => {
    const metadata = { name: 'd', annotations: { [GENERATION]: '1' } };
    expect(metadataAlone(daemonSets, { metadata })).toEqual({ name: 'd' });
  });

  it('has all others, and is the very same when there is nothing to leave out', () => {
    const both = { name: 'd', annotations: { [GENERATION]: '1', mine: 'x' } };
    expect(metadataAlone(daemonSets, { metadata: both })).toEqual({ name: 'd', annotations: { mine: 'x' } });
    const own = { name: 'd', annotations: { mine: 'x' } };
    expect(metadataAlone(daemonSets, { metadata: own })).toBe(own);
    expect(metadataAlone({}, { metadata: both })).toBe(both);
  });
});
