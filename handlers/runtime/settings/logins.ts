/** Hears of each try to log in: whether the server has refused user and password, or anything else came of it. */
export type LoginTried = (outcome: { refused: boolean }) => void

/** Seconds of nothing but refused logins after which a process gives up: until then its user may only not exist yet. */
export const refusedFor = 60

/**
 * Follows the logins at one server: connections that stand survive a change of the password, and the next login is refused for ever.
 *
 * @param giveUp called at each refused login from the moment that nothing but refused ones have come for `refusedFor` seconds
 * @param now milliseconds of a clock that never jumps
 */
export function loginsAt(giveUp: () => void, now = () => performance.now()): LoginTried {
  let refusedSince: number | undefined
  return ({ refused }) => {
    refusedSince = refused ? (refusedSince ?? now()) : undefined
    if (refusedSince !== undefined && now() - refusedSince >= refusedFor * 1_000) giveUp()
  }
}
