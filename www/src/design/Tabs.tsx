import type { ReactNode } from 'react';
import './Tabs.css';

/** Parts of one screen, each with an address of its own: the children are links, of which the present one is marked as current. */
export function Tabs({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav className="tabs" aria-label={label}>
      {children}
    </nav>
  );
}
