// What compiles against the React entry of the package of a contract with live queries, and what does not.

import type { LiveData } from "live-board";
import { useLive } from "live-board/react";
import type { ReactNode } from "react";

export function Board({ boardId }: { readonly boardId: string }): ReactNode {
  const { data, status, error, reload } = useLive("boardCards", { boardId }, { fallback: [], enabled: boardId !== "" });
  const same: LiveData<"boardCards"> = data;
  const count = useLive("visitCount").data ?? 0;
  const newest = useLive("boardCards", { boardId }, { stream: true }).data;
  const tagged = useLive("cardsWith", { boardId }, { params: { tag: "urgent" } }).data;
  // @ts-expect-error there is no such query
  useLive("boardCard", { boardId });
  // @ts-expect-error the channel's parameters are missing
  useLive("boardCards");
  // @ts-expect-error its own parameters are missing
  useLive("cardsWith", { boardId });
  // @ts-expect-error it may not be there yet
  tagged.length;
  return (
    <button type="button" onClick={() => void reload()} title={error?.message ?? status}>
      {same.map(({ title }) => title)} {count} {newest?.title}
    </button>
  );
}
