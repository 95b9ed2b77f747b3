// One setting: its field, where its value comes from, and what was wrong with it.
import { useId } from 'preact/hooks';
import { tr } from '../../i18n';
import { language } from '../../prefs';
import type { SettingRow, SettingValue } from '../../types';
import { bounds, choices, kindOf, sayValue, toText, unitOf } from './fields';

export interface FieldState {
  row: SettingRow;
  /** Set for this agent itself; undefined: inherited. */
  own: SettingValue | undefined;
  inherited: SettingValue | undefined;
  /** What the reader typed; undefined: nothing; null: wants the inherited value back. */
  draft: string | null | undefined;
  error: string;
}

function Input({ f, id, about, change }: { f: FieldState; id: string; about: string; change: (text: string) => void }) {
  const t = tr().settings;
  const { row, draft } = f;
  const kind = kindOf(row);
  const without = f.inherited !== undefined ? f.inherited : row.default;
  const text = draft === null ? toText(without) : (draft ?? toText(f.own !== undefined ? f.own : without));
  const common = { id, 'aria-describedby': about, ...(f.error && { 'aria-invalid': 'true' as const }) };
  if (kind === 'switch' || kind === 'choice') {
    const options: [string, string][] = kind === 'switch' ? [['true', t.on], ['false', t.off]] : choices(row).map((c) => [c, t.choice[c] ?? c]);
    return (
      <select {...common} class="field" value={text} onChange={(e) => change(e.currentTarget.value)}>
        {options.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
      </select>
    );
  }
  const onInput = (e: { currentTarget: HTMLInputElement }) => change(e.currentTarget.value);
  if (kind === 'time') return <input {...common} class="field" type="time" value={text} onInput={onInput} />;
  return (
    <input {...common} class="field" type="text" autocomplete="off" value={text} onInput={onInput}
      {...((kind === 'whole' || kind === 'number') && { inputMode: kind === 'whole' ? 'numeric' as const : 'decimal' as const })}
      {...(kind === 'hours' && { placeholder: '21:00-07:00' })} />
  );
}

/** What only the team sets, read by an agent. */
function Locked({ f, label }: { f: FieldState; label: string }) {
  const t = tr().settings;
  const value = sayValue(f.row, f.inherited !== undefined ? f.inherited : f.row.default);
  return (
    <div class="setting">
      <span class="setting-name">{label}</span>
      <span>{value} {unitOf(f.row)}</span>
      <p class="small quiet">{t.teamOnly}</p>
    </div>
  );
}

export function Field({ f, locked, change }: { f: FieldState; locked: boolean; change: (draft: string | null) => void }) {
  const t = tr().settings;
  const id = useId();
  const { row } = f;
  const otherwise = sayValue(row, f.inherited !== undefined ? f.inherited : row.default);
  const isOwn = f.own !== undefined && f.draft !== null;
  const from = isOwn || (f.draft !== undefined && f.draft !== null) ? t.own(otherwise)
    : f.inherited !== undefined && toText(f.inherited) !== toText(row.default) ? t.inherited(otherwise) : t.standard(otherwise);
  const limits = bounds(row);
  const es = language.value === 'es';
  const label = es ? row.label_es : row.label_en;
  if (locked) return <Locked f={f} label={label} />;
  return (
    <div class={`setting ${f.draft !== undefined ? 'setting-changed' : ''}`}>
      <label for={id}>{label}</label>
      <div class="setting-input">
        <Input f={f} id={id} about={`${id}-from ${id}-error`} change={change} />
        {limits && <span class="small quiet">{limits}</span>}
      </div>
      <p id={`${id}-from`} class="small quiet">
        {!es && row.what && <>{row.what}<br /></>}
        {from}
      </p>
      {isOwn && f.draft === undefined && (
        <button type="button" class="button button-quiet" onClick={() => change(null)}>
          {t.reset}<span class="unseen">: {label}</span>
        </button>
      )}
      <p id={`${id}-error`} class="warn small" role="alert">{f.error}</p>
    </div>
  );
}
