// Settings: what is chosen for this device, and how Leadlight works for the agent, with where each value comes from.
import { useId, useState } from 'preact/hooks';
import { change, failureOf, type Failure } from '../api';
import { failureText } from '../failures';
import { tr } from '../i18n';
import * as at from '../paths';
import { density, languageChoice, letters, theme } from '../prefs';
import { refresh, resource, useResource } from '../resource';
import { agent, agentName, chooseAgent, isAdmin, me, reloadMe } from '../session';
import { say } from '../toast';
import type { Settings as Data, SettingValue } from '../types';
import { Section } from '../ui/bits';
import { Shown } from '../ui/states';
import { Title } from '../ui/title';
import { Field } from './settings/field';
import { fromText, groups } from './settings/fields';

function Choice<T extends string>({ label, hint, value, options, choose }: {
  label: string;
  hint?: string;
  value: T;
  options: [T, string][];
  choose: (value: T) => void;
}) {
  const id = useId();
  return (
    <div class="setting">
      <label for={id}>{label}</label>
      <select id={id} class="field" value={value} {...(hint && { 'aria-describedby': `${id}-hint` })}
        onChange={(e) => choose(e.currentTarget.value as T)}>
        {options.map(([v, name]) => <option key={v} value={v}>{name}</option>)}
      </select>
      {hint && <p id={`${id}-hint`} class="small quiet">{hint}</p>}
    </div>
  );
}

function Device() {
  const t = tr().settings;
  return (
    <Section title={t.device}>
      <div class="settings-grid">
        <Choice label={t.language} value={languageChoice.value} choose={(v) => { languageChoice.value = v; }}
          options={[['account', t.languageAccount], ['en', 'English'], ['es', 'Español']]} />
        <Choice label={t.theme} value={theme.value} choose={(v) => { theme.value = v; }}
          options={[['system', t.themes.system], ['light', t.themes.light], ['dark', t.themes.dark]]} />
        <Choice label={t.density} value={density.value} choose={(v) => { density.value = v; }}
          options={[['roomy', t.densities.roomy], ['compact', t.densities.compact]]} />
        <Choice label={t.letters} hint={t.lettersHint} value={letters.value} choose={(v) => { letters.value = v; }}
          options={[['on', t.on], ['off', t.off]]} />
      </div>
    </Section>
  );
}

/** The team's own settings go by the id of nobody. */
const TEAM = '00000000-0000-0000-0000-000000000000';

type Drafts = Record<string, string | null>;

/** What is to be sent, or which fields do not read. */
function gather(data: Data, drafts: Drafts): { values: Record<string, SettingValue>; errors: Record<string, string> } {
  const values: Record<string, SettingValue> = {};
  const errors: Record<string, string> = {};
  for (const row of data.schema) {
    const draft = drafts[row.name];
    if (draft === undefined) continue;
    try {
      values[row.name] = draft === null ? null : (fromText(row, draft) ?? null);
    } catch (e) {
      errors[row.name] = (e as Error).message;
    }
  }
  return { values, errors };
}

/** "/settings/auto_threshold.call_task" names a field; "~1" and "~0" as in JSON pointers. */
function fieldOf(failure: Failure): string {
  const where = failure.kind === 'problem' ? failure.where : '';
  return where.startsWith('/settings/') ? where.slice('/settings/'.length).replaceAll('~1', '/').replaceAll('~0', '~') : '';
}

function Rules({ data, id }: { data: Data; id: string }) {
  const t = tr().settings;
  const [drafts, setDrafts] = useState<Drafts>({});
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [line, setLine] = useState('');
  const [busy, setBusy] = useState(false);
  const changed = Object.keys(drafts).length;
  const edit = (name: string, draft: string | null) => {
    setDrafts({ ...drafts, [name]: draft });
    setErrors({ ...errors, [name]: '' });
  };
  const refused = (failure: Failure) => {
    const text = failureText(failure);
    const name = fieldOf(failure);
    setErrors(name ? { [name]: text.detail || text.title } : {});
    setLine(name ? t.failed : failure.kind === 'problem' && [409, 412].includes(failure.status) ? t.conflict : `${text.title}. ${text.detail}`);
    if (failure.kind === 'problem' && [409, 412].includes(failure.status)) void refresh(at.settings(id));
  };
  const save = async (e: Event) => {
    e.preventDefault();
    const { values, errors: bad } = gather(data, drafts);
    setErrors(bad);
    setLine(Object.keys(bad).length > 0 ? t.failed : '');
    if (Object.keys(bad).length > 0 || changed === 0) return;
    setBusy(true);
    try {
      const answer = await change<Data | undefined>('PUT', at.settings(id), { settings: values });
      if (answer?.schema) resource<Data>(at.settings(id)).value = { data: answer, at: Date.now(), state: 'fresh', failure: undefined };
      await refresh(at.settings(id));
      setDrafts({});
      say(t.saved);
      void reloadMe();
    } catch (error) {
      refused(failureOf(error));
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(e) => void save(e)} noValidate>
      {groups(data.schema).map(([group, rows]) => (
        <Section key={group} title={t.groups[group] ?? group}>
          <div class="settings-grid">
            {rows.map((row) => (
              <Field key={row.name} locked={row.scope === 'tenant' && id !== TEAM} change={(draft) => edit(row.name, draft)}
                f={{ row, own: data.settings[row.name], inherited: data.inherited[row.name], draft: drafts[row.name], error: errors[row.name] ?? '' }} />
            ))}
          </div>
        </Section>
      ))}
      <div class={`save-bar ${changed > 0 ? 'save-bar-on' : ''}`}>
        <p role="status">{line || (changed > 0 && t.unsaved(changed))}</p>
        {changed > 0 && (
          <div class="buttons">
            <button type="submit" class="button button-main" disabled={busy}>{t.save}</button>
            <button type="button" class="button" onClick={() => { setDrafts({}); setErrors({}); setLine(''); }}>{t.discard}</button>
          </div>
        )}
      </div>
    </form>
  );
}

/** An agent's settings, or, for administrators, what holds for the whole team. */
function Whose({ id, choose }: { id: string; choose: (id: string) => void }) {
  const t = tr().settings;
  const field = useId();
  const options = [...(me.value?.agents ?? []), ...(isAdmin.value ? [{ id: TEAM, name: t.team }] : [])];
  if (options.length < 2) return null;
  return (
    <div class="picker">
      <label class="small quiet" for={field}>{t.whose}</label>
      <select id={field} class="field" value={id} onChange={(e) => choose(e.currentTarget.value)}>
        {options.map((o) => <option key={o.id} value={o.id}>{o.name}</option>)}
      </select>
    </div>
  );
}

export function Settings() {
  const t = tr();
  const [team, setTeam] = useState(false);
  const id = team ? TEAM : (agent.value ?? (isAdmin.value ? TEAM : null));
  const path = id && at.settings(id);
  const it = useResource<Data>(path);
  const choose = (to: string) => {
    setTeam(to === TEAM);
    if (to !== TEAM) chooseAgent(to);
  };
  return (
    <div class="page settings">
      <header class="page-head"><Title text={t.settings.title} /></header>
      <Device />
      <div class="rules">
        <h2 class="rules-title">{t.settings.rules(id === TEAM ? t.settings.team.toLowerCase() : agentName.value)}</h2>
        <Whose id={id ?? ''} choose={choose} />
        <Shown of={it} path={path} rows={6}>{(d) => <Rules key={id} data={d} id={id ?? ''} />}</Shown>
      </div>
    </div>
  );
}
