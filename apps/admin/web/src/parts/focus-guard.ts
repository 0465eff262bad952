// What has the focus may go by itself: a device's record expires, a ban ends, a page follows another. A browser then has
// the focus nowhere, and who works by keyboard begins at the top again. Here it goes to what stood around it.

interface Held {
  readonly element: Element;
  /** From the nearest. */
  readonly around: readonly Element[];
}

/** Dialogs and menus give the focus back themselves. */
const layers = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]';

/** Begins to guard the focus; the returned function ends it. */
export function startFocusGuard(): () => void {
  let held: Held | undefined;
  const onFocusIn = ({ target }: FocusEvent): void => {
    held = target instanceof Element && target.closest(layers) === null ? heldAt(target) : undefined;
  };
  // Whoever clicks beside everything wants the focus nowhere. What is removed is no longer there when this is looked at.
  const onFocusOut = ({ target }: FocusEvent): void =>
    queueMicrotask(() => {
      if (held?.element === target && held?.element.isConnected && document.activeElement !== target)
        held = undefined;
    });
  const observer = new MutationObserver(() => {
    if (held === undefined || held.element.isConnected) return;
    const { around } = held;
    held = undefined;
    // Whoever removed it may have a place for the focus: first theirs.
    requestAnimationFrame(() => {
      if (document.activeElement === null || document.activeElement === document.body) goOn(around);
    });
  });
  document.addEventListener('focusin', onFocusIn);
  document.addEventListener('focusout', onFocusOut);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener('focusin', onFocusIn);
    document.removeEventListener('focusout', onFocusOut);
    observer.disconnect();
  };
}

function heldAt(element: Element): Held {
  const around: Element[] = [];
  for (let each = element.parentElement; each !== null; each = each.parentElement) around.push(each);
  return { element, around };
}

/** The row it was in, the row of its grid that is the active one, the box around it, or the page. */
function goOn(around: readonly Element[]): void {
  const left = around.find((element) => element.isConnected);
  const place =
    left?.closest<HTMLElement>('[role="row"][tabindex]') ??
    left?.closest('[role="grid"]')?.querySelector<HTMLElement>('[role="row"][tabindex="0"]') ??
    left?.closest<HTMLElement>('[tabindex]') ??
    document.getElementById('main');
  place?.focus({ preventScroll: true });
}
