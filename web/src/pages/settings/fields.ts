// A setting as text in a field and back: what the schema says of its type, bounds and choices.
import { number, wallTime } from '../../format';
import { tr } from '../../i18n';
import type { SettingRow, SettingValue } from '../../types';

export type Kind = 'switch' | 'whole' | 'number' | 'time' | 'hours' | 'choice' | 'list' | 'text';

export function kindOf(row: SettingRow): Kind {
  switch (row.type.toLowerCase()) {
    case 'bool': case 'boolean': return 'switch';
    case 'int': case 'integer': return 'whole';
    case 'real': case 'number': case 'float': return 'number';
    case 'clock': case 'time': return 'time';
    case 'hours': return 'hours';
    case 'choice': case 'enum': return 'choice';
    case 'list': case 'array': return 'list';
    default: return 'text';
  }
}

/** The choices stand in `values`, or in the unit column as "a|b". */
export const choices = (row: SettingRow): string[] => row.values ?? (row.unit ?? '').split('|').filter(Boolean);

export function toText(value: SettingValue | undefined): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(toText).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const bounded = (row: SettingRow) => typeof row.min === 'number' && typeof row.max === 'number' && row.max > row.min;

/** The value of a field's text; undefined when there is none. Throws what to say at the field. */
export function fromText(row: SettingRow, text: string): SettingValue | undefined {
  const t = tr().settings;
  const kind = kindOf(row);
  if (kind === 'switch') return text === 'true';
  const clean = text.trim();
  if (clean === '') return undefined;
  if (kind === 'list') return clean.split(',').map((part) => part.trim()).filter(Boolean);
  if (kind !== 'whole' && kind !== 'number') return clean;
  const n = Number(clean.replace(',', '.'));
  if (!Number.isFinite(n)) throw new Error(t.badNumber);
  if (kind === 'whole' && !Number.isInteger(n)) throw new Error(t.badWhole);
  if (bounded(row) && (n < row.min! || n > row.max!)) throw new Error(t.badRange(number(row.min!, 3), number(row.max!, 3)));
  return n;
}

/** A value as one reads it in a sentence. */
export function sayValue(row: SettingRow, value: SettingValue | undefined): string {
  const t = tr().settings;
  if (value === null || value === undefined || value === '') return t.none;
  if (typeof value === 'boolean') return value ? t.on : t.off;
  if (typeof value === 'number') return number(value, 3);
  const text = toText(value);
  if (/^\d\d:\d\d$/.test(text)) return wallTime(text);
  const [from, to] = text.split('-');
  if (kindOf(row) === 'hours' && from && to) return `${wallTime(from)} – ${wallTime(to)}`;
  return kindOf(row) === 'choice' ? (t.choice[text] ?? text) : text;
}

export const unitOf = (row: SettingRow) =>
  row.unit && kindOf(row) !== 'choice' ? (tr().settings.unit[row.unit] ?? row.unit) : '';

export function bounds(row: SettingRow): string {
  const kind = kindOf(row);
  const range = bounded(row) && (kind === 'whole' || kind === 'number')
    ? tr().settings.bounds(number(row.min!, 3), number(row.max!, 3)) : '';
  return [range, unitOf(row)].filter(Boolean).join(' ');
}

/** Settings that belong together, by the first part of their name. */
export function groups(schema: SettingRow[]): [string, SettingRow[]][] {
  const out = new Map<string, SettingRow[]>();
  for (const row of schema) {
    const first = row.name.includes('.') ? row.name.split('.')[0]! : '';
    const name = /^(auto|approve)_threshold/.test(row.name) || row.name === 'push_confidence' ? 'decide'
      : ['alert_threshold', 'intent_from', 'weight'].includes(first) ? first : 'day';
    out.set(name, [...(out.get(name) ?? []), row]);
  }
  return [...out];
}
