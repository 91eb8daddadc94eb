import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { start, TidelockError, type Opened, type Session } from '../api';
import { hasCode } from '../errors/describe';
import { listen } from './live';

type State = { status: 'starting' } | { status: 'broken'; error: unknown } | { status: 'signed-out' } | ({ status: 'signed-in' } & Opened);

interface SessionContextValue {
  state: State;
  /** True while the platform has refused the session and the same person must sign in again. */
  expired: boolean;
  /** Makes a session the current one; work that waited for it goes on. */
  enter: (opened: Opened) => void;
  /** The owner has shown that she has her recovery code. */
  confirm: (typed: string) => Promise<void>;
  leave: () => Promise<void>;
}

const SessionContext = createContext<SessionContextValue | undefined>(undefined);

/** A piece of work that met the end of its session and waits for the next one. */
interface Waiting {
  goOn: (session: Session) => void;
  giveUp: (error: unknown) => void;
}

/** How often a session is renewed while the page is open, so that it does not end under somebody's hands. */
const REFRESH_MILLISECONDS = 10 * 60_000;

let current: Session | undefined;
let waiting: Waiting[] = [];
let onExpired: () => void = () => undefined;
const leaving = new Set<() => void>();

/** Calls `listener` when somebody signs out or another person signs in: whatever is kept for the person must go. */
export function whenLeaving(listener: () => void): void {
  leaving.add(listener);
}

/**
 * Does `work` with the current session. Where the session turns out to have expired, the page asks the person to sign in again and then
 * repeats the work, so that nobody loses what she was doing. Work must therefore be safe to repeat.
 */
export async function run<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const session = current;
  if (!session) {
    throw new TidelockError('not_authenticated', 'not signed in');
  }
  try {
    return await work(session);
  } catch (error) {
    if (!hasCode(error, 'not_authenticated')) {
      throw error;
    }
    const next = current !== undefined && current !== session ? current : await signedInAgain();
    return work(next);
  }
}

function signedInAgain(): Promise<Session> {
  onExpired();
  return new Promise((goOn, giveUp) => waiting.push({ goOn, giveUp }));
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<State>({ status: 'starting' });
  const [expired, setExpired] = useState(false);
  const started = useRef(false);

  useEffect(() => {
    onExpired = () => setExpired(true);
    if (started.current) {
      return;
    }
    started.current = true;
    start().then(
      (opened) => {
        current = opened?.session;
        setState(opened ? { status: 'signed-in', ...opened } : { status: 'signed-out' });
      },
      (error: unknown) => setState({ status: 'broken', error }),
    );
  }, []);

  useEffect(() => {
    const timer = setInterval(() => {
      // What fails here is found out, and said, by the next thing that the person does.
      current?.refresh().catch(() => undefined);
    }, REFRESH_MILLISECONDS);
    return () => clearInterval(timer);
  }, []);

  const listening = state.status === 'signed-in' ? state.session : undefined;
  useEffect(() => {
    if (!listening) {
      return;
    }
    let controller = new AbortController();
    const begin = () => {
      controller = new AbortController();
      void listen(listening, controller.signal);
    };
    // A page that a browser keeps for going back would keep its connection, too, of which there are few for each server.
    const end = () => controller.abort();
    const goOn = (event: PageTransitionEvent) => {
      if (event.persisted) {
        begin();
      }
    };
    begin();
    addEventListener('pagehide', end);
    addEventListener('pageshow', goOn);
    return () => {
      end();
      removeEventListener('pagehide', end);
      removeEventListener('pageshow', goOn);
    };
  }, [listening]);

  const enter = useCallback((opened: Opened) => {
    const { session } = opened;
    const sameUser = current === undefined || current.user.id === session.user.id;
    current = session;
    setExpired(false);
    setState({ status: 'signed-in', ...opened });
    const queue = waiting;
    waiting = [];
    if (!sameUser) {
      leaving.forEach((listener) => listener());
    }
    queue.forEach(({ goOn, giveUp }) => (sameUser ? goOn(session) : giveUp(new TidelockError('aborted', 'somebody else has signed in'))));
  }, []);

  const leave = useCallback(async () => {
    const session = current;
    current = undefined;
    leaving.forEach((listener) => listener());
    const queue = waiting;
    waiting = [];
    queue.forEach(({ giveUp }) => giveUp(new TidelockError('aborted', 'signed out')));
    setExpired(false);
    setState({ status: 'signed-out' });
    await session?.signOut();
  }, []);

  const confirm = useCallback(async (typed: string) => {
    const session = await run(async (session) => {
      await session.confirmRecoveryCode(typed);
      return session;
    });
    setState({ status: 'signed-in', session });
  }, []);

  const value = useMemo(() => ({ state, expired, enter, confirm, leave }), [state, expired, enter, confirm, leave]);
  return <SessionContext value={value}>{children}</SessionContext>;
}

export function useSession(): SessionContextValue {
  const value = useContext(SessionContext);
  if (!value) {
    throw new Error('useSession outside of SessionProvider');
  }
  return value;
}

/** Who is signed in; for screens that are only shown to somebody who is. */
export function useUser(): Session['user'] {
  const { state } = useSession();
  if (state.status !== 'signed-in') {
    throw new Error('nobody is signed in');
  }
  return state.session.user;
}
