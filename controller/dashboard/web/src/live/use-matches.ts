import { useEffect, useState } from 'preact/hooks';

/** A phone, or as narrow as one. The style sheets say the same. */
export const NARROW = '(max-width: 720px)';

/** @param query a media query */
export function useMatches(query: string): boolean {
  const [matches, set] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const changed = (): void => set(media.matches);
    media.addEventListener('change', changed);
    return () => media.removeEventListener('change', changed);
  }, [query]);
  return matches;
}
