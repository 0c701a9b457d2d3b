import { useEffect, useState } from 'preact/hooks';

/** The time, for ages that grow while one looks. @param every how often it is another one, milliseconds */
export function useNow(every = 5_000): number {
  const [now, tick] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return Math.max(now, Date.now() - every);
}
