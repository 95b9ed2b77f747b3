// A thing the server knows, by its address: painted from what this device remembers, then live.
//
// One signal per address, shared by all who show it. `state` says what the reader may believe: `fresh` is the server's word,
// `old` is this device's memory (with `at`), `failed` means that there is nothing to show.
import { signal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { failureOf, get, kept, type Failure } from './api';
import { signedOut } from './session';

export interface Resource<T> {
  data: T | undefined;
  at: number;
  state: 'loading' | 'fresh' | 'old' | 'failed';
  failure: Failure | undefined;
}

const all = new Map<string, Signal<Resource<unknown>>>();
const shown = new Map<string, number>();
const under_way = new Map<string, Promise<void>>();

/** False once the server did not answer, true once it did. */
export const reachable = signal(true);

export function resource<T>(path: string): Signal<Resource<T>> {
  let it = all.get(path);
  if (!it) {
    it = signal<Resource<unknown>>({ data: undefined, at: 0, state: 'loading', failure: undefined });
    all.set(path, it);
  }
  return it as Signal<Resource<T>>;
}

async function load(path: string): Promise<void> {
  const it = resource<unknown>(path);
  if (it.value.data === undefined) {
    const old = await kept(path);
    if (old && it.value.data === undefined) it.value = { data: old.data, at: old.at, state: 'old', failure: undefined };
  }
  try {
    const data = await get(path, true);
    reachable.value = true;
    it.value = { data, at: Date.now(), state: 'fresh', failure: undefined };
  } catch (e) {
    const failure = failureOf(e);
    if (failure.kind === 'signed_out') return signedOut();
    reachable.value = failure.kind !== 'offline';
    // What is gone is gone: a 404 is the server's word too. Anything else leaves what we remember standing.
    const gone = failure.kind === 'problem' && failure.status === 404;
    const data = gone ? undefined : it.value.data;
    it.value = { ...it.value, data, state: data === undefined ? 'failed' : 'old', failure };
  }
}

/** Asks the server again; calls while one is under way share its answer. */
export function refresh(path: string): Promise<void> {
  let run = under_way.get(path);
  if (!run) {
    run = load(path).finally(() => under_way.delete(path));
    under_way.set(path, run);
  }
  return run;
}

/** Changes what is shown by what a live event said. An answer under way may be older than the event: then ask once more. */
export function patch<T>(path: string, change: (data: T) => T): void {
  void under_way.get(path)?.then(() => refresh(path));
  const it = all.get(path) as Signal<Resource<T>> | undefined;
  if (it?.value.data !== undefined) it.value = { ...it.value, data: change(it.value.data) };
}

/** Asks again for all that is on the screen: after the connection or the window came back. */
export function refreshShown(): void {
  for (const path of shown.keys()) void refresh(path);
}

export function forgetResources(): void {
  all.clear();
}

export function useResource<T>(path: string | null): Resource<T> {
  useEffect(() => {
    if (path === null) return;
    shown.set(path, (shown.get(path) ?? 0) + 1);
    void refresh(path);
    return () => {
      const left = (shown.get(path) ?? 1) - 1;
      if (left > 0) shown.set(path, left);
      else shown.delete(path);
    };
  }, [path]);
  return path === null
    ? { data: undefined, at: 0, state: 'loading', failure: undefined }
    : resource<T>(path).value;
}
