import { useState } from 'react';
import { Link, navigate, nextPath, withNext } from '../state/router';
import { useSession } from '../state/session';
import { Centred } from '../shell/Centred';
import { Promises } from './Promises';
import { SignInForm } from './SignInForm';

export function SignIn() {
  const { enter } = useSession();
  const [recovering, setRecovering] = useState(false);
  const next = nextPath();
  return (
    <Centred
      title={recovering ? 'Recovery needed' : 'Sign in'}
      lead={recovering ? undefined : next.startsWith('/invitation') ? 'Sign in to see the invitation.' : next.startsWith('/share#') ? 'Sign in to share with your clinic.' : 'Your glucose record, shared with the people you choose and nobody else.'}
      footer={
        !recovering && (
          <>
            <p style={{ textAlign: 'center' }}>
              New here? <Link href={withNext('/signup', next)}>Create an account</Link>
            </p>
            <Promises />
          </>
        )
      }
    >
      <SignInForm
        onRecovery={setRecovering}
        onSession={(opened) => {
          enter(opened);
          // Whoever has a new code here has begun anew, and goes on with getting her record back.
          navigate(recovering && opened.unconfirmedCode ? '/recover' : next, { replace: true });
        }}
      />
    </Centred>
  );
}
