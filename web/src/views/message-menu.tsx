import { Menu } from "./menu.tsx";
import type { MessageAction, MessageContext } from "./message-action-list.tsx";
import { type Anchor, Popup } from "./popup.tsx";

/** Everything that can be done to a message, in words. */
export function MessageMenu(props: {
  context: MessageContext;
  available: readonly MessageAction[];
  anchor: Anchor;
  onClose: () => void;
}) {
  const { context, available, anchor } = props;
  return (
    <Popup label="Message actions" anchor={anchor} onClose={props.onClose}>
      {(close) => (
        <Menu
          label="Message actions"
          items={available}
          onChosen={(action) => {
            close();
            action.run(context, anchor);
          }}
        />
      )}
    </Popup>
  );
}
