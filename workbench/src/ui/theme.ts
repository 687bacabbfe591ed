import { type Readable, Store } from '../base/store.ts'

export type ThemeChoice = 'light' | 'dark' | 'system'
export type Theme = 'light' | 'dark'

const storageKey = 'millrace/theme'

/** The theme of the page: the user's choice, else that of the system. */
export class ThemeSwitch {
  readonly choice: Store<ThemeChoice>
  private readonly shown: Store<Theme>
  private readonly systemDark = matchMedia('(prefers-color-scheme: dark)')

  constructor() {
    const stored = localStorage.getItem(storageKey)
    this.choice = new Store(stored === 'light' || stored === 'dark' ? stored : 'system')
    this.shown = new Store(this.resolve())
    this.systemDark.addEventListener('change', () => this.show())
    addEventListener('storage', event => {
      if (event.key === storageKey) this.choose((event.newValue as ThemeChoice | null) ?? 'system')
    })
  }

  get theme(): Readable<Theme> {
    return this.shown
  }

  choose(choice: ThemeChoice): void {
    this.choice.set(choice)
    localStorage.setItem(storageKey, choice)
    this.show()
  }

  private resolve(): Theme {
    const choice = this.choice.get()
    if (choice !== 'system') return choice
    return this.systemDark.matches ? 'dark' : 'light'
  }

  private show(): void {
    document.documentElement.dataset.theme = this.resolve()
    this.shown.set(this.resolve())
  }
}
