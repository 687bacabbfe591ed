const units = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const

/** Bytes as people say them, such as `1.2 GB`. */
export function sizeText(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  const value = bytes / 1024 ** power
  const digits = power === 0 || value >= 10 ? 0 : 1
  return `${value.toLocaleString('en', { maximumFractionDigits: digits })} ${units[power]}`
}
