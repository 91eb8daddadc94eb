import { Tabs } from '../design';
import { Link, usePath } from '../state/router';
import { useUser } from '../state/session';

const TABS = [
  ['/share', 'My record'],
  ['/shared', 'Shared with me'],
  ['/share/activity', 'Activity'],
] as const;

/** A patient's two sides of sharing, and what came of it; somebody at a clinic has only one. */
export function SharingTabs() {
  const path = usePath();
  if (useUser().kind !== 'patient') {
    return null;
  }
  return (
    <Tabs label="Sharing">
      {TABS.map(([href, text]) => (
        <Link key={href} href={href} aria-current={path === href ? 'page' : undefined}>
          {text}
        </Link>
      ))}
    </Tabs>
  );
}
