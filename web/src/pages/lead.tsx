// One lead: who, what they want, what to do now. Then why, when, whether one may, and all that happened.
import { useEffect, useState } from 'preact/hooks';
import { copy } from '../actions';
import { city, clockIn, firstName, moment, number } from '../format';
import { tr } from '../i18n';
import * as at from '../paths';
import { useResource } from '../resource';
import { place } from '../router';
import { isZone } from '../session';
import type { Lead } from '../types';
import { capital, channelName, confidenceName, IntentMark, Section } from '../ui/bits';
import { Hours } from '../ui/hours';
import { BackIcon } from '../ui/icons';
import { ReachButtons, type Way } from '../ui/reach';
import { ScoreParts } from '../ui/score';
import { Empty, Failed, Shown, Skeleton } from '../ui/states';
import { Title } from '../ui/title';
import { Timeline } from './timeline';

const WAYS: Record<string, Way> = { sms: 'text', email: 'email', call: 'call' };

function Clock({ lead }: { lead: Lead }) {
  const t = tr();
  const { zone, candidates } = lead.local_time;
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => tick((n) => n + 1), 30_000);
    return () => window.clearInterval(timer);
  }, []);
  if (zone && isZone(zone)) return <p class="quiet">{t.lead.clockNow(clockIn(zone), firstName(lead.name), city(zone))}</p>;
  if (candidates.length > 0) return <p class="quiet">{t.lead.zoneUnknown(candidates.map(city).join(', '))}</p>;
  return null;
}

function DoNow({ lead }: { lead: Lead }) {
  const t = tr();
  const say = lead.score?.message ?? null;
  return (
    <Section title={t.lead.doNow} class="card">
      {lead.do_now ? (
        <>
          <p class="do-now"><b>{lead.do_now.title}</b></p>
          <p>{lead.do_now.why}</p>
        </>
      ) : <p class="quiet">{t.lead.doNothing}</p>}
      {say && !lead.consent.opted_out && (
        <details>
          <summary>{t.lead.say}</summary>
          <blockquote class="said">{say}</blockquote>
          <button type="button" class="button button-quiet" onClick={() => void copy(say)}>{t.lead.copyMessage}</button>
        </details>
      )}
      <ReachButtons lead={lead} first={WAYS[lead.score?.channel ?? ''] ?? 'call'} say={say} />
      {lead.score && <p class="small quiet">{t.lead.channel}: {channelName(lead.score.channel)}. {capital(lead.score.channel_why)}</p>}
    </Section>
  );
}

function Consent({ lead }: { lead: Lead }) {
  const t = tr();
  const { opted_out, opted_out_at, dnd } = lead.consent;
  const closed = (['sms', 'email', 'call'] as const).filter((c) => dnd[c]);
  const text = opted_out ? t.lead.optedOut(opted_out_at ? moment(opted_out_at) : '')
    : dnd.all ? t.lead.dndAll
      : closed.length > 0 ? t.lead.dndSome(closed.map(channelName).join(', ')) : t.lead.mayAll;
  return (
    <Section title={t.lead.consent}>
      <p class={opted_out || dnd.all ? 'warn' : ''}>{text}</p>
    </Section>
  );
}

function Facts({ lead }: { lead: Lead }) {
  const t = tr().lead;
  const address = [lead.address, lead.city, [lead.state, lead.zip].filter(Boolean).join(' ')].filter(Boolean).join(', ');
  const rows: [string, string | null][] = [
    [t.phone, lead.phone], [t.email, lead.email], [t.address, address], [t.tags, lead.tags.join(', ')], [t.source, lead.source],
    [t.since, moment(lead.created_at)],
  ];
  return (
    <Section title={t.facts}>
      <dl class="facts">
        {rows.map(([name, value]) => value && <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
    </Section>
  );
}

function Body({ lead }: { lead: Lead }) {
  const t = tr();
  const s = lead.score;
  return (
    <>
      <header class="page-head">
        <Title text={lead.name} />
        <p class="lead-line">
          <IntentMark intent={lead.intent} likelihood={lead.likelihood} />
          <span class="small quiet">{capital(s ? t.confidence.with(confidenceName(s.confidence), s.confidence_why) : confidenceName(lead.confidence))}</span>
        </p>
        <Clock lead={lead} />
      </header>
      <div class="columns">
        <div class="column">
          <Section title={t.lead.wants}>
            {lead.wants ? <p>{lead.wants}</p> : <p class="quiet">{t.lead.wantsNothing}</p>}
          </Section>
          <DoNow lead={lead} />
          <Section title={t.lead.window}>
            {s?.window ? <Hours window={s.window} name={lead.name} /> : <p class="quiet">{t.lead.windowNone}</p>}
          </Section>
          <Consent lead={lead} />
          <Facts lead={lead} />
        </div>
        <div class="column">
          <Section title={t.lead.score}>
            {s ? <ScoreParts score={s} /> : <p class="quiet">{t.lead.scoreNone} {t.likelihood(number(lead.likelihood))}.</p>}
          </Section>
          <Timeline id={lead.id} />
        </div>
      </div>
    </>
  );
}

export function LeadPage({ id }: { id: string }) {
  const t = tr();
  const path = at.lead(id);
  const it = useResource<Lead>(path);
  const query = place.value.query.toString();
  return (
    <div class="page lead">
      <a class="back" href={`/leads${query && `?${query}`}`}><BackIcon />{t.lead.back}</a>
      {it.data === undefined && it.failure?.kind === 'problem' && it.failure.status === 404
        ? <><Title text={t.lead.notFound} /><Empty title={t.failure.notFound}>{t.lead.notFoundDo}</Empty></>
        : it.data === undefined && it.failure ? <><Title text={t.nav.leads} /><Failed failure={it.failure} /></>
          : it.data === undefined ? <Skeleton rows={5} />
            : <Shown of={it} path={path}>{(d) => <Body key={d.id} lead={d} />}</Shown>}
    </div>
  );
}
