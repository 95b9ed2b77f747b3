// What the server says, as docs of the API state it. Times are RFC 3339 in UTC, wall times "HH:MM" with a zone beside them.

export type Id = string;
export type Instant = string;
export type Intent = 'cold' | 'warm' | 'hot' | 'urgent';
export type Role = 'agent' | 'team_lead' | 'admin' | 'service';

export interface Me {
  /** Null: a token that is nobody's. Then there is no name either. */
  id: Id | null;
  tenant: { id: Id; name: string; zone: string };
  role: Role;
  name?: string;
  email?: string;
  zone?: string;
  language?: 'en' | 'es';
  demo: boolean;
  agents: { id: Id; name: string }[];
}

export interface WallWindow {
  from: string;
  to: string;
  /** Null: on a clock that is not known. */
  zone: string | null;
  confidence?: number;
}

export interface Evidence {
  event_id: Id;
  at: Instant;
  kind: string;
  text: string;
}

export interface PriorityAction {
  rank: number;
  lead_id: Id;
  lead_name: string;
  action: 'call' | 'text' | 'email' | 'review';
  title: string;
  why: string;
  evidence: Evidence[];
  best_window: WallWindow | null;
  say: string | null;
  confidence: number;
  intent: Intent;
  likelihood: number;
}

export interface BriefLead {
  lead_id: Id;
  lead_name: string;
  likelihood: number;
  intent: Intent;
  confidence: number;
  last_event_at: Instant | null;
  why: string;
  silent_days?: number;
}

export interface DayWindow extends WallWindow {
  lead_id: Id;
  lead_name: string;
  channel: string;
}

export interface Briefing {
  id: Id;
  agent_id: Id;
  agent_name: string;
  for_date: string;
  zone: string | null;
  generated_at: Instant;
  delivered_at: Instant | null;
  headline: string;
  counts: { leads: number; hot: number; at_risk: number; new: number; waiting: number };
  priority_actions: PriorityAction[];
  top_leads: BriefLead[];
  hot_leads: BriefLead[];
  at_risk: BriefLead[];
  windows: DayWindow[];
  performance: { days: number; rows: { name: string; label: string; this: number; last: number }[]; note: string | null };
  strategy: { title: string; why: string }[];
  missing: { part: string; reason: string }[];
}

export interface Span {
  from: number;
  to: number;
  label: string;
}

export type AlertStatus = 'open' | 'snoozed' | 'dismissed' | 'done' | 'expired';

export interface Alert {
  id: Id;
  type: 'hot_lead' | 'churn_risk' | 'opportunity' | 'competitive' | 'urgency' | 'behavior';
  priority: number;
  confidence: number;
  agent_id: Id;
  lead_id: Id;
  lead_name: string;
  trigger_event: { id: Id; kind: string; at: Instant; channel: string | null; text: string | null; spans: Span[] } | null;
  insight: string;
  reasons: { text: string; weight: number }[];
  recommended_action: { type: string; title: string; window: WallWindow | null; say: string | null };
  urgency: 'now' | 'today' | 'soon';
  expected_impact: string;
  created_at: Instant;
  expires_at: Instant;
  auto_execute: boolean;
  folded: number;
  status: AlertStatus;
  snoozed_until: Instant | null;
}

export interface Approval {
  id: Id;
  agent_id: Id;
  lead_id: Id;
  lead_name: string;
  action_type: 'send_message' | 'call_task' | 'stop_contact';
  channel: string | null;
  title: string;
  text: string | null;
  why: string;
  confidence: number;
  created_at: Instant;
  expires_at: Instant | null;
  state: 'pending' | 'approved' | 'rejected' | 'expired' | 'withdrawn';
  decision_id: Id;
}

export interface Thresholds {
  auto: number;
  approve: number;
}

/** What was decided (`outcome`) and everything it was decided from, as it was recorded. */
export interface Decision {
  id: Id;
  at: Instant;
  lead_id: Id;
  version?: string;
  outcome?: unknown;
  inputs: Record<string, unknown> & { notes?: string[]; agent?: { thresholds?: Record<string, Thresholds> } };
}

export interface LeadRow {
  id: Id;
  name: string;
  agent_id: Id;
  likelihood: number;
  intent: Intent;
  confidence: number;
  last_event_at: Instant | null;
  opted_out: boolean;
  contact_id: string | null;
}

export interface ScorePart {
  name: string;
  label: string;
  weight: number;
  value: number;
  points: number;
  events: { id: Id; at: Instant; text: string }[];
  explain: string;
}

export interface ContactWindow extends WallWindow {
  hours: number[];
  confidence: number;
  explain: string;
}

export interface Score {
  likelihood: number;
  intent: Intent;
  confidence: number;
  confidence_why: string;
  at: Instant;
  parts: ScorePart[];
  window: ContactWindow | null;
  channel: string;
  channel_why: string;
  message: string | null;
  thresholds: { warm: number; hot: number; urgent: number };
}

export interface Lead extends LeadRow {
  phone: string | null;
  email: string | null;
  address: string | null;
  city: string | null;
  state: string | null;
  zip: string | null;
  zone: string | null;
  tags: string[];
  source: string | null;
  created_at: Instant;
  wants: string | null;
  do_now: { title: string; why: string } | null;
  score: Score | null;
  consent: { opted_out: boolean; opted_out_at: Instant | null; dnd: { all: boolean; sms: boolean; email: boolean; call: boolean } };
  local_time: { zone: string | null; candidates: string[]; now: string | null };
}

export interface Reading {
  label: string;
  value: number;
  from: number;
  to: number;
  say: string;
}

export interface TimelineItem {
  id: Id;
  at: Instant;
  received_at: Instant;
  kind: string;
  label: string;
  channel: string | null;
  text: string | null;
  subject: string | null;
  source: string;
  source_id: string | null;
  readings: Reading[];
  detail: Record<string, unknown>;
}

export type SettingValue = string | number | boolean | null | SettingValue[] | { [key: string]: SettingValue };

export interface SettingRow {
  name: string;
  type: string;
  min?: number | null;
  max?: number | null;
  unit?: string | null;
  values?: string[] | null;
  default: SettingValue;
  label_en: string;
  label_es: string;
  what?: string;
  scope: 'agent' | 'tenant' | 'both';
}

export interface Settings {
  agent_id: Id;
  settings: Record<string, SettingValue>;
  inherited: Record<string, SettingValue>;
  schema: SettingRow[];
  version: number;
}

export interface LogRow {
  id: Id;
  action_type: string;
  lead_id: Id | null;
  lead_name: string | null;
  triggered_by: string | null;
  executed_at: Instant;
  success: boolean;
  confidence: number | null;
  summary: string | null;
}

export interface Outgoing {
  id: Id;
  at: Instant;
  person: 'agent' | 'lead';
  agent_id: Id | null;
  lead_id: Id | null;
  lead_name: string | null;
  channel: string;
  purpose: string;
  text: string | null;
  state: 'delivered' | 'refused' | 'failed' | 'unknown' | 'pending' | 'expired';
  why: string | null;
}

export interface Operations {
  ok: boolean;
  line: string;
  inbox: { pending: number; oldest_s: number | null; dead: number };
  outbox: { pending: number; dead: number; unknown: number };
  jobs: { name: string; next_at: Instant | null; last_at: Instant | null; overdue: boolean }[];
  version: string;
  started_at: Instant;
  zone_table: string;
}

export interface DeadLetter {
  id: Id;
  kind: 'inbox' | 'outbox';
  at: Instant;
  error: string;
  tries: number;
  source: string;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  where?: string;
  request_id?: string;
}
