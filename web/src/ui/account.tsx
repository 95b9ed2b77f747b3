// Who reads, whose day it is, and the way out.
import { useId } from 'preact/hooks';
import { failureOf } from '../api';
import { tr } from '../i18n';
import { flush } from '../queue';
import { agent, chooseAgent, me, signOut } from '../session';
import { say } from '../toast';

/** Only for those who may see more than one agent's leads. */
export function AgentPicker() {
  const id = useId();
  const agents = me.value?.agents ?? [];
  if (agents.length < 2) return null;
  return (
    <div class="picker">
      <label class="small quiet" for={id}>{tr().whose}</label>
      <select id={id} class="field" value={agent.value ?? ''} onChange={(e) => chooseAgent(e.currentTarget.value)}>
        {agents.map((a) => <option key={a.id} value={a.id}>{a.name}</option>)}
      </select>
    </div>
  );
}

export function SignOut() {
  const t = tr().more;
  const leave = () => flush().then(signOut).catch((e: unknown) => {
    if (failureOf(e).kind === 'offline') say(t.signOutOffline, { tone: 'bad' });
  });
  return <button type="button" class="button" onClick={() => void leave()}>{t.signOut}</button>;
}
