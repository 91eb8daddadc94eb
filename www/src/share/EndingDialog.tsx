import type { Access } from '../api';
import { remember, useContacts } from '../people/contacts';
import { ConfirmDialog } from '../shell/ConfirmDialog';
import { run } from '../state/session';
import { idOf, isOpen } from './describeAccess';

/** Asks before access is ended, an invitation is taken back, or what has come to nothing is removed from the list. */
export function EndingDialog({ entry, name, onClose, onEnded }: { entry: Access; name: string; onClose: () => void; onEnded: (text: string) => Promise<void> }) {
  const { names } = useContacts();
  const clinic = entry.kind === 'clinic';
  if (entry.state === 'sharing') {
    return (
      <ConfirmDialog
        title={`End access of ${name}?`}
        confirm="End access"
        keep="Keep sharing"
        danger
        onClose={onClose}
        onConfirm={async () => {
          const id = idOf(entry) ?? '';
          await run((session) => session.sharingApi.revoke(id));
          if (!clinic && !names.has(id)) {
            // The list of what has happened calls her so, too. A name is a help and nothing else.
            await remember(id, name).catch(() => undefined);
          }
          await onEnded(`${name} can no longer read your record.`);
        }}
      >
        <p>{clinic ? 'Its staff' : name} can no longer open your record, and what you add from now on is locked with a new key.</p>
        <p>
          <strong>What they have already read, printed or saved stays with them.</strong> Nothing can take that back.
        </p>
      </ConfirmDialog>
    );
  }
  const open = isOpen(entry);
  const seen = `${clinic ? 'The clinic' : name} has seen nothing of your record.`;
  return (
    <ConfirmDialog
      title={open ? `Cancel the invitation of ${name}?` : `Remove ${name} from the list?`}
      confirm={open ? 'Cancel invitation' : 'Remove'}
      keep="Keep it"
      onClose={onClose}
      onConfirm={async () => {
        await run((session) => session.sharingApi.cancelInvitation(entry.key ?? ''));
        await onEnded(open ? 'The invitation is cancelled.' : 'Removed from the list.');
      }}
    >
      <p>{open ? `It can then no longer be accepted. ${seen}` : `${seen} You can invite ${clinic ? 'it' : 'them'} again at any time.`}</p>
    </ConfirmDialog>
  );
}
