import { Button } from './Button';
import { useToast } from './Toast';

/** Puts a text on the clipboard, and says so. */
export function CopyButton({ text, what, look, small = true }: { text: string; what: string; look?: 'primary' | 'secondary'; small?: boolean }) {
  const toast = useToast();
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => toast(`The ${what} is copied.`),
      () => toast(`This browser does not allow copying. Please select the ${what}.`),
    );
  };
  return (
    <Button small={small} look={look} icon="copy" onClick={copy}>
      Copy {what}
    </Button>
  );
}
