import { useEffect } from 'react';
import { useLocation } from 'wouter';

const pages: Record<string, string> = { f: '/', d: '/devices', n: '/nodes' };
const chordMs = 1200;

/** `/` searches devices; `g` then `f`, `d` or `n` goes to a page. Never while text is being typed. */
export function useShortcuts(): void {
  const [, navigate] = useLocation();
  useEffect(() => {
    let chordAt = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const page = performance.now() - chordAt < chordMs ? pages[event.key] : undefined;
      chordAt = event.key === 'g' ? performance.now() : Number.NEGATIVE_INFINITY;
      if (page !== undefined) navigate(page);
      else if (event.key === '/') focusSearch(navigate);
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate]);
}

function focusSearch(navigate: (path: string) => void): void {
  const box = document.getElementById('search');
  if (box !== null) return box.focus();
  navigate('/devices');
  requestAnimationFrame(() => document.getElementById('search')?.focus());
}

/** True where a letter is text and not a shortcut. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
