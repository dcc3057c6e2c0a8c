import type { Books } from './books.ts'
import { everyOrderEndedAsItHadTo, gatewayTellsTheTruth, noOrderIsUnfinished } from './endings.ts'
import { oneMailPerOrder } from './mails.ts'
import {
  capturedIsWhatWasConfirmed,
  nothingIsHeldForCancelledOrders,
  paymentsAgreeWithTheBank,
  totalsAreTheCatalogues,
} from './money.ts'
import { oneParcelPerConfirmedOrder } from './parcels.ts'
import { nothingIsDead, queuesAreEmpty } from './queues.ts'
import { everyRequestHasItsOrder, nothingWasRefused } from './requests.ts'
import { piecesFollowTheOrders, stockIsConserved } from './stock.ts'
import { everyOutputWasPublished, noTimerIsLeft } from './storage.ts'
import type { Verdict } from './verdict.ts'

/** Compares all books of a shop that has come to rest: one verdict for each of its promises. Pure. */
export function check(books: Books): Verdict[] {
  return [
    nothingWasRefused,
    everyRequestHasItsOrder,
    noOrderIsUnfinished,
    gatewayTellsTheTruth,
    everyOrderEndedAsItHadTo,
    totalsAreTheCatalogues,
    capturedIsWhatWasConfirmed,
    paymentsAgreeWithTheBank,
    nothingIsHeldForCancelledOrders,
    stockIsConserved,
    piecesFollowTheOrders,
    oneParcelPerConfirmedOrder,
    oneMailPerOrder,
    queuesAreEmpty,
    nothingIsDead,
    everyOutputWasPublished,
    noTimerIsLeft,
  ].map((promise) => promise(books))
}
