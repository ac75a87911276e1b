import { icon } from "./icons.tsx";

export const EditIcon = icon(<path d="M4 20h4L19 9a2.8 2.8 0 0 0-4-4L4 16zM13.5 6.5l4 4" />);
export const DeleteIcon = icon(<path d="M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5" />);
export const ReplyIcon = icon(<path d="M9 7l-5 5 5 5M4 12h10a6 6 0 0 1 6 6v1" />);
export const ThreadIcon = icon(<path d="M5 5h14v9h-7l-4 4v-4H5zM9 8.5h6M9 11h4" />);
export const PinIcon = icon(<path d="M9 4h6l-1 6 3 3H7l3-3zM12 13v7" />);
export const SaveIcon = icon(<path d="M7 4h10v16l-5-4-5 4z" />);
export const CopyIcon = icon(
  <>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M5 15H4V6a2 2 0 0 1 2-2h9v1" />
  </>,
);
export const PeopleIcon = icon(
  <>
    <circle cx="9" cy="8.5" r="3.5" />
    <path d="M3 19a6 6 0 0 1 12 0M15.5 5.5a3.5 3.5 0 0 1 0 6M17 14a6 6 0 0 1 4 5" />
  </>,
);
export const MoreIcon = icon(<path d="M5.5 12v.01M12 12v.01M18.5 12v.01" stroke-width="3" />);
export const UnreadIcon = icon(
  <>
    <path d="M12 5H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h1v3l4-3h6a2 2 0 0 0 2-2v-3" />
    <circle cx="18" cy="6" r="2.5" fill="currentColor" />
  </>,
);
