// Addresses of the dashboard's pages, kept in the browser's history.
import { computed, signal } from '@preact/signals';

export type Page = 'today' | 'leads' | 'lead' | 'settings' | 'operations' | 'more' | 'sign_in' | 'not_found';

export interface Place {
  page: Page;
  id: string;
  query: URLSearchParams;
}

const url = signal(location.pathname + location.search);

function read(address: string): Place {
  const { pathname, searchParams: query } = new URL(address, location.origin);
  const part = pathname.split('/').filter(Boolean);
  const one = (page: Page): Place => ({ page, id: '', query });
  if (part.length === 0) return one('today');
  if (part[0] === 'leads' && part.length === 2 && part[1]) return { page: 'lead', id: part[1], query };
  if (part.length === 1) {
    if (part[0] === 'leads' || part[0] === 'settings' || part[0] === 'operations' || part[0] === 'more') return one(part[0]);
    if (part[0] === 'sign-in') return one('sign_in');
  }
  return one('not_found');
}

export const place = computed(() => read(url.value));

export function go(to: string, replace = false): void {
  if (to === url.peek()) return;
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  url.value = to;
}

export function leadPath(id: string, query?: URLSearchParams): string {
  const tail = query?.toString();
  return `/leads/${encodeURIComponent(id)}${tail ? `?${tail}` : ''}`;
}

addEventListener('popstate', () => {
  url.value = location.pathname + location.search;
});

/** Plain clicks on our own links stay in the page; all else (new tab, other site, tel:) is the browser's. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const a = (event.target as Element | null)?.closest('a');
  if (!a || a.target || a.origin !== location.origin || a.hasAttribute('download') || a.dataset['out'] !== undefined) return;
  if (a.hash && a.pathname === location.pathname) return;
  event.preventDefault();
  go(a.pathname + a.search);
}
