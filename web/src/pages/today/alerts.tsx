// What cannot wait, as it happens. The first few are shown; repeats are folded into one line each.
import { useId } from 'preact/hooks';
import { dismiss, snooze } from '../../actions';
import { windowText } from '../../format';
import { tr } from '../../i18n';
import { targets } from '../../queue';
import { leadPath } from '../../router';
import type { Alert } from '../../types';
import { confidenceText, Folded, Section, When } from '../../ui/bits';
import { Marked } from '../../ui/marked';
import { MainButton, type Way } from '../../ui/reach';
import { Empty } from '../../ui/states';

const SHOWN = 3;

const way = (type: string): Way => (type === 'call' || type === 'text' || type === 'email' ? type : 'review');

function Why({ alert: a }: { alert: Alert }) {
  const t = tr().alerts;
  const text = a.trigger_event?.text;
  return (
    <details>
      <summary>{t.reasons}: {confidenceText(a.confidence)}</summary>
      {text && <Marked text={text} marks={a.trigger_event?.spans ?? []} legend />}
      <ul class="plain-list small">{a.reasons.map((r, i) => <li key={i}>{r.text}</li>)}</ul>
      {a.expected_impact && <p class="small quiet">{a.expected_impact}</p>}
      <button type="button" class="button button-quiet" onClick={() => dismiss(a, 'not_useful')}>
        {t.useless}<span class="unseen"> {a.lead_name}</span>
      </button>
    </details>
  );
}

function Card({ alert: a }: { alert: Alert }) {
  const t = tr().alerts;
  const id = useId();
  const who = <span class="unseen"> {a.lead_name}</span>;
  return (
    <article class={`card alert alert-${a.urgency}`} data-item tabIndex={-1} aria-labelledby={id}>
      <p class="small alert-kind">
        <b>{t.type[a.type]}</b><span class="quiet"> · {t.urgency[a.urgency]} · <When at={a.created_at} /></span>
      </p>
      <h3 id={id}><a href={leadPath(a.lead_id)} data-open>{a.recommended_action.title}</a></h3>
      <p><b>{a.lead_name}</b>: {a.insight}{a.folded > 0 && <span class="quiet"> ({t.folded(a.folded)})</span>}</p>
      {a.recommended_action.window && <p class="small quiet">{tr().today.best}: {windowText(a.recommended_action.window, a.lead_name)}</p>}
      {a.auto_execute && <p class="small">{t.auto}</p>}
      <Why alert={a} />
      <div class="buttons">
        <MainButton id={a.lead_id} name={a.lead_name} way={way(a.recommended_action.type)} say={a.recommended_action.say} />
        <button type="button" class="button" onClick={() => dismiss(a, 'done')}>{t.markDone}{who}</button>
        <button type="button" class="button" onClick={() => snooze(a)}>{t.snooze}{who}</button>
      </div>
    </article>
  );
}

/** Open ones that no decision is under way for; the most pressing first. */
export const openAlerts = (alerts: Alert[]) => alerts
  .filter((a) => a.status === 'open' && !targets.value.has(a.id))
  .sort((a, b) => b.priority - a.priority || b.created_at.localeCompare(a.created_at));

export function Alerts({ alerts }: { alerts: Alert[] }) {
  const t = tr().alerts;
  const open = openAlerts(alerts);
  return (
    <Section title={t.title} count={open.length} id="alerts">
      {open.length === 0
        ? <Empty title={t.empty}>{t.emptyDo}</Empty>
        : <Folded items={open} n={SHOWN}>{(a) => <li key={a.id}><Card alert={a} /></li>}</Folded>}
    </Section>
  );
}
