// The API's addresses, in one place.
import type { Id } from './types';

const v1 = '/api/v1';
const e = encodeURIComponent;

export const briefing = (agent: Id) => `${v1}/insights/daily-briefing/${e(agent)}`;
export const alerts = (agent: Id) => `${v1}/insights/real-time-alerts/${e(agent)}?status=open`;
export const stream = (agent: Id) => `${v1}/insights/real-time-alerts/${e(agent)}/stream`;
export const alert = (id: Id, verb: 'snooze' | 'dismiss' | 'reopen') => `${v1}/alerts/${e(id)}/${verb}`;
export const approvals = (agent: Id) => `${v1}/approvals?agent_id=${e(agent)}&state=pending`;
export const approval = (id: Id, verb: 'approve' | 'reject') => `${v1}/approvals/${e(id)}/${verb}`;
export const decision = (id: Id) => `${v1}/decisions/${e(id)}`;
export const lead = (id: Id) => `${v1}/leads/${e(id)}`;
export const timeline = (id: Id, cursor = '') => `${v1}/leads/${e(id)}/timeline?limit=50${cursor && `&cursor=${e(cursor)}`}`;
export const settings = (agent: Id) => `${v1}/automation/settings/${e(agent)}`;
export const log = (agent: Id) => `${v1}/actions/log/${e(agent)}`;
export const outgoing = (agent: Id) => `${v1}/outgoing?agent_id=${e(agent)}&limit=50`;
export const operations = `${v1}/operations`;
export const deadLetters = `${v1}/dead-letters`;
export const replay = (id: Id) => `${v1}/dead-letters/${e(id)}/replay`;

export interface LeadQuery {
  q: string;
  intent: string;
  min: string;
}

export function leads(agent: Id, query: LeadQuery, limit: number, cursor = ''): string {
  const p = new URLSearchParams({ agent_id: agent });
  if (query.q) p.set('q', query.q);
  if (query.intent) p.set('intent', query.intent);
  if (query.min) p.set('min_likelihood', query.min);
  p.set('limit', String(limit));
  if (cursor) p.set('cursor', cursor);
  return `${v1}/leads?${p}`;
}
