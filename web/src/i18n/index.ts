// The words of the page. English is the shape; Spanish must have every key, or it does not compile.
import { language } from '../prefs';
import { en } from './en';
import { es } from './es';

export type Words = typeof en;

const words: Record<'en' | 'es', Words> = { en, es };

/** The dictionary of the reader's language. Read inside a component it follows a change of language. */
export const tr = (): Words => words[language.value];
