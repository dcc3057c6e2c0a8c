/** How many digits a currency has behind its point: two for most, none for JPY. */
function digitsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}

/** An amount in the smallest unit of its currency, as people read it: `EUR 1,299.00`, `JPY 1,299`. */
export function money(amount: number, currency: string): string {
  const digits = digitsOf(currency)
  const text = String(amount).padStart(digits + 1, '0')
  const [whole, part] = [text.slice(0, text.length - digits), text.slice(text.length - digits)]
  return `${currency} ${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${digits > 0 ? `.${part}` : ''}`
}
