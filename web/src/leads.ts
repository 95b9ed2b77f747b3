// The rows of the leads list: the first page painted from memory, further pages as one scrolls.
import { effect, signal, untracked } from '@preact/signals';
import { failureOf, get, kept, type Failure } from './api';
import { leadChange } from './live';
import * as at from './paths';
import { reachable } from './resource';
import { signedOut } from './session';
import type { LeadRow } from './types';

const FIRST = 100;
const NEXT = 500;

interface Answer {
  leads: LeadRow[];
  next_cursor: string | null;
}

export interface LeadList {
  key: string;
  rows: LeadRow[];
  cursor: string | null;
  state: 'loading' | 'fresh' | 'old' | 'failed';
  at: number;
  failure: Failure | undefined;
  more: 'idle' | 'loading' | 'failed';
  /** Where the list was scrolled to. */
  place: { top: number };
}

const empty = (key: string): LeadList => ({
  key, rows: [], cursor: null, state: 'loading', at: 0, failure: undefined, more: 'idle', place: { top: 0 },
});

export const leadList = signal<LeadList>(empty(''));

const set = (key: string, part: Partial<LeadList>) => {
  if (leadList.value.key === key) leadList.value = { ...leadList.value, ...part };
};

export async function showLeads(agent: string, query: at.LeadQuery, again = false): Promise<void> {
  const path = at.leads(agent, query, FIRST);
  if (leadList.peek().key === path && !again && leadList.peek().state !== 'failed') return;
  if (leadList.peek().key !== path) leadList.value = empty(path);
  const old = await kept<Answer>(path);
  if (old && leadList.peek().rows.length === 0) set(path, { rows: old.data.leads, state: 'old', at: old.at });
  try {
    // Searches are not kept on the device: they would push out what is read every day.
    const d = await get<Answer>(path, !query.q);
    reachable.value = true;
    set(path, { rows: d.leads, cursor: d.next_cursor, state: 'fresh', at: Date.now(), failure: undefined, more: 'idle' });
  } catch (e) {
    const failure = failureOf(e);
    if (failure.kind === 'signed_out') return signedOut();
    if (failure.kind === 'offline') reachable.value = false;
    set(path, { failure, state: leadList.peek().rows.length > 0 ? 'old' : 'failed' });
  }
}

export async function moreLeads(agent: string, query: at.LeadQuery): Promise<void> {
  const { key, cursor, more } = leadList.peek();
  if (!cursor || more === 'loading') return;
  set(key, { more: 'loading' });
  try {
    const d = await get<Answer>(at.leads(agent, query, NEXT, cursor));
    const have = new Set(leadList.peek().rows.map((r) => r.id));
    set(key, { rows: [...leadList.peek().rows, ...d.leads.filter((r) => !have.has(r.id))], cursor: d.next_cursor, more: 'idle' });
  } catch {
    set(key, { more: 'failed' });
  }
}

// A row changes where it stands: rows that jump under the finger are worse than rows a little out of order.
effect(() => {
  const change = leadChange.value;
  if (!change) return;
  untracked(() => {
    const { key, rows } = leadList.value;
    if (rows.some((r) => r.id === change.lead_id)) {
      set(key, { rows: rows.map((r) => (r.id === change.lead_id ? { ...r, ...change, id: r.id } : r)) });
    }
  });
});
