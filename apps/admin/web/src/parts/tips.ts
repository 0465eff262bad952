// Tooltips of the whole page by one pair of listeners: whatever carries `data-tip` has one. With hundreds of cells on
// screen a component for each would cost more than the cells. Behaves as WCAG 1.4.13 asks: it comes with pointer and
// focus, Escape sends it away, and the pointer may rest on it.

const showAfterMs = 250;
const gapPx = 6;

interface Tip {
  box: HTMLElement;
  target: HTMLElement | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Begins; the returned function ends it. */
export function startTips(): () => void {
  const tip: Tip = { box: makeBox(), target: undefined, timer: undefined };
  const onOver = (event: Event): void => aim(tip, targetOf(event.target));
  const onFocus = (event: Event): void => aim(tip, focusedTarget(event.target));
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') hide(tip);
  };
  const onAway = (): void => hide(tip);
  document.addEventListener('pointerover', onOver);
  document.addEventListener('focusin', onFocus);
  document.addEventListener('keydown', onKey, true);
  document.addEventListener('scroll', onAway, true);
  document.addEventListener('pointerdown', onAway);
  return () => {
    hide(tip);
    tip.box.remove();
    document.removeEventListener('pointerover', onOver);
    document.removeEventListener('focusin', onFocus);
    document.removeEventListener('keydown', onKey, true);
    document.removeEventListener('scroll', onAway, true);
    document.removeEventListener('pointerdown', onAway);
  };
}

function makeBox(): HTMLElement {
  const box = document.createElement('div');
  box.className = 'tip';
  box.id = 'tip';
  box.role = 'tooltip';
  box.hidden = true;
  document.body.append(box);
  return box;
}

function targetOf(target: EventTarget | null): HTMLElement | undefined {
  if (!(target instanceof Element)) return undefined;
  return target.closest<HTMLElement>('[data-tip], .tip') ?? undefined;
}

/** A click gives the focus too; only where the ring shows did somebody come by key. */
function focusedTarget(target: EventTarget | null): HTMLElement | undefined {
  return target instanceof Element && target.matches(':focus-visible') ? targetOf(target) : undefined;
}

function aim(tip: Tip, target: HTMLElement | undefined): void {
  if (target === tip.box || target === tip.target) return;
  hide(tip);
  if (target === undefined) return;
  tip.target = target;
  tip.timer = setTimeout(() => show(tip, target), showAfterMs);
}

function hide(tip: Tip): void {
  clearTimeout(tip.timer);
  tip.target?.removeAttribute('aria-describedby');
  tip.target = undefined;
  tip.box.hidden = true;
}

function show({ box }: Tip, target: HTMLElement): void {
  const text = target.dataset['tip'];
  if (text === undefined || text === '' || !target.isConnected) return;
  box.textContent = text;
  box.hidden = false;
  // A dialog is in the top layer of the page: a tip of something in it has to be there as well.
  (target.closest('[role="dialog"], [role="alertdialog"]') ?? document.body).append(box);
  target.setAttribute('aria-describedby', 'tip');
  const { left, top, bottom, width } = target.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const x = Math.max(gapPx, Math.min(left + width / 2 - size.width / 2, innerWidth - size.width - gapPx));
  const below = bottom + gapPx;
  const y = below + size.height > innerHeight ? top - size.height - gapPx : below;
  box.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
}
