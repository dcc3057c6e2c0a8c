import { command, event } from 'warren'
import { address, orderId, reason, stockLines, text } from './fields.ts'

/** Issued by the carrier. */
const trackingId = text(64)

export const ScheduleShipment = command('shipment.schedule.v1', { orderId, lines: stockLines, shipTo: address })
export const CancelShipment = command('shipment.cancel.v1', { orderId, trackingId })

export const ShipmentScheduled = event('shipment.scheduled.v1', { orderId, trackingId })
export const ShipmentRefused = event('shipment.refused.v1', { orderId, reason })
export const ShipmentCancelled = event('shipment.cancelled.v1', { orderId, trackingId })
