// The rest of the briefing: who goes quiet, the week in figures, a thought, and what it could not say.
import { number } from '../../format';
import { tr } from '../../i18n';
import { leadPath } from '../../router';
import type { Briefing } from '../../types';
import { Folded, IntentMark, Section } from '../../ui/bits';

export function AtRisk({ briefing }: { briefing: Briefing }) {
  const t = tr().today;
  if (briefing.at_risk.length === 0) return null;
  return (
    <Section title={t.atRisk} count={briefing.at_risk.length}>
      <Folded items={briefing.at_risk} n={3}>
        {(l) => (
          <li key={l.lead_id} class="line-row">
            <div>
              <a href={leadPath(l.lead_id)}>{l.lead_name}</a>
              <span class="quiet">{l.silent_days !== undefined && `, ${t.silent(l.silent_days)}`}</span>
              <p class="small quiet">{l.why}</p>
            </div>
            <IntentMark intent={l.intent} likelihood={l.likelihood} />
          </li>
        )}
      </Folded>
    </Section>
  );
}

export function Week({ briefing }: { briefing: Briefing }) {
  const t = tr().today;
  const { rows, days, note } = briefing.performance;
  if (rows.length === 0) return null;
  return (
    <Section title={t.week(days)}>
      <table class="figures">
        <thead><tr><th scope="col">{t.period}</th><th scope="col">{t.thisPeriod}</th><th scope="col">{t.lastPeriod}</th></tr></thead>
        <tbody>
          {rows.map((r) => (
            <tr key={r.name}><th scope="row">{r.label}</th><td>{number(r.this)}</td><td class="quiet">{number(r.last)}</td></tr>
          ))}
        </tbody>
      </table>
      {note && <p class="small quiet">{note}</p>}
    </Section>
  );
}

export function Thoughts({ briefing }: { briefing: Briefing }) {
  const t = tr().today;
  return (
    <>
      {briefing.strategy.length > 0 && (
        <Section title={t.strategy}>
          <ul class="plain-list">
            {briefing.strategy.map((s, i) => <li key={i}><b>{s.title}</b><p class="small quiet">{s.why}</p></li>)}
          </ul>
        </Section>
      )}
      {briefing.missing.length > 0 && (
        <details class="section">
          <summary>{t.missing} ({number(briefing.missing.length)})</summary>
          <ul class="small quiet">{briefing.missing.map((m) => <li key={m.part}>{m.part}: {m.reason}</li>)}</ul>
        </details>
      )}
    </>
  );
}
