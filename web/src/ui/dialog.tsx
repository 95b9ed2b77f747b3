// A modal sheet on the browser's own dialog: focus stays in it and returns, Esc closes.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { tr } from '../i18n';

export function Dialog({ title, class: more = '', hideTitle = false, close, children }: {
  title: string;
  class?: string;
  hideTitle?: boolean;
  close: () => void;
  children: ComponentChildren;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement as HTMLElement | null;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={ref} class={`dialog ${more}`} aria-labelledby={id}
      onCancel={(e) => { e.preventDefault(); close(); }}
      onClick={(e) => { if (e.target === ref.current) close(); }}>
      <div class="dialog-body">
        <div class={hideTitle ? 'unseen' : 'dialog-head'}>
          <h2 id={id}>{title}</h2>
          {!hideTitle && <button type="button" class="button button-quiet" onClick={close}>{tr().close}</button>}
        </div>
        {children}
      </div>
    </dialog>
  );
}
