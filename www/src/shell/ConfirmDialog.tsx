import type { ReactNode } from 'react';
import { Button, Dialog } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { useAction } from '../state/useAction';

interface Properties {
  title: string;
  /** What the button that does it says. */
  confirm: string;
  /** What the button that leaves everything as it is says. */
  keep: string;
  danger?: boolean;
  onClose: () => void;
  onConfirm: () => Promise<void>;
  children: ReactNode;
}

/** Asks before something that cannot simply be undone, in words that say what will and will not happen. */
export function ConfirmDialog({ title, confirm, keep, danger, onClose, onConfirm, children }: Properties) {
  const { act, busy, error } = useAction(onConfirm);
  return (
    <Dialog
      title={title}
      onClose={busy ? undefined : onClose}
      actions={
        <>
          <Button onClick={onClose} disabled={busy}>
            {keep}
          </Button>
          <Button look={danger ? 'danger' : 'primary'} busy={busy} onClick={act}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
      {error !== undefined && <ErrorNotice error={error} />}
    </Dialog>
  );
}
