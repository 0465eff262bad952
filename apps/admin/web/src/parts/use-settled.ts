import { useEffect, useState } from 'react';

/** A value once it has stood still for `ms`: what is asked of the server while somebody types is asked once. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
