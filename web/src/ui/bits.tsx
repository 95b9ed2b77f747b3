// Small parts that several pages share.
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { ago, moment, number } from '../format';
import { tr } from '../i18n';
import type { Intent } from '../types';

export function When({ at, now }: { at: string; now?: number }) {
  return <time dateTime={at} title={moment(at)}>{ago(at, now)}</time>;
}

/** Intent as a word with the likelihood beside it: colour only repeats what the word says. */
export function IntentMark({ intent, likelihood }: { intent: Intent; likelihood?: number }) {
  const t = tr();
  return (
    <span class={`intent intent-${intent}`}>
      {t.intent[intent]}
      {likelihood !== undefined && (
        <>
          <span aria-hidden="true"> · {number(likelihood)}</span>
          <span class="unseen">, {t.likelihood(number(likelihood))}</span>
        </>
      )}
    </span>
  );
}

export function confidenceName(c: number): string {
  const t = tr().confidence;
  return c < 0.3 ? t.little : c < 0.6 ? t.unsure : c < 0.85 ? t.fair : t.sure;
}

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
export const confidenceText = (c: number) => tr().confidence.named(confidenceName(c), number(c * 100));
export const channelName = (channel: string) => tr().channel[channel] ?? channel.replaceAll('_', ' ');

export function Section({ title, count, children, class: more = '', id: anchor, aside }: {
  title: string;
  /** For links to it. */
  id?: string;
  count?: number;
  children: ComponentChildren;
  class?: string;
  aside?: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class={`section ${more}`} {...(anchor && { id: anchor, tabIndex: -1 })} aria-labelledby={id}>
      <div class="section-head">
        <h2 id={id}>{title}{!!count && <span class="count"> {number(count)}</span>}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** The first `n` of a list; the rest on demand. */
export function Folded<T>({ items, n, children }: { items: T[]; n: number; children: (item: T, i: number) => ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const more = items.length - n;
  return (
    <>
      <ul class="plain-list">{(open ? items : items.slice(0, n)).map(children)}</ul>
      {more > 0 && (
        <button type="button" class="button button-quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? tr().fold : tr().show(more)}
        </button>
      )}
    </>
  );
}
