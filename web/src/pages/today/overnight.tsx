// What was done while nobody looked, and, in the demo, what would have gone out.
import { instant, time, when } from '../../format';
import { tr } from '../../i18n';
import { leadPath } from '../../router';
import { zone } from '../../session';
import type { LogRow, Outgoing } from '../../types';
import { capital, channelName, Folded, Section } from '../../ui/bits';

const SHOWN = 5;
const EVENING = '18:00';
const DAY_MS = 86_400_000;

/** Since six in the evening before, on the reader's clock. */
function sinceEvening(): number {
  const date = (at: number) => new Intl.DateTimeFormat('en-CA', { timeZone: zone.value }).format(at);
  return instant(date(Date.now() - DAY_MS), EVENING, zone.value);
}

export function Overnight({ actions }: { actions: LogRow[] }) {
  const t = tr().overnight;
  const from = sinceEvening();
  const rows = actions.filter((a) => Date.parse(a.executed_at) >= from);
  return (
    <Section title={t.title} count={rows.length}>
      {rows.length === 0 ? <p class="quiet">{t.empty}</p> : (
        <Folded items={rows} n={SHOWN}>
          {(a) => (
            <li key={a.id} class="log-row">
              <time class="small quiet" dateTime={a.executed_at}>{time(a.executed_at)}</time>
              <div>
                <b>{t.kind[a.action_type] ?? a.action_type.replaceAll('_', ' ')}</b>
                {a.lead_id && a.lead_name && <>{' · '}<a href={leadPath(a.lead_id)}>{a.lead_name}</a></>}
                {a.summary && <p class="small">{t.summary[a.summary] ?? a.summary}</p>}
                {!a.success && <p class="small warn">{t.failed}</p>}
              </div>
            </li>
          )}
        </Folded>
      )}
    </Section>
  );
}

export function OutgoingPanel({ outgoing: all }: { outgoing: Outgoing[] }) {
  const t = tr().outgoing;
  // What goes to this very page is on it already.
  const outgoing = all.filter((o) => o.channel !== 'dashboard');
  return (
    <Section title={t.title} count={outgoing.length}>
      <p class="small quiet">{t.note}</p>
      {outgoing.length === 0 ? <p class="quiet">{t.empty}</p> : (
        <Folded items={outgoing} n={SHOWN}>
          {(o) => (
            <li key={o.id} class="out-row">
              <p class="small">
                <b>{capital(channelName(o.channel))} {o.person === 'agent' ? t.toAgent : t.toLead(o.lead_name ?? '')}</b>
                <span class={o.state === 'refused' || o.state === 'failed' ? 'warn' : 'quiet'}> · {t.state[o.state] ?? o.state}</span>
                <span class="quiet"> · {when(o.at)}</span>
              </p>
              {o.text && <blockquote class="said small">{o.text}</blockquote>}
              {o.why && <p class="small quiet">{o.why}</p>}
            </li>
          )}
        </Folded>
      )}
    </Section>
  );
}
