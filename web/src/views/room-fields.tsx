import { LimitedField } from "./limited-field.tsx";

interface RoomFieldProps {
  id: string;
  value: string;
  onInput: (value: string) => void;
}

/** What a room is called. */
export function NameField(props: RoomFieldProps) {
  return (
    <LimitedField
      label="Name"
      hint="Letters, digits, dots, dashes and spaces."
      required
      most={32}
      {...props}
    />
  );
}

/** What a room is about now. */
export function TopicField(props: RoomFieldProps & { label: string; hint?: string }) {
  return <LimitedField most={250} {...props} />;
}
