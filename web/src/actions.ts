// The decisions a reader can take, each with its way back.
//
// An approval may send a message at once, and nobody can unsend it: approve and reject are therefore held for some seconds.
// Alerts know a "reopen", so snooze and dismiss go out at once.
import { effect, untracked } from '@preact/signals';
import { failureText } from './failures';
import { keepPlace } from './focus';
import { tr } from './i18n';
import * as at from './paths';
import { cancel, decide, HOLD_MS, onOutcome, sendWaiting, type Job } from './queue';
import { refresh } from './resource';
import { agent, phase } from './session';
import { say } from './toast';
import type { Alert, Approval } from './types';

export function approve(a: Approval, text: string): void {
  keepPlace();
  const body = text !== (a.text ?? '') ? { text } : {};
  const job = decide(a.id, at.approval(a.id, 'approve'), body, tr().queue.approve(a.title), HOLD_MS);
  say(tr().approvals.approved(a.lead_name), { job: job.key, undo: () => undefined });
}

export function reject(a: Approval, reason: string): void {
  keepPlace();
  const job = decide(a.id, at.approval(a.id, 'reject'), { reason }, tr().queue.reject(a.title), HOLD_MS);
  say(tr().approvals.rejected(a.lead_name), { job: job.key, undo: () => undefined });
}

function reopen(a: Alert, job: Job): void {
  // Not sent yet (offline): it never happened. Else the server is asked to bring it back.
  if (!cancel(job.key)) decide(a.id, at.alert(a.id, 'reopen'), {}, tr().queue.reopen(a.lead_name), 0);
}

export const SNOOZE_MINUTES = 60;

export function snooze(a: Alert): void {
  keepPlace();
  const job = decide(a.id, at.alert(a.id, 'snooze'), { minutes: SNOOZE_MINUTES }, tr().queue.snooze(a.lead_name), 0);
  say(tr().alerts.snoozed(a.lead_name), { undo: () => reopen(a, job) });
}

export function dismiss(a: Alert, reason: 'not_useful' | 'done' | 'wrong'): void {
  keepPlace();
  const job = decide(a.id, at.alert(a.id, 'dismiss'), { reason }, tr().queue.dismiss(a.lead_name), 0);
  say(reason === 'done' ? tr().alerts.done(a.lead_name) : tr().alerts.dismissed(a.lead_name), { undo: () => reopen(a, job) });
}

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(tr().copied);
  } catch {
    say(tr().notCopied, { tone: 'bad' });
  }
}

export function startActions(): void {
  onOutcome(async (job, outcome) => {
    if (!outcome.ok) {
      const { title, detail } = failureText(outcome.failure);
      say(tr().queue.refused(job.label, detail || title), { tone: 'bad' });
    }
    const id = agent.value;
    if (id) await refresh(job.path.includes('/approvals/') ? at.approvals(id) : at.alerts(id));
  });
  // Also after signing in again: a session may end while decisions wait.
  effect(() => {
    if (phase.value === 'in') untracked(sendWaiting);
  });
}
