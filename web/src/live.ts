// What happens while the page is open: one event stream for the chosen agent.
//
// EventSource reconnects by itself and sends Last-Event-ID, so alerts missed in between arrive. When the server refuses the
// stream outright the browser gives up; then we open a new one, later and later, and read the lists again.
import { signal } from '@preact/signals';
import { announce, known } from './announce';
import { tr } from './i18n';
import { patch, reachable, refresh, refreshShown, resource } from './resource';
import type { Alert, Approval, Id, LeadRow, Outgoing } from './types';
import * as at from './paths';

export const link = signal<'connecting' | 'live' | 'broken'>('connecting');
/** The newest change of a lead, for lists that hold rows of their own. */
export const leadChange = signal<(Pick<LeadRow, 'likelihood' | 'intent' | 'last_event_at'> & { lead_id: Id }) | null>(null);

const MAX_WAIT_MS = 60_000;
const MAX_OUTGOING = 200;

let stream: EventSource | null = null;
let again = 0;
let wait = 1000;

function upsert<T extends { id: Id }>(list: T[], item: T, keep: boolean): T[] {
  const rest = list.filter((other) => other.id !== item.id);
  return keep ? [item, ...rest] : rest;
}

function parse<T>(event: Event): T | undefined {
  try {
    return JSON.parse((event as MessageEvent<string>).data) as T;
  } catch {
    return undefined;
  }
}

function onAlert(agent: Id, alert: Alert): void {
  const path = at.alerts(agent);
  const before = resource<{ alerts: Alert[] }>(path).value.data?.alerts ?? [];
  for (const old of before) known(`alert ${old.id}`);
  patch<{ alerts: Alert[] }>(path, (d) => ({ ...d, alerts: upsert(d.alerts, alert, alert.status === 'open') }));
  if (alert.status === 'open') announce(`alert ${alert.id}`, tr().announce.alert(alert.recommended_action.title, alert.insight));
}

function onApproval(agent: Id, approval: Approval): void {
  const pending = approval.state === 'pending';
  patch<{ approvals: Approval[] }>(at.approvals(agent), (d) => ({ ...d, approvals: upsert(d.approvals, approval, pending) }));
  if (pending) announce(`approval ${approval.id}`, tr().announce.approval(approval.title));
}

function onOutgoing(agent: Id, out: Outgoing): void {
  patch<{ outgoing: Outgoing[] }>(at.outgoing(agent), (d) => ({
    ...d, outgoing: upsert(d.outgoing, out, true).slice(0, MAX_OUTGOING),
  }));
}

function onLead(change: NonNullable<typeof leadChange.value>): void {
  leadChange.value = change;
  const path = at.lead(change.lead_id);
  if (resource(path).value.data !== undefined) void refresh(path);
}

function listen(agent: Id, source: EventSource): void {
  const on = <T>(name: string, act: (data: T) => void) =>
    source.addEventListener(name, (event) => {
      const data = parse<T>(event);
      if (data) act(data);
    });
  on<Alert>('alert', (a) => onAlert(agent, a));
  on<Alert>('alert_changed', (a) => onAlert(agent, a));
  on<Approval>('approval', (a) => onApproval(agent, a));
  on<Approval>('approval_changed', (a) => onApproval(agent, a));
  on<Outgoing>('outgoing', (o) => onOutgoing(agent, o));
  on<{ for_date: string }>('briefing', () => void refresh(at.briefing(agent)));
  on<NonNullable<typeof leadChange.value>>('lead', onLead);
}

function open(agent: Id): void {
  const source = new EventSource(at.stream(agent));
  let broke = false;
  stream = source;
  source.onopen = () => {
    wait = 1000;
    reachable.value = true;
    link.value = 'live';
    if (broke) refreshShown();
    broke = false;
  };
  source.onerror = () => {
    broke = true;
    link.value = 'broken';
    if (source.readyState !== EventSource.CLOSED) return;
    again = window.setTimeout(() => {
      refreshShown();
      open(agent);
    }, wait);
    wait = Math.min(wait * 2, MAX_WAIT_MS);
  };
  listen(agent, source);
}

export function disconnect(): void {
  window.clearTimeout(again);
  stream?.close();
  stream = null;
}

export function connect(agent: Id): void {
  disconnect();
  link.value = 'connecting';
  wait = 1000;
  open(agent);
}
