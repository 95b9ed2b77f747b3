// The list of leads: search, views, 10,000 rows. On the desk the chosen lead stands beside it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { leadList, moreLeads, showLeads } from '../leads';
import { number, when } from '../format';
import { tr } from '../i18n';
import { density } from '../prefs';
import { go, leadPath, place } from '../router';
import { reachable } from '../resource';
import { agent } from '../session';
import type { Intent, LeadRow } from '../types';
import { AgentPicker } from '../ui/account';
import { capital, confidenceName, IntentMark, When } from '../ui/bits';
import { SearchIcon } from '../ui/icons';
import { Empty, Failed, Skeleton } from '../ui/states';
import { Title } from '../ui/title';
import { Virtual } from '../ui/virtual';
import type { LeadQuery } from '../paths';

const TYPING_MS = 200;
const VIEWS: Intent[] = ['urgent', 'hot', 'warm', 'cold'];
const MINIMA = [25, 50, 80];
const ROW_PX = { roomy: 76, compact: 52 };

const queryOf = (p: URLSearchParams): LeadQuery => ({ q: p.get('q') ?? '', intent: p.get('intent') ?? '', min: p.get('min') ?? '' });

/** The address of the list (or of the lead beside it) with another query. */
function withQuery(query: LeadQuery): string {
  const p = new URLSearchParams();
  if (query.q) p.set('q', query.q);
  if (query.intent) p.set('intent', query.intent);
  if (query.min) p.set('min', query.min);
  const tail = p.toString();
  return `/leads${tail && `?${tail}`}`;
}

function Search({ query }: { query: LeadQuery }) {
  const t = tr().leads;
  const [text, setText] = useState(query.q);
  const timer = useRef(0);
  useEffect(() => setText(query.q), [query.q]);
  const typed = (value: string) => {
    setText(value);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => go(withQuery({ ...query, q: value.trim() }), true), TYPING_MS);
  };
  return (
    <div class="search">
      <SearchIcon />
      <input type="search" class="field" aria-label={t.search} placeholder={t.searchHint} autocomplete="off" value={text}
        onInput={(e) => typed(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key === 'Escape') e.currentTarget.blur();
          if (e.key === 'ArrowDown' || e.key === 'Enter') {
            e.preventDefault();
            document.querySelector<HTMLElement>('.virtual [data-item]')?.focus();
          }
        }} />
    </div>
  );
}

function Views({ query, status }: { query: LeadQuery; status: string }) {
  const t = tr();
  const view = (intent: string, name: string) => (
    <a key={intent} class="chip" href={withQuery({ ...query, intent })} aria-current={query.intent === intent ? 'true' : undefined}>{name}</a>
  );
  return (
    <>
      <nav class="chips" aria-label={t.leads.views}>
        {view('', t.leads.all)}
        {VIEWS.map((i) => view(i, t.intent[i]))}
      </nav>
      <div class="list-line">
        <p class="small quiet" role="status">{status}</p>
        <label class="inline small">
          {t.leads.min}
          <select class="field" value={query.min} onChange={(e) => go(withQuery({ ...query, min: e.currentTarget.value }), true)}>
            <option value="">{t.leads.any}</option>
            {MINIMA.map((m) => <option key={m} value={String(m)}>{t.leads.from(m)}</option>)}
          </select>
        </label>
      </div>
    </>
  );
}

function Row({ row, chosen }: { row: LeadRow; chosen: boolean }) {
  const t = tr().leads;
  return (
    <a class="lead-row" data-item data-open href={leadPath(row.id, place.value.query)} aria-current={chosen ? 'true' : undefined}>
      <span class="lead-name">{row.name}</span>
      <IntentMark intent={row.intent} likelihood={row.likelihood} />
      <span class="small quiet lead-sub">
        {row.opted_out && <><b class="warn">{capital(t.optedOut)}</b>{' · '}</>}
        {row.last_event_at ? <>{capital(t.last(''))}<When at={row.last_event_at} /></> : capital(t.never)}
        {' · '}{confidenceName(row.confidence)}
      </span>
    </a>
  );
}

function None({ query }: { query: LeadQuery }) {
  const t = tr().leads;
  if (!query.q && !query.intent && !query.min) return <Empty title={t.empty}>{t.emptyDo}</Empty>;
  return <Empty title={t.noMatch}><p>{t.noMatchDo}</p><a class="button" href="/leads">{t.clear}</a></Empty>;
}

export function LeadsList({ chosen }: { chosen: string }) {
  const t = tr();
  const query = queryOf(place.value.query);
  const who = agent.value;
  const list = leadList.value;
  useEffect(() => {
    if (who) void showLeads(who, query);
  }, [who, query.q, query.intent, query.min, reachable.value]);
  const again = () => { if (who) void showLeads(who, query, true); };
  const more = () => { if (who) void moreLeads(who, query); };
  const age = list.state === 'old' && list.failure ? t.asOf(when(new Date(list.at).toISOString())) : '';
  const total = t.leads.shown(number(list.rows.length), list.cursor !== null);
  return (
    <div class="list-pane">
      <div class="list-head">
        <div class="list-line">
          {chosen ? <h2 class="list-title">{t.leads.title}</h2> : <Title text={t.leads.title} />}
          <AgentPicker />
        </div>
        <Search query={query} />
        <Views query={query} status={list.rows.length > 0 ? age || total : ''} />
      </div>
      {list.rows.length > 0 ? (
        <Virtual key={list.key} items={list.rows} rowHeight={ROW_PX[density.value]} label={t.leads.list} nearEnd={more} restore={list.place}
          keyOf={(r) => r.id}>
          {(r) => <Row row={r} chosen={r.id === chosen} />}
        </Virtual>
      ) : list.state === 'loading' ? <Skeleton rows={8} />
        : list.state === 'failed' && list.failure ? <Failed failure={list.failure} retry={again} />
          : <None query={query} />}
      {list.more === 'failed' && (
        <p class="list-foot">{t.leads.moreFailed} <button type="button" class="button" onClick={more}>{t.retry}</button></p>
      )}
    </div>
  );
}
