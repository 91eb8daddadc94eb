import { Button, Icon, Logo } from '../design';
import { useJob } from '../import/job';
import { Link, navigate, usePath } from '../state/router';
import { useSession } from '../state/session';
import { useOnline } from '../state/useOnline';
import './Header.css';

/** The top of every screen: where one is, who one is, and what one should know everywhere. */
export function Header() {
  const { state, leave } = useSession();
  const user = state.status === 'signed-in' ? state.session.user : undefined;
  const ready = state.status === 'signed-in' && !state.unconfirmedCode;
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Offline />
      <header className="header">
        <div className="header-inner">
          <Link href="/" className="brand">
            <Logo />
            Tidelock
          </Link>
          {ready && user && <Links of={LINKS[user.kind]} />}
          {user && (
            <div className="header-user">
              <span className="header-name">{user.fullName}</span>
              <Button
                look="quiet"
                small
                onClick={() => {
                  void leave().catch(() => undefined);
                  navigate('/signin');
                }}
              >
                Sign out
              </Button>
            </div>
          )}
        </div>
      </header>
      <ImportBanner />
    </>
  );
}

/** Where one can go from everywhere. */
const LINKS = {
  patient: [
    ['/', 'My record'],
    ['/records', 'Entries'],
    ['/import', 'Import'],
    ['/share', 'Sharing'],
  ],
  practitioner: [
    ['/', 'Clinic'],
    ['/records', 'Entries'],
    ['/people', 'People'],
    ['/shared', 'Shared'],
  ],
  device: [
    ['/records', 'Entries'],
    ['/people', 'People'],
  ],
} as const;

function Links({ of: links }: { of: (typeof LINKS)[keyof typeof LINKS] }) {
  const path = usePath();
  return (
    <nav className="header-links" aria-label="Main">
      {links.map(([href, text]) => (
        <Link key={href} href={href} aria-current={isAt(href, path) ? 'page' : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  );
}

/** Whether an address belongs to a link: a clinic's own pages to its home, but entries that were shared with it to the entries. */
function isAt(href: string, path: string): boolean {
  if (href === '/') {
    return path === '/' || (path.startsWith('/clinics/') && !path.includes('/records/'));
  }
  return path === href || path.startsWith(`${href}/`) || (href === '/records' && path.includes('/records/')) || (href === '/share' && path.startsWith('/shared'));
}

function Offline() {
  const online = useOnline();
  return (
    <div role="status">
      {!online && (
        <div className="banner">
          <Icon name="alert" /> You are off line. What you see stays; changes have to wait.
        </div>
      )}
    </div>
  );
}

/** An import goes on while one looks at other screens; this leads back to it. */
function ImportBanner() {
  const job = useJob();
  const path = usePath();
  if (path.startsWith('/import') || (job.state !== 'running' && job.state !== 'waiting' && job.state !== 'failed')) {
    return null;
  }
  return (
    <div className="banner">
      {job.state === 'running' ? `Importing ${job.done.toLocaleString()} of ${job.total.toLocaleString()} readings` : 'The import is interrupted.'}
      <Link href="/import">Show</Link>
    </div>
  );
}
