/** What a person asked for cannot be generated: what is wrong in one line, and the way out. */
export class GenerateError extends Error {
  override readonly name = 'GenerateError';
  readonly hint: string;
  /** `RangesOverlap`: what was given is right, and what would come of it mislead packets. */
  readonly code: 'InvalidInput' | 'RangesOverlap';

  constructor(message: string, hint: string, code: GenerateError['code'] = 'InvalidInput') {
    super(message);
    this.hint = hint;
    this.code = code;
  }
}
