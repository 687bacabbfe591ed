import { Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import { useApi } from '../api-client/api-context.ts'
import type { DocumentKind } from '../api-client/document-client.ts'
import { useStore } from '../base/use-store.ts'
import { useCatalogStore } from '../catalog/catalog-context.ts'
import { CatalogTree } from '../catalog/catalog-tree.tsx'
import { useDocumentParts } from '../document/document-context.ts'
import { useNotebooks } from '../notebook/notebook-context.ts'
import { IconButton } from '../ui/button.tsx'
import { useToasts } from '../ui/toast-context.ts'
import { DocumentRow } from './document-row.tsx'
import styles from './sidebar.module.css'
import { useNewDocument } from './use-new-document.ts'

export function Sidebar() {
  return (
    <nav className={styles.sidebar} aria-label="Notebooks, dashboards and data">
      <DocumentSection kind="notebooks" title="Notebooks" addLabel="New notebook" />
      <DocumentSection kind="dashboards" title="Dashboards" addLabel="New dashboard" />
      <DataSection />
    </nav>
  )
}

interface DocumentSectionProps {
  kind: DocumentKind
  title: string
  addLabel: string
}

function DocumentSection({ kind, title, addLabel }: DocumentSectionProps) {
  const { documents } = useDocumentParts()
  const { list } = useStore(documents.view)
  const create = useNewDocument()
  const entries = list?.[kind] ?? []
  const add = <IconButton label={addLabel} icon={<Plus size={14} />} onClick={() => create(kind)} />
  return (
    <Section title={title} action={add}>
      <ul className={styles.list}>
        {entries.map(entry => (
          <DocumentRow key={entry.name} kind={kind} entry={entry} />
        ))}
      </ul>
      {list && entries.length === 0 && <p className={styles.none}>None yet</p>}
    </Section>
  )
}

function DataSection() {
  const { catalog, problem } = useStore(useCatalogStore().view)
  const heard = useStore(useApi().live.streams)
  const insert = useInsertName()
  return (
    <Section title="Data">
      {catalog && (
        <CatalogTree tables={catalog.tables} streams={heard?.streams ?? []} onInsert={insert} />
      )}
      {!catalog && problem && <p className={styles.none}>{problem.detail}</p>}
    </Section>
  )
}

/** Writes a name into the selected cell of the notebook in view; elsewhere it is copied. */
function useInsertName(): (name: string) => void {
  const notebooks = useNotebooks()
  const toasts = useToasts()
  return name => {
    if (notebooks.shown?.insertText(name)) return
    void navigator.clipboard.writeText(name)
    toasts.show({ text: `Copied ${name}` })
  }
}

function Section({
  title,
  action,
  children,
}: {
  title: string
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <section className={styles.section}>
      <h2 className={styles.title}>
        {title}
        {action}
      </h2>
      {children}
    </section>
  )
}
