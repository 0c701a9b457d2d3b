import { describe, expect, it } from 'vitest';
import { clustersetRewrite, corefileRewrite, derivedServiceName, exportNameFault } from './derived-name.ts';

const applied = (pattern: string, replacement: string, name: string) =>
  name.replace(new RegExp(pattern), replacement.replace(/\{(\d)\}/g, '$$$1'));

describe('the name of a derived Service', () => {
  it('is what one rewrite rule of CoreDNS makes of the clusterset name, and back in the answer', () => {
    const { question, lookUp, answer, answerAs } = clustersetRewrite();

    const looked = applied(question, lookUp, 'web.shop.svc.clusterset.local.');
    expect(looked).toBe(`${derivedServiceName('web')}.shop.svc.cluster.local`);
    expect(applied(answer, answerAs, `${looked}.`)).toBe('web.shop.svc.clusterset.local');
  });

  it('leaves other names alone', () => {
    const question = new RegExp(clustersetRewrite().question);

    for (const name of ['web.shop.svc.cluster.local.', 'a.web.shop.svc.clusterset.local.', 'web.svc.clusterset.local.'])
      expect(question.test(name)).toBe(false);
  });

  it('goes with other domains too', () => {
    expect(corefileRewrite({ clusterset: 'set.example', cluster: 'earth.example' })).toBe(
      [
        'rewrite stop {',
        '    name regex ^([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\\.([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\\.svc\\.set\\.example\\.$ mcs-{1}.{2}.svc.earth.example.',
        '    answer name ^mcs-([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\\.([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\\.svc\\.earth\\.example\\.$ {1}.{2}.svc.set.example.',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('is a label, or the Service cannot be exported', () => {
    expect(exportNameFault('w'.repeat(59))).toBeUndefined();
    expect(exportNameFault('w'.repeat(60))).toMatch(/longer than 59 characters/);
  });
});
