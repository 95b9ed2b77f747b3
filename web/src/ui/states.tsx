// The four things that can stand where content would: it is coming, there is none, it failed, it is old.
import type { ComponentChildren } from 'preact';
import { failureText } from '../failures';
import { when } from '../format';
import { tr } from '../i18n';
import type { Failure } from '../api';
import { reachable, refresh, type Resource } from '../resource';
import { Section } from './bits';

export function Skeleton({ rows = 3 }: { rows?: number }) {
  return (
    <div class="skeleton">
      <p class="unseen">{tr().loading}</p>
      {Array.from({ length: rows }, (_, i) => <div class="bone" key={i} aria-hidden="true" />)}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      {children && <div class="quiet">{children}</div>}
    </div>
  );
}

export function Failed({ failure, retry }: { failure: Failure; retry?: () => void }) {
  const { title, detail } = failureText(failure);
  const id = failure.kind === 'problem' ? failure.requestId : '';
  return (
    <div class="state state-bad">
      <p class="state-title">{title}</p>
      {detail && <p>{detail}</p>}
      {id && <p class="small quiet">{tr().failure.request(id)}</p>}
      {retry && <button type="button" class="button" onClick={retry}>{tr().retry}</button>}
    </div>
  );
}

/** Says that what is shown is this device's memory, and why; nothing while it is the server's word. */
export function Age({ of }: { of: Resource<unknown> }) {
  if (of.state !== 'old' || !of.failure) return null;
  if (!reachable.value) return <p class="small quiet">{tr().asOf(when(new Date(of.at).toISOString()))}</p>;
  return <p class="small quiet">{tr().asOfFailed(when(new Date(of.at).toISOString()), failureText(of.failure).title)}</p>;
}

/** Shows a resource: bones until there is something, the failure when there is nothing, else its content. */
export function Shown<T>({ of, path, rows, title, children }: {
  of: Resource<T>;
  path: string | null;
  rows?: number;
  /** What is missing, said above bones and failures where the content brings its own heading. */
  title?: string;
  children: (data: T) => ComponentChildren;
}) {
  if (of.data !== undefined) return <><Age of={of} />{children(of.data)}</>;
  const instead = of.failure && of.state === 'failed'
    ? <Failed failure={of.failure} {...(path !== null && { retry: () => void refresh(path) })} />
    : <Skeleton {...(rows !== undefined && { rows })} />;
  return title ? <Section title={title}>{instead}</Section> : instead;
}
