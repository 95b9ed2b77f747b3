// A long list of which only the rows near the screen exist: 10,000 leads scroll like 20.
//
// All rows have one height. The list says to screen readers how long it really is, and moves by keys row by row, so that
// a row that does not exist yet is made before it is focused.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

const SPARE = 6;

export function Virtual<T>({ items, rowHeight, label, nearEnd, restore, keyOf, children }: {
  items: T[];
  rowHeight: number;
  label: string;
  /** Called while fewer than two screens are left below. */
  nearEnd: () => void;
  /** Remembers where one was. */
  restore: { top: number };
  keyOf: (item: T) => string;
  children: (item: T, i: number) => ComponentChildren;
}) {
  const pane = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(restore.top);
  const [height, setHeight] = useState(800);
  const focusNext = useRef(-1);

  useLayoutEffect(() => {
    const el = pane.current;
    if (!el) return;
    el.scrollTop = restore.top;
    const watch = new ResizeObserver(() => setHeight(el.clientHeight));
    watch.observe(el);
    setHeight(el.clientHeight);
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    if (top + 3 * height > items.length * rowHeight) nearEnd();
  }, [top, height, items.length]);

  useEffect(() => {
    if (focusNext.current < 0) return;
    pane.current?.querySelector<HTMLElement>(`[aria-posinset="${focusNext.current + 1}"] [data-item]`)?.focus({ preventScroll: true });
    focusNext.current = -1;
  });

  const first = Math.max(0, Math.floor(top / rowHeight) - SPARE);
  const last = Math.min(items.length, Math.ceil((top + height) / rowHeight) + SPARE);

  function onScroll(): void {
    const el = pane.current;
    if (!el) return;
    restore.top = el.scrollTop;
    setTop(el.scrollTop);
  }

  function onKeyDown(e: KeyboardEvent): void {
    const by = ({ ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity } as Record<string, number>)[e.key];
    const at = Number((e.target as HTMLElement).closest('[aria-posinset]')?.getAttribute('aria-posinset') ?? 0) - 1;
    const el = pane.current;
    if (by === undefined || at < 0 || !el) return;
    e.preventDefault();
    const to = Math.max(0, Math.min(items.length - 1, at + by));
    focusNext.current = to;
    const y = to * rowHeight;
    if (y < el.scrollTop) el.scrollTop = y;
    else if (y + rowHeight > el.scrollTop + el.clientHeight) el.scrollTop = y + rowHeight - el.clientHeight;
    restore.top = el.scrollTop;
    setTop(el.scrollTop + (el.scrollTop === top ? 0.01 : 0));
  }

  return (
    <div class="virtual" ref={pane} onScroll={onScroll} onKeyDown={onKeyDown}>
      <ul class="virtual-list" aria-label={label} style={{ height: `${items.length * rowHeight}px` }}>
        {items.slice(first, last).map((item, k) => (
          <li key={keyOf(item)} class="virtual-row" aria-posinset={first + k + 1} aria-setsize={items.length}
            style={{ height: `${rowHeight}px`, transform: `translateY(${(first + k) * rowHeight}px)` }}>
            {children(item, first + k)}
          </li>
        ))}
      </ul>
    </div>
  );
}
