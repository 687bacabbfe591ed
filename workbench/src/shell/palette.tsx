import { Command } from 'cmdk'
import { Gauge, Keyboard, LayoutDashboard, Moon, NotebookText, Play, Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { useApi } from '../api-client/api-context.ts'
import { useStore } from '../base/use-store.ts'
import { useDocumentParts } from '../document/document-context.ts'
import { useNotebooks } from '../notebook/notebook-context.ts'
import { classes } from '../ui/classes.ts'
import { useThemeSwitch } from '../ui/theme-context.ts'
import styles from './palette.module.css'
import { useNewDocument } from './use-new-document.ts'

interface PaletteProps {
  isOpen: boolean
  onClose: () => void
  onKeys: () => void
}

interface Entry {
  readonly text: string
  readonly icon: ReactNode
  run(): void
}

/** Everything that can be opened or done, by typing a part of its name. */
export function Palette({ isOpen, onClose, onKeys }: PaletteProps) {
  const groups = useEntries(onKeys)
  return (
    <Command.Dialog
      open={isOpen}
      onOpenChange={open => !open && onClose()}
      label="Search or run a command"
      className={classes(styles.palette)}
      overlayClassName={classes(styles.overlay)}
    >
      <Command.Input className={styles.input} placeholder="Search or run a command" />
      <Command.List className={styles.list}>
        <Command.Empty className={styles.empty}>Nothing has that name.</Command.Empty>
        {groups.map(({ title, entries }) => (
          <Command.Group key={title} heading={title} className={styles.group}>
            {entries.map(({ text, icon, run }) => (
              <Command.Item
                key={text}
                value={`${title} ${text}`}
                className={styles.item}
                onSelect={() => {
                  onClose()
                  run()
                }}
              >
                {icon} {text}
              </Command.Item>
            ))}
          </Command.Group>
        ))}
      </Command.List>
    </Command.Dialog>
  )
}

function useEntries(onKeys: () => void): { title: string; entries: Entry[] }[] {
  const { documents } = useDocumentParts()
  const { list } = useStore(documents.view)
  const streams = useStore(useApi().live.streams)?.streams ?? []
  const { shown } = useNotebooks()
  const themes = useThemeSwitch()
  const create = useNewDocument()
  const [, go] = useLocation()
  const open = (kind: 'notebooks' | 'dashboards', icon: ReactNode): Entry[] =>
    (list?.[kind] ?? []).map(({ name, title }) => ({
      text: title,
      icon,
      run: () => go(`/${kind}/${encodeURIComponent(name)}`),
    }))
  const toggleTheme = (): void => themes.choose(themes.theme.get() === 'dark' ? 'light' : 'dark')
  return [
    { title: 'Notebooks', entries: open('notebooks', <NotebookText size={15} />) },
    { title: 'Dashboards', entries: open('dashboards', <LayoutDashboard size={15} />) },
    {
      title: 'Streams',
      entries: streams.map(({ stream }) => ({
        text: stream,
        icon: <Gauge size={15} />,
        run: () => go(`/streams/${encodeURIComponent(stream)}`),
      })),
    },
    {
      title: 'Commands',
      entries: [
        ...(shown
          ? [{ text: 'Run all cells', icon: <Play size={15} />, run: () => shown.runAll() }]
          : []),
        { text: 'New notebook', icon: <Plus size={15} />, run: () => create('notebooks') },
        { text: 'New dashboard', icon: <Plus size={15} />, run: () => create('dashboards') },
        { text: 'Switch between light and dark', icon: <Moon size={15} />, run: toggleTheme },
        { text: 'Show all keys', icon: <Keyboard size={15} />, run: onKeys },
      ],
    },
  ]
}
