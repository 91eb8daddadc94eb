import { Button, CopyButton, Dialog, QrCode } from '../design';
import './InvitationLink.css';

/** The link that shows each side whose key is the other's. It has a secret, so it goes another way than the mail. */
export function InvitationLink({ link, name }: { link: string; name: string }) {
  return (
    <>
      <p>
        Hand this link to {name} yourself: in person, by a message, by telephone. <strong>Not by our mail</strong>, which anybody who runs this server could read. It works once, and it shows both of you that nobody has put another key between you.
      </p>
      <code className="invitation-link" data-testid="invitation-link">
        {link}
      </code>
      <div className="row">
        <CopyButton text={link} what="link" look="primary" small={false} />
      </div>
      <details>
        <summary>They are beside you: show it as a QR code</summary>
        <QrCode text={link} label={`The link for ${name} as a QR code`} />
      </details>
      <p className="muted small">You find it again in this browser, under “Link”, as long as the invitation is open.</p>
    </>
  );
}

export function LinkDialog({ link, name, onClose }: { link: string; name: string; onClose: () => void }) {
  return (
    <Dialog title={`The link for ${name}`} onClose={onClose} actions={<Button onClick={onClose}>Close</Button>}>
      <InvitationLink link={link} name={name} />
    </Dialog>
  );
}
