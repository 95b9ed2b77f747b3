// The frame around the pages: navigation, what is waiting for the connection, messages, sheets.
import { useEffect } from 'preact/hooks';
import { spoken } from './announce';
import { tr } from './i18n';
import { onKey, sheet } from './keys';
import { connect, disconnect } from './live';
import { LeadPage } from './pages/lead';
import { LeadsList } from './pages/leads';
import { More, NotFound } from './pages/more';
import { Operations } from './pages/operations';
import { Settings } from './pages/settings';
import { SignIn } from './pages/sign-in';
import { Today } from './pages/today';
import { cancel, sendWaiting, waitingJobs } from './queue';
import { followLinks, go, place } from './router';
import { reachable, refreshShown } from './resource';
import { agent, me, phase, start, startFailure } from './session';
import { Guard } from './ui/guard';
import { Help } from './ui/help';
import { Nav, TopBar } from './ui/nav';
import { Palette } from './ui/palette';
import { Empty, Failed, Skeleton } from './ui/states';
import { Toasts } from './ui/toasts';

function Waiting() {
  const t = tr();
  const list = waitingJobs.value;
  return (
    <>
      {!reachable.value && <p class="banner" role="status">{t.offlineBanner}</p>}
      {list.length > 0 && (
        <details class="banner">
          <summary>{t.queue.title(list.length)}</summary>
          <ul class="plain-list">
            {list.map((job) => (
              <li key={job.key} class="line-row">
                <span>{job.label}</span>
                <button type="button" class="button" onClick={() => cancel(job.key)}>{t.queue.takeBack}</button>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Leads({ id }: { id: string }) {
  const t = tr().leads;
  return (
    <div class={`two-pane ${id ? 'has-detail' : ''}`}>
      <LeadsList chosen={id} />
      <div class="detail-pane">
        {id ? <LeadPage key={id} id={id} /> : <Empty title={t.pick}>{t.pickDo}</Empty>}
      </div>
    </div>
  );
}

function PageOf() {
  const { page, id } = place.value;
  switch (page) {
    case 'today': return <Today />;
    case 'leads': case 'lead': return <Leads id={id} />;
    case 'settings': return <Settings />;
    case 'operations': return <Operations />;
    case 'more': return <More />;
    case 'sign_in': return null;
    case 'not_found': return <NotFound />;
  }
}

function Inside() {
  const t = tr();
  const who = agent.value;
  const { page } = place.value;
  useEffect(() => {
    if (who) connect(who);
    return disconnect;
  }, [who]);
  useEffect(() => {
    if (page === 'sign_in') go('/', true);
  }, [page]);
  useEffect(() => {
    document.querySelector('.main')?.scrollTo(0, 0);
  }, [page]);
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById('main')?.focus(); }}>{t.skip}</a>
      <Nav />
      <div class="body">
        <header>
          <TopBar />
          <Waiting />
        </header>
        <main class="main" id="main" tabIndex={-1} key={page === 'lead' ? 'leads' : page}><Guard><PageOf /></Guard></main>
      </div>
    </div>
  );
}

function Content() {
  switch (phase.value) {
    case 'in': return <Inside />;
    case 'out': return <SignIn />;
    case 'starting': return <main class="door"><Skeleton rows={4} /></main>;
    case 'unreachable':
      return (
        <main class="door">
          <h1 class="unseen">Leadlight</h1>
          {startFailure.value && <Failed failure={startFailure.value} retry={() => void start()} />}
        </main>
      );
  }
}

export function App() {
  useEffect(() => {
    const back = () => {
      sendWaiting();
      if (me.peek()) refreshShown();
    };
    const seen = () => { if (document.visibilityState === 'visible' && me.peek()) refreshShown(); };
    document.addEventListener('keydown', onKey);
    document.addEventListener('click', followLinks);
    document.addEventListener('visibilitychange', seen);
    addEventListener('online', back);
    return () => {
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('click', followLinks);
      document.removeEventListener('visibilitychange', seen);
      removeEventListener('online', back);
    };
  }, []);
  return (
    <>
      <Content />
      <Toasts />
      <div class="unseen" role="status" aria-live="polite" data-announcer>{spoken.value}</div>
      {phase.value === 'in' && sheet.value === 'help' && <Help />}
      {phase.value === 'in' && sheet.value === 'palette' && <Palette />}
    </>
  );
}
