import type { ComponentChildren } from "preact";

export function icon(children: ComponentChildren) {
  return () => (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      {children}
    </svg>
  );
}

export const HashIcon = icon(<path d="M9 4 7 20M17 4l-2 16M4 9h16M4 15h16" />);
export const LockIcon = icon(
  <>
    <rect x="5" y="11" width="14" height="9" rx="2" />
    <path d="M8 11V8a4 4 0 0 1 8 0v3" />
  </>,
);
export const HomeIcon = icon(<path d="M4 11 12 4l8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z" />);
export const BackIcon = icon(<path d="M15 5l-7 7 7 7" />);
export const CloseIcon = icon(<path d="M6 6l12 12M18 6 6 18" />);
export const SendIcon = icon(<path d="M12 19V6M6 12l6-6 6 6" />);
export const FormatIcon = icon(
  <path d="M3 18 8 6l5 12M4.7 14h6.6M21 18v-7M21 14.5a3 3 0 1 0-6 0 3 3 0 0 0 6 0" />,
);
export const DownIcon = icon(<path d="M12 5v13M6 13l6 6 6-6" />);
export const PlusIcon = icon(<path d="M12 5v14M5 12h14" />);
export const CompassIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="m15.5 8.5-2 5-5 2 2-5z" />
  </>,
);
export const InfoIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 11v5M12 8v.01" />
  </>,
);
export const SettingsIcon = icon(
  <>
    <path d="M4 7h9M19 7h1M4 17h1M11 17h9" />
    <circle cx="16" cy="7" r="2.5" />
    <circle cx="8" cy="17" r="2.5" />
  </>,
);
export const SearchIcon = icon(
  <>
    <circle cx="11" cy="11" r="6" />
    <path d="m20 20-4.5-4.5" />
  </>,
);
export const SignOutIcon = icon(<path d="M14 5H6a1 1 0 0 0-1 1v12a1 1 0 0 0 1 1h8M17 8l4 4-4 4M20 12H10" />);
export const WarningIcon = icon(
  <>
    <path d="M12 4 3 19.5h18z" />
    <path d="M12 10v4M12 16.5v.01" />
  </>,
);
export const CheckIcon = icon(<path d="m5 12.5 4.5 4.5L19 7.5" />);
export const OfflineIcon = icon(
  <path d="M4 4l16 16M8.5 8.7A9 9 0 0 0 5 11M19 11a9 9 0 0 0-7-3M9 15a4.5 4.5 0 0 1 5.5-.5M12 19v.01" />,
);
export const ClockIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7.5V12l3 2" />
  </>,
);
export const SmileIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M8.5 14a4 4 0 0 0 7 0M9 9.5v.01M15 9.5v.01" />
  </>,
);
