import type { Permissions } from '../api';
import { Checkbox } from '../design';

/** What somebody may do. Seeing the record is what sharing begins with. */
export function PermissionFields({ who, value, onChange }: { who: string; value: Permissions; onChange: (value: Permissions) => void }) {
  return (
    <fieldset className="field stack-tight">
      <legend className="field-label">What may {who} do?</legend>
      <Checkbox title="See my record" explanation="All readings, those you have and those you add. Sharing begins with this." checked disabled readOnly />
      <Checkbox title="Add readings to my record" explanation="For example, upload your device." name="upload" checked={value.upload} onChange={(event) => onChange({ ...value, upload: event.target.checked })} />
      <Checkbox title="Write notes about me" explanation="You can read these notes, too." name="note" checked={value.note} onChange={(event) => onChange({ ...value, note: event.target.checked })} />
    </fieldset>
  );
}
