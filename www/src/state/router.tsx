import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from 'react';

/** The address bar as state. The page has a dozen addresses, which needs no library. */
const listeners = new Set<() => void>();

window.addEventListener('popstate', () => listeners.forEach((listener) => listener()));

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function navigate(path: string, { replace = false } = {}): void {
  if (replace) {
    history.replaceState(null, '', path);
  } else {
    history.pushState(null, '', path);
    scrollTo(0, 0);
  }
  listeners.forEach((listener) => listener());
}

/** The current path, without query and fragment. */
export const usePath = (): string => useSyncExternalStore(subscribe, () => location.pathname);

/** What follows the path: `#` and what the link that was opened has behind it, or nothing. */
export const useFragment = (): string => useSyncExternalStore(subscribe, () => location.hash);

/** Where to go after signing in: a path of this page, or home. */
export function nextPath(): string {
  const next = new URLSearchParams(location.search).get('next');
  return next && /^\/(?![/\\])/.test(next) ? next + location.hash : '/';
}

/**
 * An address that comes back to `path` after signing in. What a link has behind `#` may be a secret: it stays there, where a browser sends
 * it to nobody.
 */
export function withNext(address: string, path: string): string {
  const [, before = path, fragment = ''] = /^([^#]*)(#.*)?$/.exec(path) ?? [];
  return before === '/' ? address : `${address}?next=${encodeURIComponent(before)}${fragment}`;
}

/** The parts of `path` that stand for the `{…}` of `pattern`, or undefined where they do not match. */
export function match(pattern: string, path: string): string[] | undefined {
  const names = pattern.split('/');
  const parts = path.replace(/\/+$/, '').split('/');
  if (names.length !== parts.length) {
    return undefined;
  }
  const found: string[] = [];
  for (const [index, name] of names.entries()) {
    const part = parts[index] ?? '';
    if (name.startsWith('{')) {
      try {
        found.push(decodeURIComponent(part));
      } catch {
        return undefined;
      }
    } else if (name !== part) {
      return undefined;
    }
  }
  return found;
}

/** A link within the page. New tabs and windows work as everywhere. */
export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (!event.defaultPrevented && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      navigate(href);
    }
  };
  return <a {...rest} href={href} onClick={follow} />;
}
