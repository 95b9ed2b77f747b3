// What the reader decided and the server has not yet heard: held for a moment so that it can be undone, kept when offline.
//
// Each job carries an idempotency key from birth, so that sending it twice (two tabs, a lost answer) does it once. Jobs live in
// localStorage until the server answered; on leaving the page what is held is sent at once, because closing is not undoing.
import { computed, signal } from '@preact/signals';
import { change, failureOf, type Failure } from './api';
import { reachable } from './resource';
import { me, signedOut } from './session';

const PLACE = 'leadlight.queue';
export const HOLD_MS = 8000;
const RETRY_MS = 15_000;

export interface Job {
  key: string;
  user: string;
  /** What it is about (an approval's or alert's id): that is hidden from its list meanwhile. */
  target: string;
  path: string;
  body: unknown;
  /** "Approve: Text Ana Ruiz", in the reader's language when it was made. */
  label: string;
  state: 'held' | 'sending' | 'waiting';
  due: number;
  made: number;
}

function load(): Job[] {
  try {
    const list = JSON.parse(localStorage.getItem(PLACE) ?? '[]') as Job[];
    return list.map((job) => (job.state === 'sending' ? { ...job, state: 'waiting' } : job));
  } catch {
    return [];
  }
}

export const jobs = signal<Job[]>(load());
export const waitingJobs = computed(() => jobs.value.filter((job) => job.state === 'waiting'));
export const targets = computed(() => new Set(jobs.value.map((job) => job.target)));

type Outcome = { ok: true; answer: unknown } | { ok: false; failure: Failure };
const listeners = new Set<(job: Job, outcome: Outcome) => Promise<void> | void>();
const timers = new Map<string, number>();

/** Told of each job's end. The job leaves the list when the listener is done (so nothing flickers back meanwhile). */
export function onOutcome(listener: (job: Job, outcome: Outcome) => Promise<void> | void): void {
  listeners.add(listener);
}

function put(list: Job[]): void {
  jobs.value = list;
  localStorage.setItem(PLACE, JSON.stringify(list));
}

const replace = (key: string, part: Partial<Job>) => put(jobs.value.map((job) => (job.key === key ? { ...job, ...part } : job)));
const find = (key: string) => jobs.value.find((job) => job.key === key);

async function finish(job: Job, outcome: Outcome): Promise<void> {
  for (const listener of listeners) await listener(job, outcome);
  put(jobs.value.filter((other) => other.key !== job.key));
}

async function sendNow(key: string, keepalive = false): Promise<void> {
  const job = find(key);
  if (!job || job.state === 'sending' || !me.value || job.user !== (me.value.id ?? '')) return;
  replace(key, { state: 'sending' });
  try {
    const answer = await change('POST', job.path, job.body, { key, keepalive });
    reachable.value = true;
    await finish(job, { ok: true, answer });
  } catch (e) {
    const failure = failureOf(e);
    const later = failure.kind === 'offline' || failure.kind === 'signed_out'
      || (failure.kind === 'problem' && (failure.status === 429 || failure.status >= 500));
    if (!later) return finish(job, { ok: false, failure });
    if (failure.kind === 'offline') reachable.value = false;
    if (failure.kind === 'signed_out') signedOut();
    replace(key, { state: 'waiting' });
    timers.set(key, window.setTimeout(() => void sendNow(key), RETRY_MS));
  }
}

function schedule(job: Job): void {
  window.clearTimeout(timers.get(job.key));
  timers.set(job.key, window.setTimeout(() => void sendNow(job.key), Math.max(0, job.due - Date.now())));
}

/** Takes a decision. It is sent after `holdMs`; until then `cancel` undoes it without a trace. */
export function decide(target: string, path: string, body: unknown, label: string, holdMs: number): Job {
  const now = Date.now();
  const job: Job = {
    key: newKey(), user: me.value?.id ?? '', target, path, body, label, state: 'held', due: now + holdMs, made: now,
  };
  put([...jobs.value.filter((other) => other.target !== target || other.state === 'sending'), job]);
  schedule(job);
  return job;
}

/** True when the job had not left yet: then it never happened. */
export function cancel(key: string): boolean {
  const job = find(key);
  if (!job || job.state === 'sending') return false;
  window.clearTimeout(timers.get(key));
  put(jobs.value.filter((other) => other.key !== key));
  return true;
}

/** Gives a held job more time, while the reader's pointer or focus is on its Undo. */
export function holdOn(key: string): void {
  const job = find(key);
  if (job?.state !== 'held') return;
  replace(key, { due: Date.now() + HOLD_MS });
  schedule({ ...job, due: Date.now() + HOLD_MS });
}

export function sendWaiting(): void {
  for (const job of jobs.value) {
    if (job.state === 'waiting') void sendNow(job.key);
    else if (job.state === 'held') schedule(job);
  }
}

/** Sends all that is held or waiting, and waits for it: before signing out. */
export async function flush(): Promise<void> {
  await Promise.all(jobs.value.map((job) => sendNow(job.key)));
}

function newKey(): string {
  // randomUUID needs https or this machine; getRandomValues does not.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

addEventListener('online', sendWaiting);
addEventListener('pagehide', () => {
  for (const job of jobs.value) if (job.state === 'held') void sendNow(job.key, true);
});
