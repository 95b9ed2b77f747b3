// The keyboard: / search, j k move, Enter open, a act, u undo, ? help, g t / g l go, Ctrl-K palette.
//
// Single letters are ours only outside of fields and dialogs. What can be moved through carries `data-item`; its main
// button `data-act`; its link `data-open`.
import { signal } from '@preact/signals';
import { currentItem, items } from './focus';
import { letters } from './prefs';
import { go } from './router';
import { undoLatest } from './toast';

export const sheet = signal<'none' | 'help' | 'palette'>('none');

function move(by: 1 | -1): void {
  const list = items();
  const now = currentItem();
  const to = now ? list.indexOf(now) + by : by > 0 ? 0 : list.length - 1;
  const next = list[Math.max(0, Math.min(list.length - 1, to))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

function press(selector: string): boolean {
  const at = currentItem() ?? items()[0];
  const target = at?.matches(selector) ? at : at?.querySelector<HTMLElement>(selector);
  target?.click();
  return !!target;
}

function search(): void {
  const field = document.querySelector<HTMLInputElement>('main input[type=search]');
  if (field) {
    field.focus();
    field.select();
  } else {
    sheet.value = 'palette';
  }
}

function open(): boolean {
  const at = document.activeElement as HTMLElement | null;
  return !!at?.matches('[data-item]') && !at.matches('a, button') && press('[data-open]');
}

let afterG = 0;

function goTo(key: string): boolean {
  const to = ({ t: '/', l: '/leads', s: '/settings' } as Record<string, string>)[key];
  if (to === undefined || Date.now() - afterG > 1500) return false;
  afterG = 0;
  go(to);
  return true;
}

function letter(key: string): boolean {
  if (goTo(key)) return true;
  switch (key) {
    case '/': search(); return true;
    case 'j': move(1); return true;
    case 'k': move(-1); return true;
    case 'a': return press('[data-act]');
    case 'u': return undoLatest();
    case 'g': afterG = Date.now(); return true;
    case '?': sheet.value = 'help'; return true;
    case 'Enter': return open();
    default: return false;
  }
}

export function onKey(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    sheet.value = sheet.value === 'palette' ? 'none' : 'palette';
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (letters.value === 'off') return;
  const at = event.target as HTMLElement;
  if (sheet.value !== 'none' || at.closest('input, textarea, select, [contenteditable], dialog')) return;
  if (letter(event.key)) event.preventDefault();
}
