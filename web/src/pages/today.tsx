// Today: the next action is the page. Then what waits for a yes, what just happened, and the day as it lies ahead.
import { day, time } from '../format';
import { tr } from '../i18n';
import * as at from '../paths';
import { useResource } from '../resource';
import { agent, me } from '../session';
import type { Alert, Approval, Briefing, LogRow, Outgoing } from '../types';
import { Section } from '../ui/bits';
import { DayStrip } from '../ui/daystrip';
import { Title } from '../ui/title';
import { Empty, Shown } from '../ui/states';
import { Actions } from './today/actions';
import { Alerts } from './today/alerts';
import { Approvals } from './today/approvals';
import { AtRisk, Thoughts, Week } from './today/brief';
import { OutgoingPanel, Overnight } from './today/overnight';

function Head({ briefing }: { briefing: Briefing | undefined }) {
  const t = tr().today;
  if (!briefing) return <Title text={t.title} />;
  return (
    <>
      <p class="small quiet">{day(briefing.for_date)} · {t.prepared(time(briefing.generated_at))}</p>
      <Title text={briefing.headline} page={t.title} />
    </>
  );
}

function Outlook({ id }: { id: string }) {
  const path = at.outgoing(id);
  const it = useResource<{ outgoing: Outgoing[] }>(path);
  return <Shown of={it} path={path}>{(d) => <OutgoingPanel outgoing={d.outgoing} />}</Shown>;
}

export function Today() {
  const t = tr().today;
  const id = agent.value;
  const path = id && at.briefing(id);
  const brief = useResource<Briefing>(path);
  const approvals = useResource<{ approvals: Approval[] }>(id && at.approvals(id));
  const alerts = useResource<{ alerts: Alert[] }>(id && at.alerts(id));
  const log = useResource<{ actions: LogRow[] }>(id && at.log(id));
  const b = brief.data;
  const none = brief.failure?.kind === 'problem' && brief.failure.status === 404 ? brief.failure : null;
  return (
    <div class="page today">
      <header class="page-head"><Head briefing={b} /></header>
      <div class="columns">
        <div class="column">
          {none
            ? <Section title={t.actions}><Empty title={t.noBriefing}>{none.detail || t.noBriefingDo}</Empty></Section>
            : <Shown of={brief} path={path}>{(d) => <Actions briefing={d} />}</Shown>}
          <Shown of={approvals} path={id && at.approvals(id)} rows={1}>{(d) => <Approvals approvals={d.approvals} />}</Shown>
          {b && <AtRisk briefing={b} />}
          {b && <Thoughts briefing={b} />}
        </div>
        <div class="column">
          <Shown of={alerts} path={id && at.alerts(id)}>{(d) => <Alerts alerts={d.alerts} />}</Shown>
          {b && (
            <Section title={t.windows}><DayStrip windows={b.windows} date={b.for_date} zone={b.zone} /></Section>
          )}
          <Shown of={log} path={id && at.log(id)} rows={2}>{(d) => <Overnight actions={d.actions} />}</Shown>
          {me.value?.demo && id && <Outlook id={id} />}
          {b && <Week briefing={b} />}
        </div>
      </div>
    </div>
  );
}
