// What Leadlight would do and asks for: the words as they would go out, and yes, no, or other words.
import { useId, useState } from 'preact/hooks';
import { approve, reject } from '../../actions';
import { number, when } from '../../format';
import { tr } from '../../i18n';
import * as at from '../../paths';
import { targets } from '../../queue';
import { useResource } from '../../resource';
import { leadPath } from '../../router';
import type { Approval, Decision } from '../../types';
import { channelName, confidenceText, Folded, Section } from '../../ui/bits';
import { CheckIcon } from '../../ui/icons';
import { Shown } from '../../ui/states';
import { Tree } from '../../ui/tree';

const SHOWN = 3;

function HowDecided({ approval: a }: { approval: Approval }) {
  const t = tr().approvals;
  const path = at.decision(a.decision_id);
  const it = useResource<Decision>(path);
  const hundred = (x: number) => number(x * 100);
  return (
    <Shown of={it} path={path} rows={2}>
      {(d) => {
        const limits = d.inputs.agent?.thresholds?.[a.action_type];
        const notes = d.inputs.notes ?? [];
        return (
          <>
            {limits && <p>{t.thresholds(hundred(a.confidence), hundred(limits.auto), hundred(limits.approve))}</p>}
            {notes.length > 0 && <ul class="plain-list small">{notes.map((n, i) => <li key={i}>{n}</li>)}</ul>}
            <p class="small quiet">{t.inputs}</p>
            <Tree of={d.inputs} />
          </>
        );
      }}
    </Shown>
  );
}

function Reasons({ approval, done }: { approval: Approval; done: () => void }) {
  const t = tr();
  const reasons = Object.entries(t.approvals.reasons);
  return (
    <fieldset class="reasons">
      <legend>{t.approvals.why}</legend>
      <div class="buttons">
        {reasons.map(([reason, label], i) => (
          <button type="button" class="button" key={reason} ref={(el) => { if (i === 0) el?.focus(); }}
            onClick={() => reject(approval, reason)}>{label}</button>
        ))}
        <button type="button" class="button button-quiet" onClick={done}>{t.cancel}</button>
      </div>
    </fieldset>
  );
}

function Editor({ approval, done }: { approval: Approval; done: () => void }) {
  const t = tr();
  const id = useId();
  const [text, setText] = useState(approval.text ?? '');
  return (
    <div class="stack-small">
      <label for={id}>{t.approvals.editLabel}</label>
      <textarea id={id} class="field" rows={4} value={text} ref={(el) => { if (el && document.activeElement === document.body) el.focus(); }}
        onInput={(e) => setText(e.currentTarget.value)} />
      <div class="buttons">
        <button type="button" class="button button-main" disabled={!text.trim()} onClick={() => approve(approval, text)}>
          <CheckIcon />{text === approval.text ? t.approvals.approve : t.approvals.approveEdited}
        </button>
        <button type="button" class="button" onClick={done}>{t.cancel}</button>
      </div>
    </div>
  );
}

function would(a: Approval): string {
  const t = tr().approvals;
  if (a.action_type === 'stop_contact') return t.wouldStop;
  return a.action_type === 'send_message' ? t.wouldSend(channelName(a.channel ?? 'sms')) : t.wouldTask;
}

function Card({ approval: a }: { approval: Approval }) {
  const t = tr();
  const id = useId();
  const [mode, setMode] = useState<'plain' | 'edit' | 'reject'>('plain');
  const [open, setOpen] = useState(false);
  const plain = () => setMode('plain');
  return (
    <article class="card" data-item tabIndex={-1} aria-labelledby={id}>
      <div class="card-head">
        <h3 id={id}><a href={leadPath(a.lead_id)} data-open>{a.title}</a></h3>
      </div>
      <p>{a.why}</p>
      {mode === 'edit' ? <Editor approval={a} done={plain} /> : (
        <>
          {a.text && <blockquote class="said">{a.text}</blockquote>}
          <p class="small quiet">
            {would(a)}
            {' · '}{confidenceText(a.confidence)}
            {a.expires_at && <>{' · '}{t.approvals.until(when(a.expires_at))}</>}
          </p>
        </>
      )}
      {mode === 'reject' && <Reasons approval={a} done={plain} />}
      {mode === 'plain' && (
        <div class="buttons">
          <button type="button" class="button button-main" data-act onClick={() => approve(a, a.text ?? '')}>
            <CheckIcon />{t.approvals.approve}<span class="unseen">: {a.title}</span>
          </button>
          {a.action_type === 'send_message' && (
            <button type="button" class="button" onClick={() => setMode('edit')}>{t.edit}<span class="unseen">: {a.title}</span></button>
          )}
          <button type="button" class="button" onClick={() => setMode('reject')}>{t.approvals.reject}<span class="unseen">: {a.title}</span></button>
        </div>
      )}
      {a.decision_id && (
        <details onToggle={(e) => setOpen(e.currentTarget.open)}>
          <summary>{t.approvals.decision}</summary>
          {open && <HowDecided approval={a} />}
        </details>
      )}
    </article>
  );
}

export const openApprovals = (approvals: Approval[]) => approvals.filter((a) => a.state === 'pending' && !targets.value.has(a.id));

/** Nothing at all when nothing waits. */
export function Approvals({ approvals }: { approvals: Approval[] }) {
  const open = openApprovals(approvals);
  if (open.length === 0) return null;
  return (
    <Section title={tr().approvals.title} count={open.length} id="approvals">
      <Folded items={open} n={SHOWN}>{(a) => <li key={a.id}><Card approval={a} /></li>}</Folded>
    </Section>
  );
}
