// All that happened to a lead, newest first; texts with what was read in them marked.
import { useEffect, useState } from 'preact/hooks';
import { failureOf, get, type Failure } from '../api';
import { dollars, moment, number, seconds, when } from '../format';
import { tr } from '../i18n';
import * as at from '../paths';
import { useResource } from '../resource';
import type { TimelineItem } from '../types';
import { capital, channelName, Section } from '../ui/bits';
import { Marked } from '../ui/marked';
import { Failed, Shown } from '../ui/states';

interface Answer {
  events: TimelineItem[];
  next_cursor: string | null;
}

const LATE_S = 300;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const SHOWN_DETAILS = 6;

/** A small fact as one reads it. Nested things are the machine's, not the reader's. */
function fact(name: string, value: unknown): string | null {
  if (value === null || value === '' || typeof value === 'object' || name === 'ref') return null;
  if (name === 'seconds' && typeof value === 'number') return seconds(value);
  if (name === 'url') return String(value);
  const label = tr().lead.fact[name] ?? name.replaceAll('_', ' ');
  if (typeof value !== 'number') return `${label}: ${ISO.test(String(value)) ? moment(String(value)) : String(value)}`;
  return `${label}: ${/^(value|amount|price)/.test(name) ? dollars(value) : number(value, 2)}`;
}

function Item({ item }: { item: TimelineItem }) {
  const t = tr();
  const late = (Date.parse(item.received_at) - Date.parse(item.at)) / 1000;
  const facts = Object.entries(item.detail ?? {}).flatMap(([k, v]) => fact(k, v) ?? []).slice(0, SHOWN_DETAILS);
  return (
    <li class={`event event-${item.kind}`}>
      <p class="small">
        <b>{item.label}</b>
        <span class="quiet">
          {item.channel && item.channel !== 'none' && ` · ${capital(channelName(item.channel))}`} · <time dateTime={item.at} title={moment(item.at)}>{when(item.at)}</time>
          {late > LATE_S && ` · ${t.lead.received(seconds(late))}`}
        </span>
      </p>
      {item.subject && <p><b>{item.subject}</b></p>}
      {item.text && <Marked text={item.text} marks={item.readings} legend />}
      {facts.length > 0 && <p class="small quiet facts-line">{facts.join(' · ')}</p>}
    </li>
  );
}

export function Timeline({ id }: { id: string }) {
  const t = tr();
  const path = at.timeline(id);
  const it = useResource<Answer>(path);
  const [older, setOlder] = useState<TimelineItem[]>([]);
  const [cursor, setCursor] = useState<string | null | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    setOlder([]);
    setCursor(undefined);
  }, [id]);
  const next = cursor === undefined ? (it.data?.next_cursor ?? null) : cursor;
  const more = () => {
    if (!next) return;
    setFailure(null);
    get<Answer>(at.timeline(id, next)).then((d) => {
      setOlder((had) => [...had, ...d.events]);
      setCursor(d.next_cursor);
    }, (e: unknown) => setFailure(failureOf(e)));
  };
  return (
    <Section title={t.lead.timeline}>
      <Shown of={it} path={path}>
        {(d) => {
          const have = new Set(d.events.map((e) => e.id));
          const events = [...d.events, ...older.filter((e) => !have.has(e.id))];
          return events.length === 0 ? <p class="quiet">{t.lead.timelineEmpty}</p> : (
            <ol class="timeline">{events.map((e) => <Item key={e.id} item={e} />)}</ol>
          );
        }}
      </Shown>
      {failure && <Failed failure={failure} retry={more} />}
      {next && !failure && <button type="button" class="button" onClick={more}>{t.lead.older}</button>}
    </Section>
  );
}
