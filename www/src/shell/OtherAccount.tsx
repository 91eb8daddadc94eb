import { Button, Card, EmptyState, type IconName } from '../design';
import { navigate, withNext } from '../state/router';
import { useSession } from '../state/session';
import { Screen } from './Screen';

/** Says that an address is for another account, and leads to it after signing in there. */
export function OtherAccount({ screen, icon, title, children }: { screen: string; icon: IconName; title: string; children: string }) {
  const { leave } = useSession();
  const change = () => {
    const here = location.pathname + location.hash;
    void leave().catch(() => undefined);
    navigate(withNext('/signin', here));
  };
  return (
    <Screen title={screen} narrow>
      <Card>
        <EmptyState
          icon={icon}
          title={title}
          actions={
            <Button look="primary" onClick={change}>
              Sign in with another account
            </Button>
          }
        >
          {children}
        </EmptyState>
      </Card>
    </Screen>
  );
}
