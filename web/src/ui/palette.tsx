// Ctrl-K: one field that finds pages, leads and commands. A combobox whose list is moved through by arrow keys.
import { useEffect, useState } from 'preact/hooks';
import { get } from '../api';
import { tr } from '../i18n';
import { sheet } from '../keys';
import * as at from '../paths';
import { density, languageChoice, theme } from '../prefs';
import { go, leadPath } from '../router';
import { agent, isAdmin } from '../session';
import type { LeadRow } from '../types';
import { Dialog } from './dialog';

interface Entry {
  id: string;
  kind: string;
  name: string;
  run: () => void;
}

const WAIT_MS = 150;
const MAX_LEADS = 8;

function commands(): Entry[] {
  const t = tr();
  const page = (to: string, name: string): Entry => ({ id: to, kind: t.palette.pages, name: t.palette.goTo(name), run: () => go(to) });
  const command = (id: string, name: string, run: () => void): Entry => ({ id, kind: t.palette.command, name, run });
  return [
    page('/', t.nav.today),
    page('/leads', t.nav.leads),
    page('/settings', t.nav.settings),
    ...(isAdmin.value ? [page('/operations', t.nav.operations)] : []),
    ...(['light', 'dark', 'system'] as const).map((to) =>
      command(`theme-${to}`, t.palette.theme(t.settings.themes[to]), () => { theme.value = to; })),
    command('lang-en', t.palette.language('English'), () => { languageChoice.value = 'en'; }),
    command('lang-es', t.palette.language('Español'), () => { languageChoice.value = 'es'; }),
    ...(['roomy', 'compact'] as const).map((to) =>
      command(`rows-${to}`, t.palette.density(t.settings.densities[to]), () => { density.value = to; })),
    command('keys', t.help.title, () => { sheet.value = 'help'; }),
  ];
}

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

function useLeads(q: string): LeadRow[] {
  const [rows, setRows] = useState<LeadRow[]>([]);
  useEffect(() => {
    const who = agent.value;
    if (!who || q.trim().length < 2) {
      setRows([]);
      return;
    }
    let live = true;
    const timer = window.setTimeout(() => {
      get<{ leads: LeadRow[] }>(at.leads(who, { q: q.trim(), intent: '', min: '' }, MAX_LEADS))
        .then((d) => { if (live) setRows(d.leads); }, () => { if (live) setRows([]); });
    }, WAIT_MS);
    return () => {
      live = false;
      window.clearTimeout(timer);
    };
  }, [q]);
  return rows;
}

export function Palette() {
  const t = tr().palette;
  const [q, setQ] = useState('');
  const [on, setOn] = useState(0);
  const leads = useLeads(q);
  const close = () => { sheet.value = 'none'; };
  const entries: Entry[] = [
    ...leads.map((row) => ({ id: row.id, kind: t.lead, name: row.name, run: () => go(leadPath(row.id)) })),
    ...commands().filter((e) => plain(e.name).includes(plain(q.trim()))),
  ];
  const active = Math.min(on, entries.length - 1);
  const run = (e: Entry | undefined) => {
    if (!e) return;
    close();
    e.run();
  };
  const onKey = (e: KeyboardEvent) => {
    if (e.key === 'ArrowDown') setOn(Math.min(active + 1, entries.length - 1));
    else if (e.key === 'ArrowUp') setOn(Math.max(active - 1, 0));
    else if (e.key === 'Enter') run(entries[active]);
    else return;
    e.preventDefault();
  };
  return (
    <Dialog title={t.title} hideTitle class="palette" close={close}>
      <input type="text" role="combobox" class="field" aria-label={t.title} placeholder={t.title} autocomplete="off" spellcheck={false}
        aria-expanded="true" aria-controls="palette-list" aria-activedescendant={entries[active] ? `palette-${active}` : undefined}
        value={q} onInput={(e) => { setQ(e.currentTarget.value); setOn(0); }} onKeyDown={onKey} />
      <ul id="palette-list" role="listbox" aria-label={t.title} class="palette-list">
        {entries.map((e, i) => (
          <li key={e.id} id={`palette-${i}`} role="option" aria-selected={i === active} class="palette-row"
            onClick={() => run(e)} onMouseMove={() => setOn(i)}>
            <span>{e.name}</span><span class="small quiet">{e.kind}</span>
          </li>
        ))}
      </ul>
      <p class="small quiet" role="status">{entries.length === 0 ? t.none : t.results(entries.length)}</p>
    </Dialog>
  );
}
