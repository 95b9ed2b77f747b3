// The door: e-mail and password. A one-time code in the address was tried before this page is shown.
import { useEffect, useRef, useState } from 'preact/hooks';
import { failureOf } from '../api';
import { failureText } from '../failures';
import { tr } from '../i18n';
import { go, place } from '../router';
import { signIn, startFailure } from '../session';
import { Mark } from '../ui/icons';

export function SignIn() {
  const t = tr();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = `${t.signIn.title} · Leadlight`;
  }, [t]);
  const submit = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    setWrong('');
    try {
      await signIn(email.trim(), password);
      if (place.peek().page === 'sign_in') go('/', true);
    } catch (error) {
      const f = failureOf(error);
      const text = failureText(f);
      setWrong(f.kind === 'problem' && f.status === 401 ? t.signIn.wrong : `${text.title}. ${text.detail}`);
      field.current?.focus();
    }
    setBusy(false);
  };
  return (
    <main class="door" id="main">
      <form class="door-form" onSubmit={(e) => void submit(e)}>
        <p class="brand"><Mark /> Leadlight</p>
        <h1>{t.signIn.title}</h1>
        {startFailure.value && <p class="warn" role="alert">{t.signIn.code}</p>}
        <label for="email">{t.signIn.email}</label>
        <input id="email" class="field" type="email" autocomplete="username" required value={email}
          aria-invalid={wrong ? 'true' : undefined} aria-describedby={wrong ? 'wrong' : undefined}
          onInput={(e) => setEmail(e.currentTarget.value)} />
        <label for="password">{t.signIn.password}</label>
        <input id="password" ref={field} class="field" type="password" autocomplete="current-password" required value={password}
          aria-invalid={wrong ? 'true' : undefined} aria-describedby={wrong ? 'wrong' : undefined}
          onInput={(e) => setPassword(e.currentTarget.value)} />
        <p id="wrong" class="warn" role="alert">{wrong}</p>
        <button type="submit" class="button button-main" disabled={busy}>{t.signIn.go}</button>
      </form>
    </main>
  );
}
