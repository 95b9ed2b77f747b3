// What a screen reader is told of live changes: politely, once, several at a time as one sentence.
import { signal } from '@preact/signals';
import { tr } from './i18n';

const GATHER_MS = 1200;

export const spoken = signal('');
const said = new Set<string>();
let waiting: string[] = [];
let timer = 0;

function speak(): void {
  timer = 0;
  spoken.value = waiting.length === 1 ? (waiting[0] ?? '') : tr().announce.several(waiting.length, waiting[0] ?? '');
  waiting = [];
}

/** Says `text` unless something with this `key` was said before. */
export function announce(key: string, text: string): void {
  if (said.has(key)) return;
  said.add(key);
  waiting.push(text);
  timer ||= window.setTimeout(speak, GATHER_MS);
}

/** What is on the page from the start is not news. */
export function known(key: string): void {
  said.add(key);
}
