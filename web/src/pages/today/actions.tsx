// The day's stack: who, why, do. It gets shorter as one works, and says so when it is empty.
import { useId } from 'preact/hooks';
import { copy } from '../../actions';
import { windowText } from '../../format';
import { tr } from '../../i18n';
import * as at from '../../paths';
import { useResource } from '../../resource';
import { leadPath } from '../../router';
import type { Briefing, Lead, PriorityAction } from '../../types';
import { IntentMark, Section, When } from '../../ui/bits';
import { MainButton } from '../../ui/reach';
import { Empty } from '../../ui/states';
import { isDone, tick } from './done';

function Say({ text }: { text: string }) {
  const t = tr();
  return (
    <details>
      <summary>{t.today.say}</summary>
      <blockquote class="said">{text}</blockquote>
      <button type="button" class="button button-quiet" onClick={() => void copy(text)}>{t.copy}</button>
    </details>
  );
}

function Card({ action, briefing, next }: { action: PriorityAction; briefing: Briefing; next: boolean }) {
  const t = tr().today;
  const id = useId();
  const lead = useResource<Lead>(at.lead(action.lead_id)).data;
  return (
    <article class={`card ${next ? 'card-next' : ''}`} data-item tabIndex={-1} aria-labelledby={id}>
      <div class="card-head">
        <h3 id={id}><a href={leadPath(action.lead_id)} data-open>{action.title}</a></h3>
        <IntentMark intent={action.intent} likelihood={action.likelihood} />
      </div>
      <p>{action.why}</p>
      {action.best_window && (
        <p class="small quiet">{t.best}: {windowText(action.best_window, action.lead_name, briefing.for_date)}</p>
      )}
      {lead?.opted_out && <p class="warn small">{t.optedOut}</p>}
      <div class="peeks">
        {action.evidence.length > 0 && (
          <details>
            <summary>{t.evidence(action.evidence.length)}</summary>
            <ul class="plain-list small">
              {action.evidence.map((e) => <li key={e.event_id}>{e.text} <span class="quiet"><When at={e.at} /></span></li>)}
            </ul>
          </details>
        )}
        {action.say && <Say text={action.say} />}
      </div>
      <div class="buttons">
        <MainButton id={action.lead_id} name={action.lead_name} way={action.action} say={action.say} />
        <button type="button" class="button" onClick={() => tick(briefing.id, action.lead_id, action.lead_name)}>
          {t.done}<span class="unseen"> {action.lead_name}</span>
        </button>
      </div>
    </article>
  );
}

export function Actions({ briefing }: { briefing: Briefing }) {
  const t = tr().today;
  const all = briefing.priority_actions;
  const left = all.filter((a) => !isDone(briefing.id, a.lead_id));
  return (
    <Section title={t.actions} aside={all.length > 0 && <span class="small quiet">{t.left(left.length, all.length)}</span>}>
      {left.length === 0
        ? <Empty title={t.empty}>{all.length > 0 ? t.tomorrow : t.emptyDo}</Empty>
        : <div class="stack">{left.map((a, i) => <Card key={a.lead_id} action={a} briefing={briefing} next={i === 0} />)}</div>}
    </Section>
  );
}
