// Today: the next action is the page. Then what waits for a yes, what just happened, and the day as it lies ahead.
import { useEffect, useState } from 'preact/hooks';
import { day, time } from '../format';
import { tr } from '../i18n';
import * as at from '../paths';
import { refreshShown, useResource, type Resource } from '../resource';
import { agent, me } from '../session';
import type { Alert, Approval, Briefing, LogRow, Outgoing } from '../types';
import { AgentPicker } from '../ui/account';
import { capital, Section } from '../ui/bits';
import { DayStrip } from '../ui/daystrip';
import { Title } from '../ui/title';
import { Empty, Failed, Shown, Skeleton } from '../ui/states';
import { Actions } from './today/actions';
import { Alerts, openAlerts } from './today/alerts';
import { Approvals, openApprovals } from './today/approvals';
import { AtRisk, Thoughts, Week } from './today/brief';
import { OutgoingPanel, Overnight } from './today/overnight';

const PATIENCE_MS = 800;

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

/** What else waits on this page: on a phone it lies further down. */
function Waiting({ alerts, approvals }: { alerts: Alert[]; approvals: Approval[] }) {
  const t = tr().today;
  const yes = openApprovals(approvals).length;
  const now = openAlerts(alerts).length;
  if (yes + now === 0) return null;
  return (
    <p class="waiting">
      {now > 0 && <a href="#alerts">{t.jumpAlerts(now)}</a>}
      {yes > 0 && <a href="#approvals">{t.jumpApprovals(yes)}</a>}
    </p>
  );
}

/** True once all have something to show or to say, or after a moment: a page that comes together does not jump under the thumb. */
function useTogether(parts: Resource<unknown>[]): boolean {
  const [patient, setPatient] = useState(true);
  useEffect(() => {
    const timer = window.setTimeout(() => setPatient(false), PATIENCE_MS);
    return () => window.clearTimeout(timer);
  }, []);
  return !patient || parts.every((r) => r.data !== undefined || r.failure);
}

export function Today() {
  const t = tr();
  const id = agent.value;
  const path = id && at.briefing(id);
  const brief = useResource<Briefing>(path);
  const approvals = useResource<{ approvals: Approval[] }>(id && at.approvals(id));
  const alerts = useResource<{ alerts: Alert[] }>(id && at.alerts(id));
  const log = useResource<{ actions: LogRow[] }>(id && at.log(id));
  const demo = me.value?.demo ?? false;
  const outgoing = useResource<{ outgoing: Outgoing[] }>(id && demo ? at.outgoing(id) : null);
  const b = brief.data;
  const none = brief.failure?.kind === 'problem' && brief.failure.status === 404 ? brief.failure : null;
  // One trouble is told once: five boxes saying the same are five times as alarming and no more helpful.
  const parts = [brief, approvals, alerts, log];
  const together = useTogether(demo ? [...parts, outgoing] : parts);
  const broken = none || parts.some((r) => r.data !== undefined) ? undefined : parts.find((r) => r.failure)?.failure;
  const head = (
    <header class="page-head">
      <Head briefing={b} />
      <Waiting alerts={alerts.data?.alerts ?? []} approvals={approvals.data?.approvals ?? []} />
      <AgentPicker />
    </header>
  );
  if (!together) return <div class="page today"><header class="page-head"><Title text={t.today.title} /></header><Skeleton rows={5} /></div>;
  if (broken) return <div class="page today">{head}<Failed failure={broken} retry={refreshShown} /></div>;
  return (
    <div class="page today">
      {head}
      <div class="columns">
        <div class="column">
          {none
            ? <Section title={t.today.actions}><Empty title={t.today.noBriefing}>{capital(none.detail) || t.today.noBriefingDo}</Empty></Section>
            : <Shown of={brief} path={path} title={t.today.actions}>{(d) => <Actions briefing={d} />}</Shown>}
          <Shown of={approvals} path={id && at.approvals(id)} rows={1} title={t.approvals.title}>{(d) => <Approvals approvals={d.approvals} />}</Shown>
        </div>
        <div class="column">
          <Shown of={alerts} path={id && at.alerts(id)} title={t.alerts.title}>{(d) => <Alerts alerts={d.alerts} />}</Shown>
          {b && <Section title={t.today.windows}><DayStrip windows={b.windows} date={b.for_date} zone={b.zone} /></Section>}
          <Shown of={log} path={id && at.log(id)} rows={2} title={t.overnight.title}>{(d) => <Overnight actions={d.actions} />}</Shown>
          {demo && <Shown of={outgoing} path={id && at.outgoing(id)} title={t.outgoing.title}>{(d) => <OutgoingPanel outgoing={d.outgoing} />}</Shown>}
          {b && <AtRisk briefing={b} />}
          {b && <Week briefing={b} />}
          {b && <Thoughts briefing={b} />}
        </div>
      </div>
    </div>
  );
}
