/** A difference between the servers that is known and accepted. Status codes and the order of watch events never are. */
export interface Tolerated {
  readonly reason: string;
  readonly area?: string;
  readonly scenario?: RegExp;
  readonly step?: RegExp;
  /** Such as `body.message` or `header.warning`. */
  readonly path: RegExp;
}

/** At most ten; one that matches nothing is an error. */
export const TOLERATED: readonly Tolerated[] = [
  {
    reason: 'the words for broken YAML are those of the parser, and there are two parsers',
    scenario: /^(YAML is taken and given|what an apply must say)$/,
    path: /^body\.message$/,
  },
  {
    reason: 'the words for a broken regular expression are those of JavaScript, not of Go',
    area: 'CRDs',
    scenario: /^CRDs that are wrong$/,
    step: /^30\./,
    path: /message$/,
  },
  {
    reason: 'versions are not converted by webhooks: the refusal of such a CRD says so',
    area: 'CRDs',
    scenario: /^CRDs that are wrong$/,
    step: /^16\./,
    path: /^body\.(message|details)/,
  },
  {
    reason: 'OpenAPI v3 tells what operations there are, without the prose of each and without the old watch paths',
    area: 'OpenAPI',
    step: /^1[78]\./,
    path: /^body/,
  },
  {
    reason: 'a strategic merge patch of the wrong shape is refused in other words',
    area: 'patches',
    scenario: /^strategic merge patch$/,
    path: /message$/,
  },
];
