import {
  ArrowDown,
  ArrowUp,
  Copy,
  Ellipsis,
  FileText,
  Plus,
  SquareCode,
  Trash2,
} from 'lucide-react'
import type { ReactNode } from 'react'
import { cellAt } from '../notebook/notebook-state.ts'
import { IconButton } from '../ui/button.tsx'
import { Menu, MenuItem, MenuLine } from '../ui/menu.tsx'
import type { CellViewProps } from './cell-view-props.ts'

/** What can be done to a cell as a whole. */
export function CellMenu({ session, id, run, children }: CellViewProps & { children?: ReactNode }) {
  const state = session.state.get()
  const isSql = (state && cellAt(state, id))?.kind === 'sql'
  const convert = isSql ? 'to-text' : 'to-sql'
  return (
    <Menu trigger={<IconButton label="More for this cell" icon={<Ellipsis size={15} />} />}>
      {children}
      <MenuItem icon={<Plus size={14} />} shortcut="A" onSelect={() => run('insert-above', id)}>
        Add SQL above
      </MenuItem>
      <MenuItem icon={<Plus size={14} />} shortcut="B" onSelect={() => run('insert-below', id)}>
        Add SQL below
      </MenuItem>
      <MenuItem
        icon={<FileText size={14} />}
        shortcut="T"
        onSelect={() => run('insert-text-below', id)}
      >
        Add text below
      </MenuItem>
      <MenuLine />
      <MenuItem
        icon={<ArrowUp size={14} />}
        shortcut="Alt+ArrowUp"
        onSelect={() => run('move-up', id)}
      >
        Move up
      </MenuItem>
      <MenuItem
        icon={<ArrowDown size={14} />}
        shortcut="Alt+ArrowDown"
        onSelect={() => run('move-down', id)}
      >
        Move down
      </MenuItem>
      <MenuItem icon={<Copy size={14} />} onSelect={() => run('duplicate', id)}>
        Duplicate
      </MenuItem>
      <MenuItem
        icon={isSql ? <FileText size={14} /> : <SquareCode size={14} />}
        shortcut={isSql ? 'M' : 'Y'}
        onSelect={() => run(convert, id)}
      >
        {isSql ? 'Make it text' : 'Make it SQL'}
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<Trash2 size={14} />} isDanger onSelect={() => run('delete', id)}>
        Delete
      </MenuItem>
    </Menu>
  )
}
