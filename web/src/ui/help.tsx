// The sheet of keys.
import { tr } from '../i18n';
import { sheet } from '../keys';
import { Dialog } from './dialog';

export function Help() {
  const t = tr().help;
  return (
    <Dialog title={t.title} close={() => { sheet.value = 'none'; }}>
      <dl class="keys">
        {t.rows.map(([key, what]) => (
          <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>
        ))}
      </dl>
    </Dialog>
  );
}
