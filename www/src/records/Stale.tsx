import { Button, Notice } from '../design';

/** Somebody has changed an entry since it was shown: it is to be seen before anything is done with it. */
export function Stale({ onShow }: { onShow: () => void }) {
  return (
    <Notice
      tone="warning"
      title="It was changed in the meantime."
      actions={
        <Button small icon="refresh" onClick={onShow}>
          Show what it is now
        </Button>
      }
    >
      Look at it first. Nothing was done.
    </Notice>
  );
}
