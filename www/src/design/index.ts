/** The design system: what every screen is made of. */
import './tokens.css';
import './base.css';

export { Button, buttonClass } from './Button';
export { Card, Notice, type Tone } from './Card';
export { CopyButton } from './CopyButton';
export { Dialog } from './Dialog';
export { EmptyState } from './EmptyState';
export { Checkbox, Choices, focusFirstError, PasswordField, Select, TextArea, TextField } from './Field';
export { Icon, Logo, type IconName } from './Icon';
export { Pill } from './Pill';
export { Progress } from './Progress';
export { QrCode } from './QrCode';
export { Segmented } from './Segmented';
export { Tabs } from './Tabs';
export { ToastProvider, useToast } from './Toast';
