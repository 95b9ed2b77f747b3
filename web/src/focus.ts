// What can be moved through (`data-item`), and staying there when the thing one was on goes away.

export const items = () =>
  [...document.querySelectorAll<HTMLElement>('main [data-item]')].filter((el) => el.checkVisibility());

export function currentItem(): HTMLElement | null {
  return (document.activeElement as HTMLElement | null)?.closest<HTMLElement>('[data-item]') ?? null;
}

/** Call before something is taken off the page: the keyboard goes on at what then stands in its place. */
export function keepPlace(): void {
  const at = currentItem();
  if (!at) return;
  const index = items().indexOf(at);
  requestAnimationFrame(() => requestAnimationFrame(() => {
    if (at.isConnected || (document.activeElement && document.activeElement !== document.body)) return;
    const left = items();
    left[Math.min(index, left.length - 1)]?.focus({ preventScroll: true });
  }));
}
