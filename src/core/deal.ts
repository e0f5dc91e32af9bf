/** How many more posts an account may make today; `null` = no limit. */
export type Room = { account: string; room: number | null };

/**
 * Deals `count` jobs to accounts in turn, within their room.
 *
 * @returns one entry a job, in order; `null` where no account has room left today
 */
export function deal(count: number, accounts: readonly Room[]): (string | null)[] {
  const rooms = accounts.map((a) => ({ ...a }));
  const dealt: (string | null)[] = [];
  let turn = 0;
  while (dealt.length < count) {
    const open = nextWithRoom(rooms, turn);
    if (open === null) {
      // One by one: a spread of some 100,000 overflows the stack.
      while (dealt.length < count) dealt.push(null);
      break;
    }
    const taken = rooms[open] as Room;
    if (taken.room !== null) taken.room--;
    dealt.push(taken.account);
    turn = open + 1;
  }
  return dealt;
}

function nextWithRoom(rooms: readonly Room[], from: number): number | null {
  for (let i = 0; i < rooms.length; i++) {
    const at = (from + i) % rooms.length;
    const room = rooms[at]?.room;
    if (room === null || (room ?? 0) > 0) return at;
  }
  return null;
}
