// What just happened, and its undo.
import { signal } from '@preact/signals';
import { cancel, HOLD_MS, holdOn } from './queue';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  undo: (() => void) | null;
  /** The job that is held back while this can be undone. */
  job: string | null;
  until: number;
}

export const toasts = signal<Toast[]>([]);
let last = 0;
const timers = new Map<number, number>();

export function drop(id: number): void {
  window.clearTimeout(timers.get(id));
  timers.delete(id);
  toasts.value = toasts.value.filter((t) => t.id !== id);
}

function arm(id: number, ms: number): void {
  window.clearTimeout(timers.get(id));
  timers.set(id, window.setTimeout(() => drop(id), ms));
}

export function say(text: string, o: { tone?: 'plain' | 'bad'; undo?: () => void; job?: string } = {}): void {
  const id = ++last;
  toasts.value = [
    ...toasts.value.slice(-2),
    { id, text, tone: o.tone ?? 'plain', undo: o.undo ?? null, job: o.job ?? null, until: Date.now() + HOLD_MS },
  ];
  arm(id, HOLD_MS);
}

/** While the reader is on the message it stays, and what it can undo is not sent. */
export function linger(id: number): void {
  const it = toasts.value.find((t) => t.id === id);
  if (!it) return;
  if (it.job) holdOn(it.job);
  arm(id, HOLD_MS);
}

export function undo(toast: Toast): boolean {
  if (!toast.undo) return false;
  drop(toast.id);
  if (toast.job && !cancel(toast.job)) return false;
  toast.undo();
  return true;
}

export function undoLatest(): boolean {
  const it = toasts.value.findLast((t) => t.undo);
  return it ? undo(it) : false;
}
