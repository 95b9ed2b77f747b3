// What went wrong, in the reader's words: what happened, what is safe, what to do.
import type { Failure } from './api';
import { tr } from './i18n';

export function failureText(f: Failure): { title: string; detail: string } {
  const t = tr().failure;
  if (f.kind === 'offline') return { title: t.offline, detail: t.offlineDo };
  if (f.kind === 'signed_out') return { title: t.signedOut, detail: t.signedOutDo };
  if (f.status === 403) return { title: t.forbidden, detail: f.detail };
  if (f.status === 404) return { title: t.notFound, detail: f.detail };
  if (f.status === 409) return { title: t.conflict, detail: f.detail };
  if (f.status === 429) return { title: t.tooMany, detail: f.detail || t.tooManyDo };
  if (f.status >= 500 || f.status === 0) return { title: t.server, detail: t.serverDo };
  return { title: f.title, detail: f.detail };
}
