// Who reads, and whose leads are on the screen.
import { computed, signal } from '@preact/signals';
import { change, failureOf, forgetAll, get, kept, type Failure } from './api';
import type { Id, Me } from './types';

const ME = '/api/v1/me';
const CHOSEN = 'leadlight.agent';

export const me = signal<Me | null>(null);
export const phase = signal<'starting' | 'in' | 'out' | 'unreachable'>('starting');
export const startFailure = signal<Failure | undefined>(undefined);

/** A browser with older tables than the server's must still be able to show a time. */
export function isZone(name: string): boolean {
  try {
    return name !== '' && !!new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
}

const chosen = signal<Id | null>(localStorage.getItem(CHOSEN));

/** The agent whose Today and Leads are shown: oneself, or the one a team lead picked. */
export const agent = computed<Id | null>(() => {
  const agents = me.value?.agents ?? [];
  return (agents.find((a) => a.id === chosen.value) ?? agents.find((a) => a.id === me.value?.id) ?? agents[0])?.id ?? null;
});
export const agentName = computed(() => me.value?.agents.find((a) => a.id === agent.value)?.name ?? '');
export const isAdmin = computed(() => me.value?.role === 'admin');
export const zone = computed(() =>
  [me.value?.zone, me.value?.tenant.zone].find((name) => name && isZone(name)) ?? Intl.DateTimeFormat().resolvedOptions().timeZone);

export function chooseAgent(id: Id): void {
  localStorage.setItem(CHOSEN, id);
  chosen.value = id;
}

function entered(who: Me): void {
  me.value = who;
  phase.value = 'in';
}

export function signedOut(): void {
  me.value = null;
  phase.value = 'out';
}

/** A one-time code in the address (the demo prints such an address) is taken out of it before it is used. */
function takeCode(): string | null {
  const url = new URL(location.href);
  const code = url.searchParams.get('code');
  if (code !== null) {
    url.searchParams.delete('code');
    history.replaceState(null, '', url);
  }
  return code;
}

export async function start(): Promise<void> {
  startFailure.value = undefined;
  const code = takeCode();
  if (code) {
    try {
      await forgetAll();
      return entered((await change<{ user: Me }>('POST', '/api/v1/session', { code })).user);
    } catch (e) {
      startFailure.value = failureOf(e);
    }
  } else {
    const old = await kept<Me>(ME);
    if (old) entered(old.data);
  }
  try {
    entered(await get<Me>(ME, true));
  } catch (e) {
    const failure = failureOf(e);
    if (failure.kind === 'signed_out') return signedOut();
    if (me.value) return;
    startFailure.value = failure;
    phase.value = 'unreachable';
  }
}

export async function signIn(email: string, password: string): Promise<void> {
  const answer = await change<{ user: Me }>('POST', '/api/v1/session', { email, password });
  startFailure.value = undefined;
  // Whoever was here before may have been somebody else.
  await forgetAll();
  entered(answer.user);
  void get<Me>(ME, true).catch(() => undefined);
}

/** After a setting changed that is part of who one is (the language). */
export async function reloadMe(): Promise<void> {
  me.value = await get<Me>(ME, true).catch(() => me.value);
}

/** Ends the session and takes every lead's data off this device. Fails, changing nothing, when the server cannot be told. */
export async function signOut(): Promise<void> {
  await change('DELETE', '/api/v1/session').catch((e: unknown) => {
    const f = failureOf(e);
    if (f.kind !== 'problem' || f.status !== 401) throw e;
  });
  await forgetAll();
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith('leadlight.') && !name.startsWith('leadlight.pref.')) localStorage.removeItem(name);
  }
  location.assign('/');
}
