/** What a message names of many things: `a, b and 3 more`. A message that names hundreds is not read. */
export function enumerate(items: readonly string[], most: number, separator = ', '): string {
  const named = items.slice(0, most).join(separator);
  return items.length > most ? `${named} and ${items.length - most} more` : named;
}

/** The same for whole sentences: `a is down; b is away; and 3 more`. */
export function enumerateSentences(sentences: readonly string[], most: number): string {
  const named = sentences.slice(0, most).join('; ');
  return sentences.length > most ? `${named}; and ${sentences.length - most} more` : named;
}
