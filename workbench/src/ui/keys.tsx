import styles from './keys.module.css'

const isMac = /Mac|iPhone|iPad/.test(navigator.platform)
const symbols: Record<string, string> = isMac
  ? { Mod: '⌘', Shift: '⇧', Alt: '⌥', Enter: '⏎', Escape: 'Esc', ArrowUp: '↑', ArrowDown: '↓' }
  : { Mod: 'Ctrl', Shift: '⇧', Enter: '⏎', Escape: 'Esc', ArrowUp: '↑', ArrowDown: '↓' }

/** A key combination such as `Mod+Enter`; `Mod` is ⌘ on a Mac and Ctrl elsewhere. */
export function Keys({ keys }: { keys: string }) {
  return <kbd className={styles.keys}>{keysText(keys)}</kbd>
}

export function keysText(keys: string): string {
  const parts = keys.split('+').map(key => symbols[key] ?? key)
  return parts.join(isMac || parts[0] === '⇧' ? '' : '+')
}
