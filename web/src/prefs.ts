// What this device's reader chose for this device: language, light or dark, density.
import { computed, effect, signal } from '@preact/signals';
import { me } from './session';

export type Language = 'en' | 'es';
export type Theme = 'system' | 'light' | 'dark';
export type Density = 'roomy' | 'compact';

function stored<T extends string>(name: string, allowed: readonly T[], otherwise: T) {
  const key = `leadlight.pref.${name}`;
  const found = localStorage.getItem(key) as T | null;
  const it = signal<T>(found && allowed.includes(found) ? found : otherwise);
  effect(() => {
    if (it.value === otherwise) localStorage.removeItem(key);
    else localStorage.setItem(key, it.value);
  });
  return it;
}

export const languageChoice = stored<Language | 'account'>('language', ['account', 'en', 'es'], 'account');
export const theme = stored<Theme>('theme', ['system', 'light', 'dark'], 'system');
/** Single-letter keys can be switched off: voice control types letters. */
export const letters = stored<'on' | 'off'>('letters', ['on', 'off'], 'on');
export const density = stored<Density>('density', ['roomy', 'compact'], 'roomy');

/** The device's choice, else the account's, else the browser's. */
export const language = computed<Language>(() => {
  if (languageChoice.value !== 'account') return languageChoice.value;
  if (me.value) return me.value.language === 'es' ? 'es' : 'en';
  return navigator.language.toLowerCase().startsWith('es') ? 'es' : 'en';
});

effect(() => {
  const root = document.documentElement;
  root.lang = language.value;
  root.dataset['theme'] = theme.value;
  root.dataset['density'] = density.value;
});
