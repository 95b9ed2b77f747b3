// Is it well; if not, what and what to do. For administrators.
import { useState } from 'preact/hooks';
import { change, failureOf } from '../api';
import { failureText } from '../failures';
import { moment, number, seconds, when } from '../format';
import { tr } from '../i18n';
import * as at from '../paths';
import { refresh, useResource } from '../resource';
import { isAdmin } from '../session';
import { say } from '../toast';
import type { DeadLetter, Operations as Ops } from '../types';
import { Section } from '../ui/bits';
import { Empty, Shown } from '../ui/states';
import { Title } from '../ui/title';

function Queue({ title, facts }: { title: string; facts: [string, number, boolean][] }) {
  return (
    <div class="card">
      <h3>{title}</h3>
      <dl class="figures-row">
        {facts.map(([name, n, bad]) => (
          <div key={name}><dt class="small quiet">{name}</dt><dd class={`figure ${bad && n > 0 ? 'warn' : ''}`}>{number(n)}</dd></div>
        ))}
      </dl>
    </div>
  );
}

function Jobs({ ops }: { ops: Ops }) {
  const t = tr().operations;
  return (
    <table class="figures">
      <thead><tr><th scope="col">{t.job}</th><th scope="col">{t.last}</th><th scope="col">{t.next}</th></tr></thead>
      <tbody>
        {ops.jobs.map((j) => (
          <tr key={j.name}>
            <th scope="row">{j.name.replaceAll('_', ' ')}{j.overdue && <b class="warn"> · {t.overdue}</b>}</th>
            <td>{j.last_at ? when(j.last_at) : t.never}</td>
            <td>{j.next_at ? when(j.next_at) : t.never}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Letter({ letter }: { letter: DeadLetter }) {
  const t = tr().operations;
  const [busy, setBusy] = useState(false);
  const replay = async () => {
    setBusy(true);
    try {
      await change('POST', at.replay(letter.id), {}, { key: `replay-${letter.id}-${letter.tries}` });
      say(t.replayed);
    } catch (e) {
      const f = failureText(failureOf(e));
      say(`${f.title}. ${f.detail}`, { tone: 'bad' });
    }
    setBusy(false);
    void refresh(at.deadLetters);
    void refresh(at.operations);
  };
  return (
    <li class="card" data-item tabIndex={-1}>
      <p class="small quiet">{letter.kind === 'inbox' ? t.inbox : t.outbox} · {letter.source} · {moment(letter.at)} · {t.tries(letter.tries)}</p>
      <p>{letter.error}</p>
      <div class="buttons">
        <button type="button" class="button" data-act disabled={busy} onClick={() => void replay()}>
          {t.replay}<span class="unseen">: {letter.source}, {letter.error}</span>
        </button>
      </div>
    </li>
  );
}

function Letters() {
  const t = tr().operations;
  const dead = useResource<{ dead_letters: DeadLetter[] }>(at.deadLetters);
  return (
    <Section title={t.letters}>
      <Shown of={dead} path={at.deadLetters}>
        {(d) => d.dead_letters.length === 0
          ? <p class="quiet">{t.lettersEmpty}</p>
          : <ul class="plain-list stack">{d.dead_letters.map((l) => <Letter key={l.id} letter={l} />)}</ul>}
      </Shown>
    </Section>
  );
}

export function Operations() {
  const t = tr().operations;
  const ops = useResource<Ops>(isAdmin.value ? at.operations : null);
  if (!isAdmin.value) return <div class="page"><Title text={t.title} /><Empty title={t.adminOnly} /></div>;
  return (
    <div class="page">
      <header class="page-head"><Title text={t.title} /></header>
      <Shown of={ops} path={at.operations}>
        {(d) => (
          <>
            <p class={`line ${d.ok ? '' : 'line-bad'}`} role="status"><b>{d.line}</b></p>
            <Section title={t.queues}>
              <div class="pair">
                <Queue title={t.inbox} facts={[[t.waiting, d.inbox.pending, false], [t.dead, d.inbox.dead, true]]} />
                <Queue title={t.outbox} facts={[[t.waiting, d.outbox.pending, false], [t.unknown, d.outbox.unknown, true], [t.dead, d.outbox.dead, true]]} />
              </div>
              {d.inbox.oldest_s !== null && d.inbox.pending > 0 && <p class="small quiet">{t.inbox}: {t.oldest(seconds(d.inbox.oldest_s))}</p>}
            </Section>
            <Section title={t.jobs}><Jobs ops={d} /></Section>
          </>
        )}
      </Shown>
      {(ops.data || ops.failure) && <Letters />}
      {ops.data && <p class="small quiet">{t.about(ops.data.version, moment(ops.data.started_at), ops.data.zone_table)}</p>}
    </div>
  );
}
