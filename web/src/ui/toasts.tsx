// What just happened, at the foot of the page, with Undo where there is a way back.
import { tr } from '../i18n';
import { drop, linger, toasts, undo } from '../toast';

export function Toasts() {
  const t = tr();
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((it) => (
        <div key={it.id} class={`toast ${it.tone === 'bad' ? 'toast-bad' : ''}`}
          onPointerEnter={() => linger(it.id)} onPointerMove={() => linger(it.id)} onFocusIn={() => linger(it.id)}>
          <span>{it.text}</span>
          {it.undo
            ? <button type="button" class="button button-toast" onClick={() => undo(it)}>{t.undo}</button>
            : <button type="button" class="button button-toast" onClick={() => drop(it.id)}>{t.close}</button>}
        </div>
      ))}
    </div>
  );
}
