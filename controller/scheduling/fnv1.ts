const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1 (not 1a), 32 bits, of the text's UTF-8: Go's `fnv.New32`. */
export function fnv1(text: string): number {
  let hash = OFFSET_BASIS;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash, PRIME) ^ byte;
  return hash >>> 0;
}
