import { Button, Dialog } from '../design';
import { navigate } from '../state/router';
import { useSession } from '../state/session';
import { SignInForm } from './SignInForm';

/** Over whatever one was doing: sign in again, and it goes on. */
export function SessionExpired() {
  const { state, expired, enter, leave } = useSession();
  if (!expired || state.status !== 'signed-in') {
    return null;
  }
  return (
    <Dialog title="Please sign in again">
      <p>Your session has ended. What you were doing goes on as soon as you are signed in.</p>
      <SignInForm email={state.session.user.email} onSession={enter} />
      <Button
        look="quiet"
        onClick={() => {
          void leave().catch(() => undefined);
          navigate('/signin');
        }}
      >
        Stop and sign out
      </Button>
    </Dialog>
  );
}
