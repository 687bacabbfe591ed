import { Button } from '../ui/button.tsx'
import { useDocumentParts } from './document-context.ts'
import styles from './document-notice.module.css'
import type { OpenDocument } from './open-document.ts'
import { useSaveCopy } from './use-save-copy.ts'

/** The file of a document that is not saved is not there any more: it can be made anew. */
export function GoneNotice({ document }: { document: OpenDocument }) {
  const { documents } = useDocumentParts()
  const saveCopy = useSaveCopy(document)
  const saveAgain = async (): Promise<void> => {
    await document.saveAgain()
    await documents.refresh()
  }
  return (
    <section className={styles.notice} role="alert">
      <h2 className={styles.title}>The file is gone: someone renamed or deleted it</h2>
      <p className={styles.text}>
        Nothing is lost: this browser keeps what is here. Choose where it is saved.
      </p>
      <div className={styles.actions}>
        <Button look="primary" onClick={() => void saveAgain()}>
          Save it again
        </Button>
        <Button onClick={() => void saveCopy()}>Save it as a copy</Button>
      </div>
    </section>
  )
}
